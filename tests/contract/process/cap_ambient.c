/* SPDX-License-Identifier: MIT */
/*
 * Ambient capabilities: only what is permitted and inheritable may be raised; a program executed by an ordinary user
 * keeps them; lowering, clearing, arguments.
 */
#include "lib/contract.h"

#include <linux/capability.h>
#include <sys/prctl.h>

#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT 47
#define PR_CAP_AMBIENT_IS_SET 1
#define PR_CAP_AMBIENT_RAISE 2
#define PR_CAP_AMBIENT_LOWER 3
#define PR_CAP_AMBIENT_CLEAR_ALL 4
#endif

static long ambient(int op, unsigned long cap)
{
	return prctl(PR_CAP_AMBIENT, op, cap, 0, 0);
}

static void caps(struct __user_cap_data_struct *data, bool set)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };

	REQUIRE(syscall(set ? SYS_capset : SYS_capget, &header, data) == 0);
}

int contract_role(const char *role, int argc, char **argv)
{
	struct __user_cap_data_struct data[2];

	caps(data, false);
	if (geteuid() == 0)
		return 2;
	return data[0].effective == 1U << CAP_NET_RAW && data[0].permitted == 1U << CAP_NET_RAW ? 0 : 3;
}

static int keeps_over_exec(void *arg)
{
	struct __user_cap_data_struct data[2] = { { 0 } };

	data[0].permitted = data[0].inheritable = data[0].effective = 1U << CAP_NET_RAW;
	if (prctl(PR_SET_KEEPCAPS, 1) || setresuid(65534, 65534, 65534))
		return 4;
	caps(data, true);
	if (ambient(PR_CAP_AMBIENT_RAISE, CAP_NET_RAW))
		return 5;
	execl("./program", "program", "@role", NULL);
	return 6;
}

void contract_main(void)
{
	struct __user_cap_data_struct data[2];
	char text[600];

	need_root();
	tmp_dir();
	CHECK_INT(ambient(PR_CAP_AMBIENT_IS_SET, CAP_NET_RAW), 0, "none is set at first");
	CHECK_ERR(ambient(PR_CAP_AMBIENT_RAISE, CAP_NET_RAW), EPERM, "one that is not inheritable is EPERM");
	caps(data, false);
	data[0].inheritable |= 1U << CAP_NET_RAW;
	caps(data, true);
	CHECK_INT(ambient(PR_CAP_AMBIENT_RAISE, CAP_NET_RAW), 0, "raised");
	CHECK_INT(ambient(PR_CAP_AMBIENT_IS_SET, CAP_NET_RAW), 1, "it is set");
	CHECK_INT(ambient(PR_CAP_AMBIENT_LOWER, CAP_NET_RAW), 0, "lowered");
	CHECK_INT(ambient(PR_CAP_AMBIENT_IS_SET, CAP_NET_RAW), 0, "it is not");
	REQUIRE(ambient(PR_CAP_AMBIENT_RAISE, CAP_NET_RAW) == 0);
	CHECK_INT(ambient(PR_CAP_AMBIENT_CLEAR_ALL, 0), 0, "cleared");
	CHECK_INT(ambient(PR_CAP_AMBIENT_IS_SET, CAP_NET_RAW), 0, "it is not set");
	REQUIRE(ambient(PR_CAP_AMBIENT_RAISE, CAP_NET_RAW) == 0);
	data[0].inheritable &= ~(1U << CAP_NET_RAW);
	caps(data, true);
	CHECK_INT(ambient(PR_CAP_AMBIENT_IS_SET, CAP_NET_RAW), 0, "what is not inheritable any more goes");
	CHECK_ERR(ambient(PR_CAP_AMBIENT_RAISE, 63), EINVAL, "no capability is EINVAL");
	CHECK_ERR(ambient(9, CAP_NET_RAW), EINVAL, "no operation is EINVAL");
	CHECK_ERR(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 1, 0), EINVAL, "more arguments are EINVAL");
	REQUIRE(chmod(".", 0755) == 0);
	snprintf(text, sizeof(text), "cp %s program && chmod 755 program", contract_self());
	if (link(contract_self(), "program") && system(text))
		skip("the program could not be copied");
	else
		CHECK_EXIT(keeps_over_exec, NULL, 0, "a user's program keeps the capability");
}
