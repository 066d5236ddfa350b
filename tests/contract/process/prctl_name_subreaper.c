/* SPDX-License-Identifier: MIT */
/* prctl: task name set, cut to 15 bytes and read back; child subreaper on, off, and at work. */
#include "lib/contract.h"

#include <sys/prctl.h>

static int orphan_reparents(void *arg)
{
	int status, report[2];
	pid_t middle, grandchild;

	REQUIRE(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	REQUIRE(pipe(report) == 0);
	middle = fork_child();
	if (middle == 0) {
		pid_t reaper = getppid(), own = getpid();

		grandchild = fork();
		if (grandchild == 0) {
			/* No parent-death signal here: this one must outlive its parent. */
			if (!EVENTUALLY(getppid() != own, 5000))
				_exit(1);
			_exit(getppid() == reaper ? 41 : 2);
		}
		REQUIRE(write(report[1], &grandchild, sizeof(grandchild)) == sizeof(grandchild));
		_exit(0);
	}
	REQUIRE(wait_status(middle) == 0);
	REQUIRE(read(report[0], &grandchild, sizeof(grandchild)) == sizeof(grandchild));
	CHECK_INT(waitpid(grandchild, &status, 0), grandchild,
		  "the subreaper can wait for an orphan");
	CHECK_INT(status, 41 << 8, "which saw the subreaper as its new parent");
	return 0;
}

static int subreaper_value(void *arg)
{
	int value = 9;

	prctl(PR_GET_CHILD_SUBREAPER, &value);
	return value;
}

void contract_main(void)
{
	char name[17] = "";
	int value = 9;

	CHECK_INT(prctl(PR_SET_NAME, "short"), 0, "PR_SET_NAME");
	CHECK_INT(prctl(PR_GET_NAME, name), 0, "PR_GET_NAME");
	CHECK_STR(name, "short", "the name reads back");
	prctl(PR_SET_NAME, "a name of more than fifteen");
	prctl(PR_GET_NAME, name);
	CHECK_STR(name, "a name of more ", "a long name is cut to 15 bytes");
	CHECK_INT(prctl(PR_GET_CHILD_SUBREAPER, &value), 0, "PR_GET_CHILD_SUBREAPER");
	CHECK_INT(value, 0, "is off at first");
	CHECK_INT(prctl(PR_SET_CHILD_SUBREAPER, 1), 0, "on");
	prctl(PR_GET_CHILD_SUBREAPER, &value);
	CHECK_INT(value, 1, "reads back as 1");
	CHECK_EXIT(subreaper_value, NULL, 0, "a fork does not inherit it");
	CHECK_INT(prctl(PR_SET_CHILD_SUBREAPER, 0), 0, "off again");
	prctl(PR_GET_CHILD_SUBREAPER, &value);
	CHECK_INT(value, 0, "reads back as 0");
	CHECK_ERR(prctl(123456, 0, 0, 0, 0), EINVAL, "an unknown option is EINVAL");
	CHECK_EXIT(orphan_reparents, NULL, 0, "the reaping child ends well");
}
