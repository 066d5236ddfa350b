/* SPDX-License-Identifier: MIT */
/* ABI of core(5): the notes of a core file, which the UAPI headers lack (<sys/procfs.h> has them for programs). */
#pragma once

#include "abi/elf.h"
#include "abi/time.h"

/* The set of vector registers, and where the sets are that a core file has of each thread. */
#define NT_CORE_XSTATE	NT_X86_XSTATE
#define CORE_MACHINE	EM_X86_64

/* NT_PRSTATUS up to its general registers, which an int follows: whether there is an NT_FPREGSET. */
struct core_prstatus {
	int si_signo, si_code, si_errno;
	short cursig;
	unsigned long sigpend, sighold;
	int pid, ppid, pgrp, sid;
	struct __kernel_old_timeval utime, stime, cutime, cstime;
};

struct core_prpsinfo {
	char state, sname, zomb, nice;
	unsigned long flag;
	unsigned uid, gid;
	int pid, ppid, pgrp, sid;
	char fname[16], psargs[80];
};

_Static_assert(sizeof(struct core_prstatus) == 112 && sizeof(struct core_prpsinfo) == 136, "as <sys/procfs.h>");
