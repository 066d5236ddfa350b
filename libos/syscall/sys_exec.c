/* SPDX-License-Identifier: MIT */
/* execve(2), execveat(2). */
#include "abi/errno.h"
#include "exec/exec.h"
#include "syscall/path.h"
#include "syscall/syscall.h"

static long exec_at(int dirfd, const char __user *path, const char __user *const __user *argv,
		    const char __user *const __user *envp, unsigned lookup)
{
	struct exec_args a = { .dirfd = dirfd, .lookup = lookup, .argv = argv, .envp = envp };
	struct user_path p;
	int err = user_path_get(&p, path, lookup & LOOKUP_EMPTY);

	if (err)
		return err;
	a.name = p.name;
	err = exec_program(&a);
	user_path_put(&p);
	return err;
}

long sys_execve(const char __user *path, const char __user *const __user *argv,
		const char __user *const __user *envp)
{
	return exec_at(AT_FDCWD, path, argv, envp, LOOKUP_FOLLOW);
}

long sys_execveat(int dirfd, const char __user *path, const char __user *const __user *argv,
		  const char __user *const __user *envp, int flags)
{
	if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	return exec_at(dirfd, path, argv, envp, (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0) |
					       (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW));
}
