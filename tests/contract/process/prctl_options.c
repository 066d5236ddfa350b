/* SPDX-License-Identifier: MIT */
/* prctl: options with one answer on x86-64, what a thread may read of itself, unknown options. */
#include "lib/contract.h"

#include <sys/prctl.h>

#ifndef PR_GET_TID_ADDRESS
#define PR_GET_TID_ADDRESS 40
#endif

static int inherited_slack(void *arg)
{
	CHECK_INT(prctl(PR_GET_TIMERSLACK), 4321, "inherited");
	prctl(PR_SET_TIMERSLACK, 99);
	prctl(PR_SET_TIMERSLACK, 0);
	CHECK_INT(prctl(PR_GET_TIMERSLACK), 4321, "and reset to");
	return 0;
}

void contract_main(void)
{
	int value = 0;
	char *address = NULL;

	CHECK_INT(prctl(PR_GET_TIMING), 0, "timing is statistical");
	CHECK_INT(prctl(PR_SET_TIMING, 0), 0, "and may be set so");
	CHECK_ERR(prctl(PR_SET_TIMING, 1), EINVAL, "by timestamps is EINVAL");
	CHECK_INT(prctl(PR_GET_TSC, &value), 0, "PR_GET_TSC");
	CHECK_INT(value, 1, "the time-stamp counter may be read");
	CHECK_ERR(prctl(PR_GET_ENDIAN, &value), EINVAL, "another machine's option is EINVAL");
	CHECK_ERR(prctl(PR_GET_UNALIGN, &value), EINVAL, "and so is this");
	CHECK_ERR(prctl(PR_GET_FPEXC, &value), EINVAL, "and this");
	CHECK_ERR(prctl(0x7ffffff0), EINVAL, "an unknown option is EINVAL");
	syscall(SYS_set_tid_address, &value);
	if (prctl(PR_GET_TID_ADDRESS, &address) == 0)
		CHECK((void *)address == (void *)&value, "PR_GET_TID_ADDRESS");
	else
		skip("a Linux built without PR_GET_TID_ADDRESS");
	CHECK_INT(prctl(PR_GET_TIMERSLACK), 50000, "the timer slack is 50 us");
	CHECK_INT(prctl(PR_SET_TIMERSLACK, 1234), 0, "PR_SET_TIMERSLACK");
	CHECK_INT(prctl(PR_GET_TIMERSLACK), 1234, "is kept");
	CHECK_INT(prctl(PR_SET_TIMERSLACK, 0), 0, "0 resets it");
	CHECK_INT(prctl(PR_GET_TIMERSLACK), 50000, "to the default");
	prctl(PR_SET_TIMERSLACK, 4321);
	CHECK_EXIT(inherited_slack, NULL, 0, "a child's default is what its parent had");
	CHECK_INT(prctl(PR_GET_DUMPABLE), 1, "dumpable");
	CHECK_INT(prctl(PR_SET_DUMPABLE, 0), 0, "PR_SET_DUMPABLE");
	CHECK_INT(prctl(PR_GET_DUMPABLE), 0, "is kept");
	CHECK_ERR(prctl(PR_SET_DUMPABLE, 2), EINVAL, "2 is EINVAL");
	CHECK_INT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0, "no_new_privs is off");
	CHECK_ERR(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL, "and cannot be put off");
	CHECK_INT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0, "but on");
	CHECK_INT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1, "it is on");
}
