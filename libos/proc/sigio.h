/* SPDX-License-Identifier: MIT */
/* sigio.h: whom an open file's signals go to: the F_SETOWN family, for system calls. vfs/sigio.h has the rest. */
#pragma once

#include "abi/fcntl.h"
#include "lib/compiler.h"
#include "lib/types.h"

struct file;

/* F_SETOWN: who > 0: a process, < 0: a group, 0: nobody. 0, -EINVAL, -ESRCH, -ENOMEM. Sleeps. */
int __must_check file_owner_set(struct file *file, int who);
/* F_GETOWN: as it was set; 0: nobody, or gone. */
int file_owner_get(const struct file *file);
/* F_SETOWN_EX, F_GETOWN_EX: kernel copies. */
int __must_check file_owner_set_ex(struct file *file, const struct f_owner_ex *owner);
void file_owner_get_ex(const struct file *file, struct f_owner_ex *out);
/* F_GETOWNER_UIDS: real and effective user of whoever set it. */
void file_owner_uids(const struct file *file, uint32_t uids[2]);
/* F_SETSIG: 0 is plain SIGIO. 0, -EINVAL, -ENOMEM. */
int __must_check file_owner_set_signal(struct file *file, unsigned long sig);
int file_owner_signal(const struct file *file);
