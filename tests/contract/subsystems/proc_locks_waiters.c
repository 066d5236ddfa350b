/* SPDX-License-Identifier: MIT */
/*
 * /proc/locks: who waits for a lock stands after it, under its number and behind an arrow; in a PID namespace a lock
 * of a process outside is not to be seen.
 */
#include "lib/contract.h"

#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>

static char text[65536];
static const char *locks_path = "/proc/locks";

static const char *locks_line(const char *what)
{
	REQUIRE(read_file(locks_path, text, sizeof(text)) >= 0);
	return strstr(text, what);
}

/* The line of `what` that has no arrow, and the one behind it, which has: both under one number. */
static bool waits_behind(const char *held, const char *waiting)
{
	const char *first = locks_line(held), *second;
	char want[16];

	if (!first)
		return false;
	while (first > text && first[-1] != '\n')
		first--;
	second = strchr(first, '\n') + 1;
	snprintf(want, sizeof(want), "%d: -> ", atoi(first));
	return !strncmp(second, want, strlen(want)) && !strncmp(second + strlen(want), waiting, strlen(waiting));
}

static pid_t flock_waiter(int type)
{
	pid_t pid = fork_child();

	if (!pid) {
		int fd = open("locked", O_RDWR);

		REQUIRE(fd >= 0 && flock(fd, type) == 0);
		_exit(0);
	}
	return pid;
}

static pid_t record_waiter(void)
{
	pid_t pid = fork_child();

	if (!pid) {
		struct flock range = { .l_type = F_RDLCK, .l_start = 7, .l_len = 100 };
		int fd = open("locked", O_RDWR);

		REQUIRE(fd >= 0 && fcntl(fd, F_SETLKW, &range) == 0);
		_exit(0);
	}
	return pid;
}

static int in_namespace(void *arg)
{
	pid_t pid;

	(void)arg;
	REQUIRE(unshare(CLONE_NEWPID | CLONE_NEWNS) == 0);
	pid = fork_child();
	if (!pid) {
		struct flock range = { .l_type = F_WRLCK, .l_start = 5000, .l_len = 1 };
		int fd = open("locked", O_RDWR);

		REQUIRE(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
		REQUIRE(mkdir("proc", 0755) == 0 && mount("proc", "proc", "proc", 0, NULL) == 0);
		locks_path = "proc/locks";
		REQUIRE(fd >= 0 && fcntl(fd, F_SETLK, &range) == 0);
		CHECK(locks_line(" 5000 5000\n"), "a lock of the namespace's own");
		CHECK(strstr(text, "POSIX  ADVISORY  WRITE 1 "), "by its number there");
		CHECK(!strstr(text, " 5 9\n"), "none of a process outside");
		range = (struct flock){ .l_type = F_WRLCK, .l_start = 5, .l_len = 1 };
		CHECK_INT(fcntl(fd, F_GETLK, &range), 0, "F_GETLK");
		CHECK_INT(range.l_pid, 0, "names nobody who is out of sight");
		REQUIRE(umount2("proc", MNT_DETACH) == 0);
		_exit(0);
	}
	return wait_status(pid) == 0 ? 0 : 1;
}

void contract_main(void)
{
	struct flock range = { .l_type = F_WRLCK, .l_start = 5, .l_len = 5 }, none = { .l_type = F_UNLCK };
	char held[64], want[64];
	pid_t waiter;
	int fd;

	tmp_dir();
	fd = REQUIRE_OK(open("locked", O_RDWR | O_CREAT, 0644));
	REQUIRE(flock(fd, LOCK_EX) == 0);
	waiter = flock_waiter(LOCK_SH);
	wait_asleep(waiter);
	snprintf(held, sizeof(held), "FLOCK  ADVISORY  WRITE %d ", (int)getpid());
	snprintf(want, sizeof(want), "FLOCK  ADVISORY  READ %d ", (int)waiter);
	CHECK(EVENTUALLY(waits_behind(held, want), 2000), "flock(2): who waits is behind who has it");
	REQUIRE(flock(fd, LOCK_UN) == 0);
	CHECK_INT(wait_status(waiter), 0, "it gets it");
	CHECK(!locks_line(want), "and is gone");
	REQUIRE(fcntl(fd, F_SETLK, &range) == 0);
	waiter = record_waiter();
	wait_asleep(waiter);
	snprintf(held, sizeof(held), "POSIX  ADVISORY  WRITE %d ", (int)getpid());
	snprintf(want, sizeof(want), "POSIX  ADVISORY  READ %d ", (int)waiter);
	CHECK(EVENTUALLY(waits_behind(held, want), 2000), "fcntl(2): the same");
	if (geteuid() == 0)
		CHECK_EXIT(in_namespace, NULL, 0, "in a PID namespace");
	else
		skip("a PID namespace takes root");
	REQUIRE(fcntl(fd, F_SETLK, &none) == 0);
	CHECK_INT(wait_status(waiter), 0, "it gets it");
}
