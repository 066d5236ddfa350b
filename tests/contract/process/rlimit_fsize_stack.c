/* SPDX-License-Identifier: MIT */
/*
 * RLIMIT_FSIZE: writing past it gives SIGXFSZ and EFBIG, up to it is short; RLIMIT_AS bounds
 * mmap.
 */
#include "lib/contract.h"

#include <sys/resource.h>

static volatile sig_atomic_t got;

static void on_xfsz(int sig) { (void)sig; got++; }

static int file_size(void *arg)
{
	struct rlimit r = { 1000, 1000 };
	char buf[600] = "";
	int fd = REQUIRE_OK(open("limited", O_CREAT | O_RDWR, 0600));

	on_signal(SIGXFSZ, on_xfsz, 0);
	REQUIRE(setrlimit(RLIMIT_FSIZE, &r) == 0);
	CHECK_INT(write(fd, buf, 600), 600, "below the limit a write is whole");
	CHECK_INT(write(fd, buf, 600), 400, "across it it is short");
	CHECK_INT(got, 0, "without a signal");
	CHECK_ERR(write(fd, buf, 1), EFBIG, "at the limit it is EFBIG");
	CHECK_INT(got, 1, "with SIGXFSZ");
	CHECK_ERR(ftruncate(fd, 1001), EFBIG, "ftruncate above it is EFBIG");
	CHECK_INT(got, 2, "with SIGXFSZ as well");
	return 0;
}

static int file_size_default(void *arg)
{
	struct rlimit r = { 10, 10 };
	int fd = REQUIRE_OK(open("fatal", O_CREAT | O_RDWR, 0600));

	REQUIRE(setrlimit(RLIMIT_FSIZE, &r) == 0);
	return lseek(fd, 10, SEEK_SET) == 10 && write(fd, "x", 1) == 1 ? 0 : 1;
}

static int address_space(void *arg)
{
	struct rlimit r = { 64 << 20, 64 << 20 };

	REQUIRE(setrlimit(RLIMIT_AS, &r) == 0);
	CHECK(mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED,
	      "mmap below RLIMIT_AS");
	errno = 0;
	CHECK(mmap(NULL, 128 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
	      errno == ENOMEM, "mmap above RLIMIT_AS is ENOMEM");
	return 0;
}

void contract_main(void)
{
	tmp_dir();
	CHECK_EXIT(file_size, NULL, 0, "the RLIMIT_FSIZE child ends well");
	CHECK_SIGNALLED(file_size_default, NULL, SIGXFSZ, "SIGXFSZ ends a process by default");
	CHECK_EXIT(address_space, NULL, 0, "the RLIMIT_AS child ends well");
}
