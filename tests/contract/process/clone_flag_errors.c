/* SPDX-License-Identifier: MIT */
/* clone: combinations of flags that Linux refuses with EINVAL. */
#include "lib/contract.h"

#include <sched.h>

static const struct {
	unsigned long flags;
	const char *text;
} refused[] = {
	{ CLONE_SIGHAND, "CLONE_SIGHAND without CLONE_VM" },
	{ CLONE_THREAD, "CLONE_THREAD without CLONE_SIGHAND" },
	{ CLONE_THREAD | CLONE_VM, "CLONE_THREAD without CLONE_SIGHAND, with CLONE_VM" },
	{ CLONE_THREAD | CLONE_SIGHAND, "CLONE_THREAD and CLONE_SIGHAND without CLONE_VM" },
	{ CLONE_FS | CLONE_NEWNS, "CLONE_FS with CLONE_NEWNS" },
	{ CLONE_FS | CLONE_NEWUSER, "CLONE_FS with CLONE_NEWUSER" },
	{ CLONE_PIDFD | CLONE_PARENT_SETTID, "CLONE_PIDFD with CLONE_PARENT_SETTID" },
	{ CLONE_PIDFD | CLONE_DETACHED, "CLONE_PIDFD with CLONE_DETACHED" },
};

void contract_main(void)
{
	int word = 0;

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		errno = 0;
		long pid = syscall(SYS_clone, refused[i].flags | SIGCHLD, NULL, &word, &word, 0);

		if (pid == 0)
			_exit(0);
		CHECK(pid == -1 && errno == EINVAL, "%s is EINVAL", refused[i].text);
	}
}
