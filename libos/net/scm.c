/* SPDX-License-Identifier: MIT */
/* scm: ownership of files in flight; see scm.h. Decoding of control messages is in syscall/sys_msg.c. */
#include "net/scm.h"

#include "abi/errno.h"
#include "mm/slab.h"
#include "vfs/file.h"

void scm_clear(struct scm *scm)
{
	unsigned i;

	for (i = 0; i < scm->nr; i++)
		fput(scm->files[i]);
	kfree(scm->files);
	*scm = (struct scm){ .nr = 0 };
}

int scm_copy(struct scm *to, const struct scm *from)
{
	unsigned i;

	*to = *from;
	to->files = NULL;
	if (!from->nr)
		return 0;
	to->files = kcalloc(from->nr, sizeof(*to->files), GFP_KERNEL);
	if (!to->files) {
		to->nr = 0;
		return -ENOMEM;
	}
	for (i = 0; i < from->nr; i++)
		to->files[i] = get_file(from->files[i]);
	return 0;
}

void scm_move(struct scm *to, struct scm *from)
{
	*to = *from;
	*from = (struct scm){ .nr = 0 };
}
