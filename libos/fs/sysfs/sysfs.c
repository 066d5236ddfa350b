/* SPDX-License-Identifier: MIT */
/*
 * sysfs: the instance of fs/pseudo that is mounted at /sys, and what it says of the system as a whole. Drivers
 * and other subsystems register their folders with sysfs_register().
 *
 * Source: sysfs(5).
 */
#include "core/init.h"
#include "fs/pseudo/instance.h"
#include "fs/sysfs/internal.h"
#include "lib/strbuf.h"

#define SYSFS_MAGIC	0x62656572	/* statfs(2) */

static struct pseudo_fs sysfs;

int sysfs_register(const char *folder, const struct pseudo_entry *entries, unsigned count)
{
	return pseudo_register(&sysfs, folder, entries, count);
}

static int show_text(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%s\n", (const char *)t->entry->arg);
	return 0;
}

static const struct pseudo_entry hugepage_entries[] = {
	{ .name = "enabled", .mode = S_IFREG | 0444, .show = show_text, .arg = "[always] madvise never" },
	{ .name = "hpage_pmd_size", .mode = S_IFREG | 0444, .show = show_text, .arg = "2097152" },
};

/* Folders programs look for even when there is nothing in them. */
static const char *const folders[] = {
	"bus", "class/net", "class/tty", "dev/char", "devices/virtual", "firmware",
	"fs/cgroup", "kernel/debug", "module", "power",
};

static int sysfs_init(void)
{
	int err;

	pseudo_node_init(&sysfs.root, "sys");
	err = pseudo_fs_register(&sysfs, "sysfs", SYSFS_MAGIC);
	for (unsigned i = 0; i < ARRAY_SIZE(folders) && !err; i++)
		err = sysfs_register(folders[i], NULL, 0);
	if (!err)
		err = sysfs_register("devices/system", &sysfs_cpu_entry, 1);
	if (!err)
		err = sysfs_register("kernel/mm/transparent_hugepage", hugepage_entries, ARRAY_SIZE(hugepage_entries));
	return err;
}
INIT_HOOK(INIT_VFS, sysfs_init);
