/* SPDX-License-Identifier: MIT */
/*
 * A SCHED_FIFO thread that never sleeps leaves fair threads of its CPU about 5% of the time, as sched_rt_runtime_us
 * and sched_rt_period_us say; the two files refuse what makes no sense. Source: sched(7).
 */
#include "lib/contract.h"

#include <sched.h>
#include <stdatomic.h>

static atomic_ulong *count;

static long read_number(const char *path)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY);

	REQUIRE(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	return atol(text);
}

static void spin_beside_fair(int policy)
{
	const struct sched_param prio = { .sched_priority = 10 };
	pid_t hog, fair;
	unsigned long at_start;

	fair = fork_child();
	if (fair == 0) {
		for (;;)
			atomic_fetch_add(count, 1);
	}
	hog = fork_child();
	if (hog == 0) {
		REQUIRE(syscall(SYS_sched_setscheduler, 0, policy, &prio) == 0);
		for (;;)
			;
	}
	sleep_ms(300);
	at_start = *count;
	sleep_ms(1500);
	CHECK(*count > at_start, "policy %d: a fair process got the CPU beside it", policy);
	kill(hog, SIGKILL);
	wait_status(hog);
	kill(fair, SIGKILL);
	wait_status(fair);
}

void contract_main(void)
{
	const struct sched_param prio = { .sched_priority = 50 };
	cpu_set_t one;
	int cpu = 0, fd;

	if (syscall(SYS_sched_setscheduler, 0, SCHED_RR, &prio) != 0)
		skip_all("no permission for real-time policies");
	count = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(count != MAP_FAILED && sched_getaffinity(0, sizeof(one), &one) == 0);
	while (!CPU_ISSET(cpu, &one))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
	REQUIRE(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &(struct sched_param){ 0 }) == 0);
	CHECK(read_number("/proc/sys/kernel/sched_rt_period_us") == 1000000, "the period is a second");
	CHECK(read_number("/proc/sys/kernel/sched_rt_runtime_us") == 950000, "95%% of it is for real-time threads");
	spin_beside_fair(SCHED_FIFO);
	spin_beside_fair(SCHED_RR);
	fd = open("/proc/sys/kernel/sched_rt_runtime_us", O_WRONLY);
	REQUIRE(fd >= 0);
	CHECK_ERR(write(fd, "1000001", 7), EINVAL, "more than the period");
	CHECK_ERR(write(fd, "-2", 2), EINVAL, "-2");
	CHECK(read_number("/proc/sys/kernel/sched_rt_runtime_us") == 950000, "a refused value changes nothing");
	close(fd);
}
