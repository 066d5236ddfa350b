/* SPDX-License-Identifier: MIT */
/*
 * sigaltstack: SA_ONSTACK handlers run on it, others do not; flags, EPERM while on it, size
 * checks.
 */
#include "lib/contract.h"

static char *stack;
static volatile int inside, flags_inside, nested_inside, change_errno;

static bool on_stack(void *p)
{
	return (char *)p >= stack && (char *)p < stack + 65536;
}

static void nested(int sig)
{
	int local;

	(void)sig;
	nested_inside = on_stack(&local);
}

static void handler(int sig)
{
	stack_t ss, other = { .ss_sp = stack, .ss_size = 32768 };
	int local;

	(void)sig;
	inside = on_stack(&local);
	sigaltstack(NULL, &ss);
	flags_inside = ss.ss_flags;
	change_errno = sigaltstack(&other, NULL) == -1 ? errno : 0;
	raise(SIGUSR2);
}

void contract_main(void)
{
	stack_t ss, old;

	stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(stack != MAP_FAILED);
	ss = (stack_t){ .ss_sp = stack, .ss_size = 65536 };
	CHECK_INT(sigaltstack(NULL, &old), 0, "ask");
	CHECK_INT(old.ss_flags, SS_DISABLE, "there is none at first");
	CHECK_INT(sigaltstack(&ss, NULL), 0, "set");
	sigaltstack(NULL, &old);
	CHECK(old.ss_sp == stack && old.ss_size == 65536 && old.ss_flags == 0, "it reads back");
	on_signal(SIGUSR1, handler, SA_ONSTACK);
	on_signal(SIGUSR2, nested, 0);
	raise(SIGUSR1);
	CHECK_INT(inside, 1, "an SA_ONSTACK handler runs on it");
	CHECK_INT(flags_inside, SS_ONSTACK, "sigaltstack says so inside");
	CHECK_INT(change_errno, EPERM, "and refuses a change with EPERM");
	CHECK_INT(nested_inside, 1, "a nested handler continues on it");
	nested_inside = 9;
	raise(SIGUSR2);
	CHECK_INT(nested_inside, 0, "a handler without SA_ONSTACK does not run on it");
	raise(SIGUSR1);
	CHECK_INT(inside, 1, "it works a second time");
	ss.ss_flags = SS_DISABLE;
	CHECK_INT(sigaltstack(&ss, NULL), 0, "disable");
	raise(SIGUSR1);
	CHECK_INT(inside, 0, "then the handler runs on the normal stack");
	ss.ss_flags = 0;
	ss.ss_size = 1024;
	CHECK_ERR(syscall(SYS_sigaltstack, &ss, NULL), ENOMEM,
		  "a stack below MINSIGSTKSZ is ENOMEM");
	ss.ss_flags = 0x100;
	CHECK_ERR(syscall(SYS_sigaltstack, &ss, NULL), EINVAL, "an unknown flag is EINVAL");
}
