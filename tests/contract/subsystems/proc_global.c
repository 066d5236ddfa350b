/* SPDX-License-Identifier: MIT */
/*
 * cpuinfo, version, meminfo, mounts, uptime, loadavg, stat, filesystems, cmdline: what tools
 * read in them.
 */
#include "lib/contract.h"

#include <sched.h>

static char buf[65536];

static void has(const char *path, const char *text)
{
	CHECK(read_file(path, buf, sizeof(buf)) > 0 && strstr(buf, text), "%s has '%s'", path,
	      text);
}

void contract_main(void)
{
	int cpus = 0, a, b;
	float l1, l5, l15;
	double up, idle;
	long total;

	has("/proc/cpuinfo", "processor\t: 0\n");
	for (char *p = buf; (p = strstr(p, "processor\t: ")) != NULL; p++)
		cpus++;
	CHECK(cpus >= 1, "one entry for each CPU");
	CHECK(strstr(buf, "vendor_id\t: ") && strstr(buf, "flags\t\t: fpu"), "vendor and flags");
	has("/proc/version", "Linux version ");
	has("/proc/meminfo", "MemTotal: ");
	CHECK(sscanf(buf, "MemTotal: %ld kB", &total) == 1 && total > 1000, "a plausible total");
	has("/proc/meminfo", "\nMemFree: ");
	has("/proc/meminfo", "\nMemAvailable: ");
	has("/proc/meminfo", "\nCached: ");
	has("/proc/meminfo", "\nSwapTotal: ");
	has("/proc/mounts", " / ");
	has("/proc/uptime", ".");
	CHECK(sscanf(buf, "%lf %lf", &up, &idle) == 2 && up > 0, "two numbers");
	has("/proc/loadavg", "/");
	CHECK(sscanf(buf, "%f %f %f %d/%d", &l1, &l5, &l15, &a, &b) == 5 && a >= 1 && b >= a,
	      "five numbers");
	has("/proc/stat", "cpu  ");
	has("/proc/stat", "\ncpu0 ");
	has("/proc/stat", "\nctxt ");
	has("/proc/stat", "\nbtime ");
	has("/proc/stat", "\nprocesses ");
	has("/proc/filesystems", "\ttmpfs\n");
	CHECK(read_file("/proc/cmdline", buf, sizeof(buf)) > 0 && strchr(buf, '\n'),
	      "/proc/cmdline is a line");
	has("/proc/sys/kernel/ostype", "Linux\n");
	has("/proc/sys/kernel/pid_max", "\n");
	CHECK(atoi(buf) >= 4096, "pid_max");
}
