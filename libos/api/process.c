/* SPDX-License-Identifier: MIT */
/*
 * process: Linux programs as children of a program linked with the library.
 *
 * A child starts in the kernel as a copy of its parent's files and directory without user memory, and execs at once;
 * the parent sleeps until that has worked or not.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/sched.h"
#include "abi/wait.h"
#include "api/internal.h"
#include "arch/context.h"
#include "exec/exec.h"
#include "libos/process.h"
#include "proc/exit.h"
#include "proc/fork.h"
#include "proc/signal.h"
#include "proc/wait.h"
#include "sync/completion.h"

_Static_assert(LIBOS_WNOHANG == WNOHANG, "wait flags");

#define STATUS_EXEC_FAILED	(127 << 8)

long api_fork(uint64_t flags, int exit_signal, void (*fn)(void *arg), void *arg)
{
	struct fork_args a = { .flags = flags, .exit_signal = exit_signal, .start = fn, .start_arg = arg };

	return task_fork(&a);
}

/* On the parent's stack until `done`. Field legend: [I] immutable, [c] written before done */
struct spawn {
	struct exec_args args;		/* [I] */
	int err;			/* [c] */
	struct completion done;
};

static void spawn_main(void *arg)
{
	struct spawn *s = arg;
	int err = exec_program(&s->args);

	s->err = err;
	complete(&s->done);
	if (err)
		process_exit_group(STATUS_EXEC_FAILED);
	arch_enter_user();
}

static struct pid *find_pid(int nr)
{
	struct pid *pid;

	rcu_read_lock();
	pid = pid_get(pid_find(current->pid_ns, nr));
	rcu_read_unlock();
	return pid;
}

int libos_spawn(const char *path, const char *const *argv, const char *const *envp)
{
	static const char *const none[] = { NULL };
	struct spawn s = { .args = { .dirfd = AT_FDCWD, .name = path, .lookup = LOOKUP_FOLLOW, .kargv = argv,
				     .kenvp = envp ? envp : none } };
	long pid;

	completion_init(&s.done);
	pid = api_fork(0, SIGCHLD, spawn_main, &s);
	if (pid < 0)
		return (int)pid;
	wait_for_completion(&s.done);
	if (!s.err)
		return (int)pid;
	ignore_result(libos_wait((int)pid, NULL, 0));	/* it ends without having run */
	return s.err;
}

int libos_wait(int pid, int *status, int flags)
{
	struct wait_request w = { .options = (unsigned)flags | WEXITED };
	int err;

	if ((flags & ~LIBOS_WNOHANG) || (pid <= 0 && pid != -1))
		return -EINVAL;
	if (pid > 0) {
		w.which = WAIT_PID;
		w.pid = find_pid(pid);
	} else {
		w.which = WAIT_ANY;
	}
	err = process_wait(&w);
	pid_put(w.pid);
	if (err)
		return err;
	if (w.nr && status)
		*status = w.status;
	return w.nr;
}

int libos_kill(int pid, int sig)
{
	siginfo_t info;

	if (sig < 0 || sig > 64)
		return -EINVAL;
	siginfo_init(&info, sig, SI_USER, current);
	return signal_kill(pid, &info);
}
