/* SPDX-License-Identifier: MIT */
/*
 * cred.h: changing the current task's credentials. Each call is what the man page of the system call of its
 * name says, and returns 0, -EPERM, -EINVAL or -ENOMEM unless noted. Current task; may sleep.
 */
#pragma once

#include "abi/capability.h"
#include "lib/compiler.h"
#include "proc/task.h"

#define ID_KEEP		UINT32_MAX	/* "leave it as it is" */

struct cred_caps {
	uint64_t effective, permitted, inheritable;
};

/* A copy of the current set to edit; then commit (takes it over) or abort. NULL: no memory. */
struct cred *cred_prepare(void);
void cred_commit(struct cred *c);
void cred_abort(struct cred *c);

int __must_check cred_setuid(uint32_t uid);
int __must_check cred_setgid(uint32_t gid);
int __must_check cred_setreuid(uint32_t ruid, uint32_t euid);
int __must_check cred_setregid(uint32_t rgid, uint32_t egid);
int __must_check cred_setresuid(uint32_t ruid, uint32_t euid, uint32_t suid);
int __must_check cred_setresgid(uint32_t rgid, uint32_t egid, uint32_t sgid);
/* The previous value, whether it was changed or not. */
uint32_t cred_setfsuid(uint32_t uid);
uint32_t cred_setfsgid(uint32_t gid);
/* `groups` (kmalloc'd, may be NULL when count is 0) is taken over on success only. */
int __must_check cred_setgroups(uint32_t *groups, unsigned count);

/* What security.capability gives a program. */
struct cred_file_caps {
	bool present;
	bool effective;			/* whatever it gets is in effect at once */
	uint64_t permitted, inheritable;
};

/* From a file's attribute. 0 (also when it is for another user namespace: not present), -EINVAL. (cred_exec.c) */
int __must_check cred_parse_file_caps(const struct vfs_ns_cap_data *disk, size_t size, struct cred_file_caps *out);
/*
 * execve: c has the effective ids by the file's set-id bits; the rest of it becomes what the new program has. *secure:
 * AT_SECURE; *clear_personality: bits it does not take over. 0, or -EPERM: it would not get what it must have.
 */
int __must_check cred_exec(struct cred *c, const struct cred_file_caps *file, bool *secure,
			   unsigned *clear_personality);
int __must_check cred_capset(const struct cred_caps *caps);
