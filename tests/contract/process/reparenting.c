/* SPDX-License-Identifier: MIT */
/*
 * Orphans: the new parent is process 1 or the nearest subreaper, zombies too; the session and
 * group stay.
 */
#include "lib/contract.h"

#include <sys/prctl.h>

static int report[2];

struct seen {
	pid_t pid, ppid, sid, pgrp;
};

static void orphan(pid_t middle)
{
	struct seen s;

	REQUIRE(EVENTUALLY(getppid() != middle, 5000));
	s = (struct seen){ getpid(), getppid(), getsid(0), getpgrp() };
	REQUIRE(write(report[1], &s, sizeof(s)) == sizeof(s));
	_exit(3);
}

static void make_orphan(void)
{
	pid_t pid = fork_child();

	if (pid == 0) {
		pid_t middle = getpid();

		if (fork() == 0)
			orphan(middle);
		_exit(0);
	}
	REQUIRE(wait_status(pid) == 0);
}

void contract_main(void)
{
	struct seen s;
	int status;
	pid_t middle, zombie = 0;

	REQUIRE(pipe(report) == 0);
	REQUIRE(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	make_orphan();
	REQUIRE(read(report[0], &s, sizeof(s)) == sizeof(s));
	CHECK_INT(s.ppid, getpid(), "the subreaper is the new parent");
	CHECK_INT(s.sid, getsid(0), "the session stays");
	CHECK_INT(s.pgrp, getpgrp(), "and the group");
	CHECK_INT(waitpid(s.pid, &status, 0), s.pid, "the subreaper waits for it");
	CHECK_INT(status, 3 << 8, "and gets its status");

	middle = fork_child();
	if (middle == 0) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(4);
		REQUIRE(EVENTUALLY(process_state(pid) == 'Z', 3000));
		REQUIRE(write(report[1], &pid, sizeof(pid)) == sizeof(pid));
		_exit(0);
	}
	REQUIRE(wait_status(middle) == 0);
	REQUIRE(read(report[0], &zombie, sizeof(zombie)) == sizeof(zombie));
	CHECK_INT(waitpid(zombie, &status, 0), zombie, "a zombie moves to the subreaper too");
	CHECK_INT(status, 4 << 8, "with its status");
	CHECK_ERR(wait(NULL), ECHILD, "and nothing else is left");
}
