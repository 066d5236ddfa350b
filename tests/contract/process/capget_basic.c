/* SPDX-License-Identifier: MIT */
/* capget/capset: version 3 header, version probing, and root's full set dropped and refused. */
#include "lib/contract.h"

#include <linux/capability.h>

static int cap_get(struct __user_cap_header_struct *h, struct __user_cap_data_struct *d)
{
	return (int)syscall(SYS_capget, h, d);
}

static int drop_in_child(void *arg)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2], again[2];

	CHECK_INT(cap_get(&h, d), 0, "capget in a child");
	d[0].effective &= ~(1u << CAP_KILL);
	CHECK_INT(syscall(SYS_capset, &h, d), 0, "capset may drop an effective capability");
	cap_get(&h, again);
	CHECK_INT(again[0].effective, d[0].effective, "and it is gone from the effective set");
	CHECK_INT(again[0].permitted, d[0].permitted, "but not from the permitted set");
	d[0].permitted &= ~(1u << CAP_KILL);
	CHECK_INT(syscall(SYS_capset, &h, d), 0, "capset may drop a permitted capability");
	d[0].permitted |= 1u << CAP_KILL;
	CHECK_ERR(syscall(SYS_capset, &h, d), EPERM, "which cannot be taken back");
	return 0;
}

void contract_main(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];

	need_root();
	CHECK_INT(cap_get(&h, d), 0, "capget version 3");
	CHECK(d[0].effective & (1u << CAP_SYS_ADMIN), "root has CAP_SYS_ADMIN effective");
	CHECK(d[0].permitted & (1u << CAP_CHOWN), "root has CAP_CHOWN permitted");
	h.version = 0;
	CHECK_INT(cap_get(&h, NULL), 0, "an unknown version with NULL data probes");
	CHECK_INT(h.version, _LINUX_CAPABILITY_VERSION_3,
		  "and the kernel's version is written back");
	h.version = 0;
	CHECK_ERR(cap_get(&h, d), EINVAL, "an unknown version with data is EINVAL");
	h.pid = 0x7ffffffe;
	CHECK_ERR(cap_get(&h, d), ESRCH, "a process that does not exist is ESRCH");
	h.pid = -1;
	CHECK_ERR(cap_get(&h, d), EINVAL, "a negative pid is EINVAL");
	CHECK_EXIT(drop_in_child, NULL, 0, "the child that drops ends well");
}
