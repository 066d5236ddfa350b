/* SPDX-License-Identifier: MIT */
/*
 * sethostname, setdomainname: visible in uname; length and privilege are checked. Own UTS
 * namespace.
 */
#include "lib/contract.h"

#include <sched.h>
#include <sys/utsname.h>

static int change(void *arg)
{
	char long_name[65], line[100];
	struct utsname u;

	if (unshare(CLONE_NEWUTS) != 0)
		return 77;
	CHECK_INT(sethostname("coracle-test", 12), 0, "sethostname");
	CHECK_INT(syscall(SYS_setdomainname, "example", 7), 0, "setdomainname");
	REQUIRE(uname(&u) == 0);
	CHECK_STR(u.nodename, "coracle-test", "uname has the host name");
	CHECK_STR((char *)&u + 5 * 65, "example", "and the domain name");
	CHECK(read_file("/proc/sys/kernel/hostname", line, sizeof(line)) > 0, "/proc/sys/kernel/hostname");
	CHECK_STR(line, "coracle-test\n", "is the host name");
	CHECK(read_file("/proc/sys/kernel/domainname", line, sizeof(line)) > 0, "/proc/sys/kernel/domainname");
	CHECK_STR(line, "example\n", "is the domain name");
	memset(long_name, 'x', sizeof(long_name));
	CHECK_INT(sethostname(long_name, 64), 0, "64 bytes fit");
	CHECK_ERR(syscall(SYS_sethostname, long_name, 65), EINVAL, "65 do not");
	CHECK_ERR(syscall(SYS_sethostname, long_name, -1), EINVAL, "a negative length is EINVAL");
	CHECK_ERR(syscall(SYS_sethostname, bad_pointer(), 4), EFAULT, "a bad pointer is EFAULT");
	REQUIRE(setresuid(1000, 1000, 1000) == 0);
	CHECK_ERR(syscall(SYS_sethostname, "x", 1), EPERM, "without privilege EPERM");
	return 0;
}

void contract_main(void)
{
	need_root();
	CHECK_EXIT(change, NULL, 0, "the child in its own UTS namespace ends well");
}
