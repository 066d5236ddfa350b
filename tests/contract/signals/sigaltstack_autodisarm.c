/* SPDX-License-Identifier: MIT */
/* SS_AUTODISARM: the alternate stack is off inside the handler and comes back after it. */
#include "lib/contract.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static char stack[65536];
static volatile unsigned int flags_inside, change, set_inside = 99;

static void handler(int sig)
{
	stack_t ss, again = { .ss_sp = stack, .ss_size = sizeof(stack) };

	(void)sig;
	sigaltstack(NULL, &ss);
	flags_inside = (unsigned int)ss.ss_flags;
	if (change)
		set_inside = (unsigned int)sigaltstack(&again, NULL);
}

void contract_main(void)
{
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack), .ss_flags = (int)SS_AUTODISARM }, old;

	CHECK_INT(syscall(SYS_sigaltstack, &ss, NULL), 0, "set with SS_AUTODISARM");
	sigaltstack(NULL, &old);
	CHECK_INT((unsigned int)old.ss_flags, SS_AUTODISARM, "the flag reads back");
	on_signal(SIGUSR1, handler, SA_ONSTACK);
	raise(SIGUSR1);
	CHECK_INT(flags_inside, SS_DISABLE, "inside the handler it is disabled");
	sigaltstack(NULL, &old);
	CHECK(old.ss_sp == stack && (unsigned int)old.ss_flags == SS_AUTODISARM,
	      "after it, it is back");
	change = 1;
	raise(SIGUSR1);
	CHECK_INT(set_inside, 0, "it may be changed inside the handler");
}
