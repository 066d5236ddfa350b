/* SPDX-License-Identifier: MIT */
/* /sys/devices/system/cpu: the CPUs that are online, by list and by folder, as stress-ng and lscpu read them. */
#include "lib/contract.h"

#include <dirent.h>

static int count_folders(void)
{
	DIR *dir = opendir("/sys/devices/system/cpu");
	struct dirent *de;
	int n = 0;

	REQUIRE(dir);
	while ((de = readdir(dir)) != NULL)
		n += !strncmp(de->d_name, "cpu", 3) && de->d_name[3] >= '0' && de->d_name[3] <= '9' &&
		     de->d_type == DT_DIR;
	closedir(dir);
	return n;
}

void contract_main(void)
{
	char online[256] = "", text[256] = "";
	struct stat st;

	need_root();
	REQUIRE(read_file("/sys/devices/system/cpu/online", online, sizeof(online)) > 0);
	CHECK(online[0] == '0', "CPU 0 is online");
	CHECK_INT(count_folders(), sysconf(_SC_NPROCESSORS_CONF), "one folder for each CPU");
	REQUIRE(read_file("/sys/devices/system/cpu/cpu0/topology/core_id", text, sizeof(text)) > 0);
	CHECK(text[0] >= '0' && text[0] <= '9' && strchr(text, '\n'), "core_id");
	REQUIRE(read_file("/sys/devices/system/cpu/cpu0/topology/thread_siblings_list", text, sizeof(text)) > 0);
	CHECK_INT(text[0], '0', "CPU 0 is one of its own siblings");
	CHECK_ERR(stat("/sys/devices/system/cpu/cpu4096", &st), ENOENT, "no such CPU");
	CHECK_ERR(stat("/sys/devices/system/cpu/cpu00", &st), ENOENT, "one name for each");
}
