/* SPDX-License-Identifier: MIT */
/* path: see path.h. */
#include "syscall/path.h"

#include "abi/errno.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/super.h"

int user_path_get(struct user_path *p, const char __user *path, bool empty_ok)
{
	long len = strncpy_from_user(p->text, path, sizeof(p->text));

	p->heap = NULL;
	p->name = p->text;
	if (unlikely(len == (long)sizeof(p->text))) {
		p->heap = kmalloc(PATH_MAX, GFP_KERNEL);
		if (!p->heap)
			return -ENOMEM;
		p->name = p->heap;
		len = strncpy_from_user(p->heap, path, PATH_MAX);
		if (len == PATH_MAX)
			len = -ENAMETOOLONG;
	}
	if (unlikely(len <= 0) && (len < 0 || !empty_ok)) {
		kfree(p->heap);
		return len < 0 ? (int)len : -ENOENT;
	}
	return 0;
}

void user_path_put(struct user_path *p)
{
	if (unlikely(p->heap))
		kfree(p->heap);
}

struct vfs_ctx *current_vfs(void)
{
	struct task *t = current;

	t->vfs.fsize_limit = rlimit_cur(t->process, RLIMIT_FSIZE);
	t->vfs.nofile_limit = (unsigned)min(rlimit_cur(t->process, RLIMIT_NOFILE), (uint64_t)UINT32_MAX);
	return &t->vfs;
}

bool over_size_limit(const struct file *file)
{
	return current_vfs()->fsize_limit < (uint64_t)file->inode->sb->max_bytes;
}
