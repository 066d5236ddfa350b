/* SPDX-License-Identifier: MIT */
/*
 * procfs/sys: /proc/sys, as far as the values live below proc/. A value that nothing here would obey is read-only: a
 * write that changes nothing must not report success.
 */
#include "fs/procfs/internal.h"

#include "abi/errno.h"
#include "core/log.h"
#include "core/random.h"
#include "core/version.h"
#include "fs/pseudo/sysctl.h"
#include "lib/parse.h"
#include "mm/commit.h"
#include "mm/mm.h"
#include "mm/pagecache.h"
#include "sched/sched.h"
#include "vfs/dentry.h"
#include "vfs/inode.h"
#include "vfs/limits.h"

/* Fixed text; entry->arg. */
static int show_text(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%s\n", (const char *)t->entry->arg);
	return 0;
}

#define FIXED(name_, text_) { .name = name_, .mode = S_IFREG | 0444, .show = show_text, .arg = text_ }

static int show_printk(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%d\t4\t1\t7\n", log_console_level());
	return 0;
}

static int store_printk(char *text, size_t size, const struct pseudo_target *t)
{
	char *end;
	unsigned long long level = simple_strtoull(text, &end, 10);

	if (end == text || level < 1 || level > 15)
		return -EINVAL;
	log_set_console_level(level > 8 ? 8 : (int)level);
	return 0;
}

static int show_entropy(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%u\n", random_entropy_bits());
	return 0;
}

static void print_uuid(struct strbuf *out, const uint8_t *u)
{
	for (int i = 0; i < 16; i++)
		strbuf_printf(out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", u[i]);
	strbuf_putc(out, '\n');
}

/* RFC 9562 version 4. */
static void make_uuid(uint8_t *u)
{
	random_bytes(u, 16);
	u[6] = (u[6] & 0x0f) | 0x40;
	u[8] = (u[8] & 0x3f) | 0x80;
}

static int show_uuid(struct strbuf *out, const struct pseudo_target *t)
{
	uint8_t uuid[16];

	make_uuid(uuid);
	print_uuid(out, uuid);
	return 0;
}

static struct {
	uint8_t uuid[16];		/* set before the entry is registered */
} boot;

static int show_boot_id(struct strbuf *out, const struct pseudo_target *t)
{
	print_uuid(out, boot.uuid);
	return 0;
}

static int show_rt_limit(struct strbuf *out, const struct pseudo_target *t)
{
	struct sched_rt_limit limit;

	sched_get_rt_limit(&limit);
	strbuf_printf(out, "%lld\n", (long long)(t->entry->arg ? limit.runtime_us : limit.period_us));
	return 0;
}

static int store_rt_limit(char *text, size_t size, const struct pseudo_target *t)
{
	struct sched_rt_limit limit;
	long long value;
	int err = kstrtoll(text, 10, &value);

	if (err)
		return err;
	sched_get_rt_limit(&limit);
	if (t->entry->arg)
		limit.runtime_us = value;
	else
		limit.period_us = value;
	return sched_set_rt_limit(&limit);
}

static int show_random_level(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%d\n", mm_random_level());
	return 0;
}

static int store_random_level(char *text, size_t size, const struct pseudo_target *t)
{
	int level, err = kstrtoint(text, 10, &level);

	if (!err)
		mm_set_random_level(level);
	return err ? -EINVAL : 0;
}

#define RT_LIMIT(name_, is_runtime) { .name = name_, .mode = S_IFREG | 0644, .show = show_rt_limit, \
				      .store = store_rt_limit, .arg = (const void *)(is_runtime) }

static const struct pseudo_entry kernel_entries[] = {
	FIXED("ostype", KERNEL_OSTYPE),
	FIXED("osrelease", KERNEL_RELEASE),
	FIXED("version", KERNEL_VERSION),
	FIXED("cap_last_cap", "40"),
	FIXED("ngroups_max", "65536"),
	FIXED("overflowuid", "65534"),
	FIXED("overflowgid", "65534"),
	{ .name = "randomize_va_space", .mode = S_IFREG | 0644, .show = show_random_level,
	  .store = store_random_level },
	FIXED("tainted", "0"),
	FIXED("panic_on_oops", "1"),
	FIXED("dmesg_restrict", "0"),
	FIXED("kptr_restrict", "1"),
	FIXED("sched_rr_timeslice_ms", "100"),
	RT_LIMIT("sched_rt_runtime_us", 1UL),
	RT_LIMIT("sched_rt_period_us", 0UL),
	{ .name = "printk", .mode = S_IFREG | 0644, .show = show_printk, .store = store_printk },
};

static const struct pseudo_entry random_entries[] = {
	{ .name = "entropy_avail", .mode = S_IFREG | 0444, .show = show_entropy },
	{ .name = "uuid", .mode = S_IFREG | 0444, .show = show_uuid },
	{ .name = "boot_id", .mode = S_IFREG | 0444, .show = show_boot_id },
	FIXED("poolsize", "256"),
};

/* 1: file pages, 2: names and inodes that nobody uses, 3: both; 4: with no message, of which there is none. */
static int store_drop_caches(char *text, size_t size, const struct pseudo_target *t)
{
	uint64_t what;

	(void)size, (void)t;
	if (sysctl_parse(text, &what) || !what || what > 4)
		return -EINVAL;
	if (what & 2)
		d_drop_unused();
	if (what & 1)
		reclaim_clean();
	if (what & 2)
		inode_drop_unused(ULONG_MAX);		/* those that have no pages now */
	return 0;
}

/* Whichever of ratio and kbytes was set last counts. */
static int store_overcommit(char *text, size_t size, const struct pseudo_target *t)
{
	const struct sysctl_number *n = t->entry->arg;
	int err = sysctl_store(text, size, t);

	if (!err && !n->wide)
		WRITE_ONCE(mm_sysctl.overcommit_kbytes, 0);
	else if (!err)
		WRITE_ONCE(mm_sysctl.overcommit_ratio, 0);
	return err;
}

#define OVERCOMMIT(name_, ...) { .name = name_, .mode = S_IFREG | 0644, .show = sysctl_show, \
				 .store = store_overcommit, .arg = &(const struct sysctl_number){ __VA_ARGS__ } }

static const struct pseudo_entry vm_entries[] = {
	SYSCTL_U32("overcommit_memory", &mm_sysctl.overcommit, OVERCOMMIT_GUESS, OVERCOMMIT_NEVER),
	OVERCOMMIT("overcommit_ratio", .value = &mm_sysctl.overcommit_ratio, .max = INT32_MAX),
	OVERCOMMIT("overcommit_kbytes", .value = &mm_sysctl.overcommit_kbytes, .wide = true, .max = INT64_MAX),
	SYSCTL_U32("max_map_count", &mm_sysctl.max_map_count, 0, INT32_MAX),
	FIXED("mmap_min_addr", "65536"),
	FIXED("swappiness", "60"),
	{ .name = "drop_caches", .mode = S_IFREG | 0200, .store = store_drop_caches },
};

static int show_file_nr(struct strbuf *out, const struct pseudo_target *t)
{
	(void)t;
	strbuf_printf(out, "%lu\t0\t%llu\n", vfs_nr_files(), (unsigned long long)READ_ONCE(vfs_limits.file_max));
	return 0;
}

static const struct pseudo_entry fs_entries[] = {
	SYSCTL_U64("file-max", &vfs_limits.file_max, 0, INT64_MAX),
	{ .name = "file-nr", .mode = S_IFREG | 0444, .show = show_file_nr },
	SYSCTL_U32("nr_open", &vfs_limits.nr_open, 64, FD_HARD_MAX),
	FIXED("protected_hardlinks", "1"),
	FIXED("protected_symlinks", "0"),
};

static const struct pseudo_entry inotify_entries[] = {
	SYSCTL_U32("max_queued_events", &vfs_limits.inotify_events, 0, INT32_MAX),
	SYSCTL_U32("max_user_instances", &vfs_limits.inotify_instances, 0, INT32_MAX),
	SYSCTL_U32("max_user_watches", &vfs_limits.inotify_watches, 0, INT32_MAX),
};

int procfs_register_sys(void)
{
	int err;

	make_uuid(boot.uuid);
	err = procfs_register("sys/kernel", kernel_entries, ARRAY_SIZE(kernel_entries));
	if (!err)
		err = procfs_register("sys/kernel/random", random_entries, ARRAY_SIZE(random_entries));
	if (!err)
		err = procfs_register("sys/vm", vm_entries, ARRAY_SIZE(vm_entries));
	if (!err)
		err = procfs_register("sys/fs/inotify", inotify_entries, ARRAY_SIZE(inotify_entries));
	return err ? err : procfs_register("sys/fs", fs_entries, ARRAY_SIZE(fs_entries));
}
