/* SPDX-License-Identifier: MIT */
/*
 * process.h: Linux programs as children of the first process; include <libos/libos.h>.
 */
#pragma once

#include "libos/libos.h"

enum libos_wait_flags { LIBOS_WNOHANG = 1 };

LIBOS_API_BEGIN

/*
 * Start the program at path, as fork and execve do: it gets a copy of the descriptors (but those with CLOEXEC) and
 * the working directory. argv and envp end with NULL. Its process id, or what execve(2) says went wrong.
 */
int libos_spawn(const char *path, const char *const *argv, const char *const *envp);
/*
 * Wait for a child that ended: pid, or -1 for any. Its process id with the wait status as wait4(2) stores it;
 * 0 with LIBOS_WNOHANG when none has; -10 (ECHILD). Children whose own parents ended come here, too.
 */
int libos_wait(int pid, int *status, int flags);
/* kill(2). */
int libos_kill(int pid, int sig);

LIBOS_API_END
