/* SPDX-License-Identifier: MIT */
/* Bad user pointers give EFAULT and nothing else, in many calls. */
#include "lib/contract.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/utsname.h>

void contract_main(void)
{
	void *bad = bad_pointer(), *kernel = (void *)0xffffffff81000000UL, *odd = (void *)0x8000000000000000UL;
	int fds[2], fd, ep;
	char *edge;

	tmp_dir();
	REQUIRE(pipe(fds) == 0);
	fd = REQUIRE_OK(open("f", O_CREAT | O_RDWR, 0600));
	ep = REQUIRE_OK(epoll_create1(0));
	REQUIRE(write(fd, "data", 4) == 4 && write(fds[1], "data", 4) == 4);
	for (int i = 0; i < 3; i++) {
		void *p = i == 0 ? bad : i == 1 ? kernel : odd;

		CHECK_ERR(syscall(SYS_read, fds[0], p, 4), EFAULT, "read of a pipe to %p", p);
		CHECK_ERR(syscall(SYS_pread64, fd, p, 4, 0), EFAULT, "pread of a file to %p", p);
		CHECK_ERR(syscall(SYS_write, fds[1], p, 4), EFAULT, "write to a pipe from %p", p);
		CHECK_ERR(syscall(SYS_write, fd, p, 4), EFAULT, "write to a file from %p", p);
		CHECK_ERR(syscall(SYS_open, p, O_RDONLY), EFAULT, "open %p", p);
		CHECK_ERR(syscall(SYS_stat, p, p), EFAULT, "stat %p", p);
		CHECK_ERR(syscall(SYS_stat, "/", p), EFAULT, "stat to %p", p);
		CHECK_ERR(syscall(SYS_fstat, fd, p), EFAULT, "fstat to %p", p);
		CHECK_ERR(syscall(SYS_getcwd, p, 100), EFAULT, "getcwd to %p", p);
		CHECK_ERR(syscall(SYS_uname, p), EFAULT, "uname to %p", p);
		CHECK_ERR(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, p), EFAULT,
			  "clock_gettime to %p", p);
		CHECK_ERR(syscall(SYS_nanosleep, p, NULL), EFAULT, "nanosleep of %p", p);
		CHECK_ERR(syscall(SYS_poll, p, 1, 0), EFAULT, "poll of %p", p);
		CHECK_ERR(syscall(SYS_epoll_ctl, ep, EPOLL_CTL_ADD, fds[0], p), EFAULT,
			  "epoll_ctl with %p", p);
		CHECK_ERR(syscall(SYS_getrusage, RUSAGE_SELF, p), EFAULT, "getrusage to %p", p);
		CHECK_ERR(syscall(SYS_rt_sigaction, SIGUSR1, p, NULL, 8), EFAULT,
			  "rt_sigaction from %p", p);
		CHECK_ERR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, p, NULL, 8), EFAULT,
			  "rt_sigprocmask from %p", p);
		CHECK_ERR(syscall(SYS_sigaltstack, p, NULL), EFAULT, "sigaltstack from %p", p);
		CHECK_ERR(syscall(SYS_readlink, "/proc/self", p, 10), EFAULT, "readlink to %p", p);
		CHECK_ERR(syscall(SYS_getdents64, open(".", O_RDONLY), p, 1000), EFAULT,
			  "getdents64 to %p", p);
		CHECK_ERR(syscall(SYS_chdir, p), EFAULT, "chdir %p", p);
		CHECK_ERR(syscall(SYS_getrandom, p, 8, 0), EFAULT, "getrandom to %p", p);
		CHECK_ERR(syscall(SYS_sysinfo, p), EFAULT, "sysinfo to %p", p);
		CHECK_ERR(syscall(SYS_execve, p, NULL, NULL), EFAULT, "execve %p", p);
	}
	edge = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(edge != MAP_FAILED && munmap(edge + PAGE, PAGE) == 0);
	CHECK_ERR(syscall(SYS_uname, edge + PAGE - 100), EFAULT,
		  "a structure across the end of a mapping");
	memset(edge, '/', PAGE);
	CHECK_ERR(syscall(SYS_stat, edge + PAGE - 1, edge), EFAULT, "a name without its end");
	edge[PAGE - 1] = 0;
	CHECK_INT(syscall(SYS_stat, edge + PAGE - 2, edge), 0,
		  "a name that ends with the mapping is fine");
}
