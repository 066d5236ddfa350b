/* SPDX-License-Identifier: MIT */
/* Small seccomp filters, made of tests of the call's number. */
#pragma once

#include "lib/contract.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RET(v) BPF_STMT(BPF_RET | BPF_K, (v))
/* A call's number: the answer if it is this one. */
#define ON(nr, v) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1), RET(v)

static inline long seccomp_call(unsigned op, unsigned flags, void *args)
{
	return syscall(SYS_seccomp, op, flags, args);
}

/* Install these instructions: what seccomp(2) gives. */
#define INSTALL(flags, ...) ({								\
	struct sock_filter insns_[] = { __VA_ARGS__ };					\
	struct sock_fprog prog_ = { ARRAY_SIZE(insns_), insns_ };			\
	seccomp_call(SECCOMP_SET_MODE_FILTER, (flags), &prog_); })

static inline void give_up_privileges(void)
{
	REQUIRE(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
}
