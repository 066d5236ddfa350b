/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/stat and status: pid, name, state, parent, group, session, threads, ids, signals;
 * of others too.
 */
#include "lib/contract.h"

#include <pthread.h>
#include <sys/prctl.h>

static char buf[8192];

static const char *status_field(const char *name)
{
	static char value[256];
	char key[64], *p;

	snprintf(key, sizeof(key), "\n%s:\t", name);
	p = !strncmp(buf, key + 1, strlen(key) - 1) ? buf - 1 : strstr(buf, key);
	value[0] = 0;
	if (p)
		sscanf(p + strlen(key), "%255[^\n]", value);
	return value;
}

static void *sleeper(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void check_status(pid_t pid)
{
	char want[64];

	CHECK_STR(status_field("Name"), "my ) name", "Name");
	CHECK_STR(status_field("State"), "R (running)", "State");
	snprintf(want, sizeof(want), "%d", (int)pid);
	CHECK_STR(status_field("Pid"), want, "Pid");
	CHECK_STR(status_field("Tgid"), want, "Tgid");
	snprintf(want, sizeof(want), "%d", (int)getppid());
	CHECK_STR(status_field("PPid"), want, "PPid");
	CHECK_STR(status_field("Threads"), "2", "Threads");
	snprintf(want, sizeof(want), "%u\t%u\t%u\t%u", getuid(), geteuid(), getuid(), geteuid());
	CHECK_STR(status_field("Uid"), want, "Uid");
	CHECK_STR(status_field("SigBlk"), "0000000000000800", "SigBlk");
	/* Signals 32 and 33 are the C library's: what started us may have left them ignored. */
	CHECK_INT(strtoul(status_field("SigIgn"), NULL, 16) & ~0x180000000UL, 0x200, "SigIgn");
	CHECK_STR(status_field("ShdPnd"), "0000000000000800", "ShdPnd");
	CHECK(atoi(status_field("VmRSS")) > 0 && strstr(status_field("VmRSS"), " kB"), "VmRSS");
}

/* Programs follow parents up from process to process: it must end. */
static void check_first_process(void)
{
	int ppid = -1;
	char text[512];

	REQUIRE(read_file("/proc/1/stat", text, sizeof(text)) > 0);
	REQUIRE(sscanf(strrchr(text, ')'), ") %*c %d", &ppid) == 1);
	CHECK_INT(ppid, 0, "process 1 has no parent");
}

void contract_main(void)
{
	int pid, ppid, pgrp, session;
	pthread_t t;
	sigset_t set;
	char state;

	REQUIRE(prctl(PR_SET_NAME, "my ) name") == 0);
	/* Blocked in both threads, so that it stays pending for the process. */
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGUSR1, SIG_IGN);
	REQUIRE(pthread_create(&t, NULL, sleeper, NULL) == 0);
	REQUIRE(kill(getpid(), SIGUSR2) == 0);
	REQUIRE(read_file("/proc/self/status", buf, sizeof(buf)) > 0);
	check_status(getpid());
	REQUIRE(read_file("/proc/self/stat", buf, sizeof(buf)) > 0);
	REQUIRE(sscanf(buf, "%d (my ) name)", &pid) == 1);
	REQUIRE(sscanf(strrchr(buf, ')') + 2, "%c %d %d %d", &state, &ppid, &pgrp, &session) == 4);
	CHECK_INT(pid, getpid(), "stat: pid");
	CHECK_INT(state, 'R', "state");
	CHECK_INT(ppid, getppid(), "parent");
	CHECK_INT(pgrp, getpgrp(), "group");
	CHECK_INT(session, getsid(0), "session");
	check_first_process();
}
