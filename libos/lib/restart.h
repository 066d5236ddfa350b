/* SPDX-License-Identifier: MIT */
/*
 * Results of an interrupted sleep that never reach user mode: proc/sigdeliver.c turns each into a
 * restarted call or -EINTR, by the rules of signal(7) "Interruption of system calls".
 * Interruptible waits return -ERESTARTSYS unless their contract says otherwise.
 */
#pragma once

#define ERESTARTSYS		512	/* restart if SA_RESTART or no handler runs, else -EINTR */
#define ERESTARTNOINTR		513	/* always restart */
#define ERESTARTNOHAND		514	/* restart only if no handler runs (pause, sigsuspend, ppoll) */
#define ERESTART_RESTARTBLOCK	516	/* no handler: continue through restart_syscall(2); else -EINTR */
#define ENOIOCTLCMD		515	/* no such ioctl here: try the next layer, then ENOTTY */
