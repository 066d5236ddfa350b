/* SPDX-License-Identifier: MIT */
/* /proc/PID/syscall, stack, wchan, timerslack_ns: where a thread is in the kernel. */
#include "lib/contract.h"

#include <sys/prctl.h>

static char text[8192];

static void read_of(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	text[0] = 0;
	CHECK(read_file(path, text, sizeof(text)) > 0, "%s can be read", name);
}

void contract_main(void)
{
	long number = -1, first = -1, sp = 0, pc = 0, rest[5];
	int fds[2];
	pid_t pid;
	char byte;

	need_root();
	REQUIRE(pipe(fds) == 0);
	pid = fork_child();
	if (!pid)
		_exit((int)syscall(SYS_read, fds[0], &byte, 1));
	wait_asleep(pid);
	read_of(pid, "syscall");
	CHECK_INT(sscanf(text, "%ld 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx\n", &number, &first, &rest[0],
			 &rest[1], &rest[2], &rest[3], &rest[4], &sp, &pc), 9, "syscall has nine numbers");
	CHECK_INT(number, SYS_read, "the call");
	CHECK_INT(first, fds[0], "its first argument");
	CHECK_INT(rest[1], 1, "its third");
	CHECK(sp && pc, "stack and instruction pointers");
	read_of(pid, "stack");
	CHECK(!strncmp(text, "[<0>] ", 6) && strstr(text, "+0x") && text[strlen(text) - 1] == '\n',
	      "stack has functions and offsets");
	CHECK(strstr(text, "read"), "one of them reads");
	read_of(pid, "wchan");
	CHECK(text[0] != '0' && !strchr(text, '\n'), "wchan is a name without a newline");
	REQUIRE(write(fds[1], "\1", 1) == 1);
	wait_status(pid);
	REQUIRE(read_file("/proc/self/syscall", text, sizeof(text)) > 0);
	CHECK(!strncmp(text, "0 0x", 4), "who reads its own is in read");
	pid = fork_child();
	if (!pid) {
		for (;;)
			;
	}
	read_of(pid, "syscall");
	CHECK_STR(text, "running\n", "who runs has no call to show");
	kill(pid, SIGKILL);
	wait_status(pid);
	REQUIRE(read_file("/proc/self/wchan", text, sizeof(text)) > 0);
	CHECK_STR(text, "0", "and sleeps nowhere");
	REQUIRE(prctl(PR_SET_TIMERSLACK, 123456) == 0);
	REQUIRE(read_file("/proc/self/timerslack_ns", text, sizeof(text)) > 0);
	CHECK_STR(text, "123456\n", "timerslack_ns");
}
