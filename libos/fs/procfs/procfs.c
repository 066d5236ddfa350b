/* SPDX-License-Identifier: MIT */
/*
 * procfs: the instance of fs/pseudo that is mounted at /proc, and the entries whose values come from the rows below
 * fs/. Processes and what belongs to them are registered by proc/procfs.
 *
 * Source: proc(5); the running Linux decides the spelling of each line.
 */
#include "fs/procfs/internal.h"

#include "core/init.h"
#include "fs/pseudo/instance.h"

#define PROC_SUPER_MAGIC	0x9fa0	/* statfs(2) */

static struct pseudo_fs procfs;

int procfs_register(const char *folder, const struct pseudo_entry *entries, unsigned count)
{
	return pseudo_register(&procfs, folder, entries, count);
}

void procfs_set_processes(const struct pseudo_dir *dir, const struct pseudo_objects *objects)
{
	procfs.objects = objects;
	WRITE_ONCE(procfs.root.computed, dir);
}

static int procfs_init(void)
{
	int err;

	pseudo_node_init(&procfs.root, "proc");
	procfs.refuses = true;
	procfs.strict = "sys";
	err = pseudo_fs_register(&procfs, "proc", PROC_SUPER_MAGIC);
	if (!err)
		err = procfs_register_memory();
	if (!err)
		err = procfs_register_system();
	if (!err)
		err = procfs_register_sys();
	if (!err)
		err = procfs_register_kmsg();
	if (!err)
		err = procfs_register_disks();
	return err;
}
INIT_HOOK(INIT_VFS, procfs_init);
