/* SPDX-License-Identifier: MIT */
/* kcmp: tells what clone shared, and descriptors of one open file; order is the same both ways round. */
#include "lib/contract.h"

#include <linux/kcmp.h>
#include <sched.h>

static long kcmp(pid_t a, pid_t b, int type, unsigned long i, unsigned long j)
{
	return syscall(SYS_kcmp, a, b, type, i, j);
}

static pid_t sleeper(unsigned long flags)
{
	long pid = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, 0);

	REQUIRE(pid >= 0);
	if (pid == 0) {
		for (;;)
			pause();
	}
	return (pid_t)pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	wait_status(pid);
}

void contract_main(void)
{
	static const struct { unsigned long flag; int type; const char *name; } shared[] = {
		{ CLONE_FILES, KCMP_FILES, "CLONE_FILES" }, { CLONE_FS, KCMP_FS, "CLONE_FS" },
	};
	pid_t me = getpid(), child = sleeper(0);
	int fd = open("/dev/null", O_RDONLY), same = dup(fd), other = open("/dev/null", O_RDONLY);
	long order;

	if (kcmp(me, me, KCMP_VM, 0, 0) == -1 && errno == ENOSYS)
		skip_all("a Linux built without kcmp");
	CHECK_INT(kcmp(me, me, KCMP_VM, 0, 0), 0, "a process shares its memory with itself");
	order = kcmp(me, child, KCMP_VM, 0, 0);
	CHECK(order == 1 || order == 2, "a forked child has its own");
	CHECK_INT(kcmp(child, me, KCMP_VM, 0, 0), 3 - order, "the order is the other way round");
	CHECK(kcmp(me, child, KCMP_FILES, 0, 0) > 0, "its own descriptor table");
	CHECK(kcmp(me, child, KCMP_FS, 0, 0) > 0, "its own working directory");
	CHECK(kcmp(me, child, KCMP_SIGHAND, 0, 0) > 0, "its own signal actions");
	CHECK_INT(kcmp(me, me, KCMP_FILE, fd, same), 0, "dup: the same open file");
	CHECK(kcmp(me, me, KCMP_FILE, fd, other) > 0, "opened twice: another");
	CHECK_INT(kcmp(me, child, KCMP_FILE, 0, 0), 0, "fork: the same open file");
	CHECK_ERR(kcmp(me, me, KCMP_FILE, fd, 9999), EBADF, "a closed descriptor is EBADF");
	CHECK_ERR(kcmp(me, me, 99, 0, 0), EINVAL, "an unknown type is EINVAL");
	CHECK_ERR(kcmp(me, 0x7ffffffe, KCMP_VM, 0, 0), ESRCH, "nobody is ESRCH");
	end(child);
	for (size_t i = 0; i < ARRAY_SIZE(shared); i++) {
		child = sleeper(shared[i].flag);
		CHECK_INT(kcmp(me, child, shared[i].type, 0, 0), 0, "%s shares", shared[i].name);
		end(child);
	}
}
