/* SPDX-License-Identifier: MIT */
/* sysinfo: uptime, memory, processes, agree with /proc; times() counts ticks; a bad pointer. */
#include "lib/contract.h"

#include <sys/sysinfo.h>
#include <sys/times.h>

void contract_main(void)
{
	struct sysinfo si;
	struct tms t;
	char buf[4096];
	long kib = 0;
	double up = 0;
	clock_t a, b;

	CHECK_INT(sysinfo(&si), 0, "sysinfo");
	CHECK(si.uptime > 0 || now_ns() < 2000000000, "uptime");
	CHECK(si.totalram > 0 && si.freeram > 0 && si.freeram <= si.totalram, "memory");
	CHECK(si.procs >= 1, "processes");
	CHECK_INT(si.mem_unit, 1, "in bytes");
	REQUIRE(read_file("/proc/meminfo", buf, sizeof(buf)) > 0);
	REQUIRE(sscanf(buf, "MemTotal: %ld", &kib) == 1);
	CHECK_INT(si.totalram / 1024, kib, "the total is /proc/meminfo's");
	REQUIRE(read_file("/proc/uptime", buf, sizeof(buf)) > 0 && sscanf(buf, "%lf", &up) == 1);
	CHECK(up - (double)si.uptime > -1.01 && up - (double)si.uptime < 1.01 * contract_slow(),
	      "uptime is /proc/uptime's");
	a = times(&t);
	sleep_ms(100);
	b = times(&t);
	CHECK(b - a >= 9 && b - a < 200 * contract_slow(), "times counts hundredths of a second");
	CHECK_ERR(syscall(SYS_sysinfo, bad_pointer()), EFAULT, "a bad pointer is EFAULT");
}
