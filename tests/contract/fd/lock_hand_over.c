/* SPDX-License-Identifier: MIT */
/*
 * Two processes that go round three bytes, each locking the next before it unlocks the last: nobody waits for one who
 * waits for him, so nobody gets EDEADLK.
 */
#include "lib/contract.h"

enum { BYTES = 3 };

static int set(int fd, int cmd, short type, int at)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_start = at, .l_len = 1 };

	return fcntl(fd, cmd, &l);
}

/* How many steps were made; negative: errno. */
static long go_round(int fd)
{
	int64_t end = now_ns() + 1000 * 1000000LL;
	long steps = 0;

	if (set(fd, F_SETLKW, F_WRLCK, 0))
		return -errno;
	for (int i = 0; now_ns() < end; i = (i + 1) % BYTES, steps++) {
		if (set(fd, F_SETLKW, F_WRLCK, (i + 1) % BYTES) || set(fd, F_SETLK, F_UNLCK, i))
			return -errno;
	}
	return steps;
}

void contract_main(void)
{
	long *steps = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child[2];

	REQUIRE(steps != MAP_FAILED);
	tmp_dir();
	write_file("f", "", 0);
	for (int i = 0; i < 2; i++) {
		child[i] = fork_child();
		if (!child[i]) {
			steps[i] = go_round(REQUIRE_OK(open("f", O_RDWR)));
			_exit(0);
		}
	}
	for (int i = 0; i < 2; i++) {
		CHECK_INT(wait_status(child[i]), 0, "process %d ends", i);
		if (!CHECK(steps[i] > 0, "it went hand over hand without an error"))
			note("%s", strerror((int)-steps[i]));
	}
}
