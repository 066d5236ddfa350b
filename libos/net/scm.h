/* SPDX-License-Identifier: MIT */
/*
 * scm: what travels beside a message's data: open files and credentials. cmsg(3), unix(7).
 *
 * A struct scm owns the references in files[]. Zeroed: empty. No lock: one owner at a time.
 */
#pragma once

#include "abi/socket.h"
#include "lib/compiler.h"

struct file;

struct scm {
	struct file **files;		/* kmalloc'd; NULL when nr is 0 */
	unsigned nr;
	bool has_cred;
	struct ucred cred;
};

/* Drop all; may sleep. The scm is empty then. */
void scm_clear(struct scm *scm);
/* Another owner of the same files (MSG_PEEK). 0 or -ENOMEM. */
int __must_check scm_copy(struct scm *to, const struct scm *from);
/* to (empty) takes what from owned. */
void scm_move(struct scm *to, struct scm *from);
