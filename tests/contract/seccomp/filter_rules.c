/* SPDX-License-Identifier: MIT */
/* Who may install what: no_new_privs, EFAULT, programs the check refuses, actions asked for, /proc/PID/status. */
#include "lib/seccomp.h"

static bool status_says(const char *text)
{
	static char buf[8192];

	return read_file("/proc/self/status", buf, sizeof(buf)) > 0 && strstr(buf, text);
}

static int unprivileged(void *arg)
{
	(void)arg;
	if (geteuid() == 0 && setuid(65534))
		return 50;
	CHECK_ERR(INSTALL(0, RET(SECCOMP_RET_ALLOW)), EACCES, "without no_new_privs");
	give_up_privileges();
	CHECK_INT(INSTALL(0, RET(SECCOMP_RET_ALLOW)), 0, "with it");
	CHECK(status_says("\nSeccomp:\t2\n") && status_says("\nSeccomp_filters:\t1\n"), "/proc/self/status");
	CHECK_INT(INSTALL(SECCOMP_FILTER_FLAG_LOG, RET(SECCOMP_RET_ALLOW)), 0, "a second, with FLAG_LOG");
	CHECK(status_says("\nSeccomp_filters:\t2\n"), "two filters");
	CHECK_ERR(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT), EINVAL, "no way to strict mode");
	return 0;
}

static bool avail(uint32_t action)
{
	return seccomp_call(SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

static int refused(void *arg)
{
	struct sock_filter ok = RET(SECCOMP_RET_ALLOW);
	struct sock_fprog none = { 0, &ok }, nowhere = { 1, bad_pointer() };
	uint32_t bad = 0x12340000;

	(void)arg;
	give_up_privileges();
	CHECK_ERR(seccomp_call(SECCOMP_SET_MODE_FILTER, 0, bad_pointer()), EFAULT, "from nowhere");
	CHECK_ERR(seccomp_call(SECCOMP_SET_MODE_FILTER, 0, &nowhere), EFAULT, "instructions from nowhere");
	CHECK_ERR(seccomp_call(SECCOMP_SET_MODE_FILTER, 0, &none), EINVAL, "no instructions");
	CHECK_ERR(seccomp_call(SECCOMP_SET_MODE_FILTER, 0x8000, &none), EINVAL, "an unknown flag");
	CHECK_ERR(seccomp_call(77, 0, NULL), EINVAL, "an unknown operation");
	CHECK_ERR(seccomp_call(SECCOMP_SET_MODE_STRICT, 1, NULL), EINVAL, "strict with flags");
	CHECK_ERR(prctl(PR_SET_SECCOMP, 5), EINVAL, "an unknown mode");
	CHECK_ERR(INSTALL(0, LOAD(nr)), EINVAL, "no return at the end");
	CHECK_ERR(INSTALL(0, BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), RET(0)), EINVAL, "a jump past the end");
	CHECK_ERR(INSTALL(0, BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 1, 0), RET(0)), EINVAL, "a branch past the end");
	CHECK_ERR(INSTALL(0, BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), RET(0)), EINVAL, "a load past the data");
	CHECK_ERR(INSTALL(0, BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), RET(0)), EINVAL, "between two words");
	CHECK_ERR(INSTALL(0, BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0), RET(0)), EINVAL, "half a word");
	CHECK_ERR(INSTALL(0, BPF_STMT(BPF_LD | BPF_MEM, 0), RET(0)), EINVAL, "memory that was not written");
	CHECK_ERR(INSTALL(0, BPF_STMT(BPF_ST, 16), RET(0)), EINVAL, "memory there is not");
	CHECK_ERR(INSTALL(0, BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), RET(0)), EINVAL, "a division by 0");
	CHECK_ERR(INSTALL(0, BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 32), RET(0)), EINVAL, "a shift by 32");
	CHECK_ERR(INSTALL(0, BPF_STMT(0xffff, 0), RET(0)), EINVAL, "an unknown instruction");
	CHECK(avail(SECCOMP_RET_KILL_PROCESS) && avail(SECCOMP_RET_KILL_THREAD) && avail(SECCOMP_RET_TRAP) &&
	      avail(SECCOMP_RET_ERRNO) && avail(SECCOMP_RET_TRACE) && avail(SECCOMP_RET_LOG) &&
	      avail(SECCOMP_RET_ALLOW), "SECCOMP_GET_ACTION_AVAIL");
	CHECK_ERR(seccomp_call(SECCOMP_GET_ACTION_AVAIL, 0, &bad), EOPNOTSUPP, "of an unknown action");
	CHECK_INT(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), 0, "nothing was installed");
	return 0;
}

void contract_main(void)
{
	CHECK(status_says("\nSeccomp:\t0\n"), "no mode");
	CHECK_EXIT(unprivileged, NULL, 0, "an unprivileged user");
	CHECK_EXIT(refused, NULL, 0, "what is refused");
}
