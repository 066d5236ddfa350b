/* SPDX-License-Identifier: MIT */
/* /proc/self/cgroup has a cgroup2 line, /proc/filesystems names cgroup2. */
#include "lib/contract.h"

void contract_main(void)
{
	char buf[8192];

	CHECK(read_file("/proc/self/cgroup", buf, sizeof(buf)) > 0, "/proc/self/cgroup");
	CHECK(strncmp(buf, "0::/", 4) == 0 || strstr(buf, "\n0::/"), "has a line 0::/");
	CHECK(read_file("/proc/filesystems", buf, sizeof(buf)) > 0, "/proc/filesystems");
	CHECK(strstr(buf, "nodev\tcgroup2\n"), "names cgroup2");
	CHECK(strstr(buf, "nodev\tproc\n") && strstr(buf, "nodev\ttmpfs\n"), "proc and tmpfs");
	CHECK(strstr(buf, "\text4\n"), "and ext4, which needs a device");
}
