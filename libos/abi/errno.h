/* SPDX-License-Identifier: MIT */
/*
 * ABI of errno(3), from the UAPI headers, and the codes that never reach user mode: they travel from a
 * system call to the signal code, which turns them into a restart or -EINTR (signal(7), "Interruption of
 * system calls"; ptrace(2) shows them to a tracer, hence Linux's numbers).
 */
#pragma once

#include <linux/errno.h>

#define ERESTARTSYS		512	/* restart if the handler has SA_RESTART or none ran */
#define ERESTARTNOINTR		513	/* always restart */
#define ERESTARTNOHAND		514	/* restart only if no handler ran */
#define ENOIOCTLCMD		515	/* this object knows no such ioctl: try the next layer, then ENOTTY */
#define ERESTART_RESTARTBLOCK	516	/* restart through restart_syscall(2) if no handler ran */

#define MAX_ERRNO		4095
