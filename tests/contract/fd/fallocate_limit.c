/* SPDX-License-Identifier: MIT */
/*
 * fallocate past RLIMIT_FSIZE: EFBIG and SIGXFSZ, and the file stays as long as it was; up to the limit it works.
 */
#include <signal.h>
#include <sys/resource.h>
#include "lib/contract.h"

static volatile sig_atomic_t got;

static void handler(int sig)
{
	got = sig;
}

void contract_main(void)
{
	struct rlimit limit = { .rlim_cur = 40000, .rlim_max = RLIM_INFINITY };
	struct stat st;
	int fd;

	tmp_dir();
	REQUIRE(signal(SIGXFSZ, handler) != SIG_ERR);
	fd = REQUIRE_OK(open("f", O_CREAT | O_RDWR, 0600));
	REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	CHECK_INT(fallocate(fd, 0, 0, 40000), 0, "up to the limit");
	CHECK_INT(got, 0, "no signal");
	CHECK_ERR(fallocate(fd, 0, 39999, 2), EFBIG, "one byte past it");
	CHECK_INT(got, SIGXFSZ, "SIGXFSZ");
	REQUIRE(fstat(fd, &st) == 0);
	CHECK_INT(st.st_size, 40000, "the size stays");
	got = 0;
	REQUIRE(ftruncate(fd, 10000) == 0);
	limit.rlim_cur = 5000;
	REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	CHECK_INT(fallocate(fd, 0, 0, 10000), 0, "what does not make it longer is not limited");
	CHECK_INT(got, 0, "nor told");
}
