/* SPDX-License-Identifier: MIT */
/*
 * A mapping's pages past the end of file give SIGBUS (BUS_ADRERR); so do those a truncate took
 * away.
 */
#include "lib/contract.h"

#include <setjmp.h>

static sigjmp_buf back;
static volatile int code;
static void *volatile address;

static void on_bus(int sig, siginfo_t *info, void *uc)
{
	code = sig == SIGBUS ? info->si_code : -1;
	address = info->si_addr;
	siglongjmp(back, 1);
}

static int try_read(volatile char *p)
{
	code = 0;
	if (sigsetjmp(back, 1) == 0)
		return *p;
	return -1;
}

static int fatal(void *arg) { return *(volatile char *)arg; }

void contract_main(void)
{
	char *p;
	int fd;

	tmp_dir();
	write_file("f", "0123456789", 10);
	fd = REQUIRE_OK(open("f", O_RDWR));
	p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(p != MAP_FAILED);
	CHECK_SIGNALLED(fatal, p + PAGE, SIGBUS, "SIGBUS ends a process by default");
	on_siginfo(SIGBUS, on_bus, 0);
	on_siginfo(SIGSEGV, on_bus, 0);
	CHECK_INT(try_read(p + PAGE - 1), 0, "the page with the end reads as zero behind it");
	CHECK_INT(try_read(p + PAGE + 5), -1, "the next page faults");
	CHECK_INT(code, BUS_ADRERR, "with SIGBUS, BUS_ADRERR");
	CHECK(address == p + PAGE + 5, "and the address");
	CHECK_ERR(write(1, p + PAGE, 1), EFAULT, "a system call gets EFAULT");
	REQUIRE(ftruncate(fd, 3 * PAGE) == 0);
	CHECK_INT(try_read(p + 2 * PAGE), 0, "after the file grew it reads");
	p[2 * PAGE] = 'x';
	REQUIRE(ftruncate(fd, PAGE) == 0);
	CHECK_INT(try_read(p + 2 * PAGE), -1, "after the file shrank it faults");
	CHECK_INT(code, BUS_ADRERR, "with BUS_ADRERR");
	REQUIRE(ftruncate(fd, 3 * PAGE) == 0);
	CHECK_INT(try_read(p + 2 * PAGE), 0, "after it grew again it is zero");
}
