/* SPDX-License-Identifier: MIT */
/* task_parts: see task_parts.h. Each is looked at under RCU, where its memory stays, and taken unless it is going. */
#include "proc/task_parts.h"

#include "mm/mm.h"
#include "proc/task.h"
#include "vfs/fdtable.h"

struct mm *task_grab_mm(struct task *task)
{
	struct mm *mm;

	rcu_read_lock();
	mm = thread_mm(&task->thread);
	if (mm && !mm_grab(mm))
		mm = NULL;
	rcu_read_unlock();
	return mm;
}

struct fdtable *task_grab_files(struct task *task)
{
	struct fdtable *files;

	rcu_read_lock();
	files = READ_ONCE(task->vfs.files);
	if (files && !refcount_inc_not_zero(&files->refs))
		files = NULL;
	rcu_read_unlock();
	return files;
}

struct fs_state *task_grab_fs(struct task *task)
{
	struct fs_state *fs;

	rcu_read_lock();
	fs = READ_ONCE(task->vfs.fs);
	if (fs && !refcount_inc_not_zero(&fs->refs))
		fs = NULL;
	rcu_read_unlock();
	return fs;
}

const struct cred *task_grab_cred(struct task *task)
{
	struct cred *cred;

	rcu_read_lock();
	do {
		cred = (struct cred *)READ_ONCE(task->real_cred);
	} while (!refcount_inc_not_zero(&cred->refs));
	rcu_read_unlock();
	return cred;
}
