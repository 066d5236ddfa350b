/* SPDX-License-Identifier: MIT */
/*
 * options: reading and printing mount options. Those of Linux that ask for nothing here (how bitmaps are read ahead,
 * which old allocator is used, ...) are taken and have no effect, as there is nothing they would change.
 */
#include "fs/ext4/options.h"

#include "core/log.h"
#include "fs/ext4/disk.h"
#include "lib/byteorder.h"
#include "lib/err.h"
#include "lib/parse.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "mm/slab.h"

/* s_default_mount_opts. */
enum { DEF_BSDGROUPS = 0x2, DEF_DATA = 0x60, DEF_DATA_JOURNAL = 0x20, DEF_DATA_WRITEBACK = 0x60, DEF_NOBARRIER = 0x100,
       DEF_DISCARD = 0x400, DEF_NODELALLOC = 0x800 };

void ext4_options_default(struct ext4_options *opts, const struct ext4_disk_super *disk)
{
	uint32_t defaults = le32_to_cpu(disk->s_default_mount_opts), errors = le16_to_cpu(disk->s_errors);

	*opts = (struct ext4_options){
		.data = EXT4_DATA_ORDERED,
		.errors = errors == EXT4_ERRORS_RO || errors == EXT4_ERRORS_PANIC ? errors : EXT4_ERRORS_CONTINUE,
		.resuid = le16_to_cpu(disk->s_def_resuid),
		.resgid = le16_to_cpu(disk->s_def_resgid),
		.barrier = !(defaults & DEF_NOBARRIER),
		.discard = defaults & DEF_DISCARD,
		.delalloc = !(defaults & DEF_NODELALLOC),
		.grpid = defaults & DEF_BSDGROUPS,
		.xattr_user = true,
		.acl = true,
		.auto_da_alloc = true,
	};
	if ((defaults & DEF_DATA) == DEF_DATA_JOURNAL)
		opts->data = EXT4_DATA_JOURNAL;
	if (opts->data == EXT4_DATA_JOURNAL)
		opts->delalloc = false;
	else if ((defaults & DEF_DATA) == DEF_DATA_WRITEBACK)
		opts->data = EXT4_DATA_WRITEBACK;
}

/* Options without a value that set or clear a flag. */
static const struct flag_option {
	const char *name;
	uint16_t offset;
	bool value;
} flags[] = {
#define FLAG(text, field, v)	{ text, offsetof(struct ext4_options, field), v }
	FLAG("barrier", barrier, true),		FLAG("nobarrier", barrier, false),
	FLAG("noload", noload, true),		FLAG("norecovery", noload, true),
	FLAG("discard", discard, true),		FLAG("nodiscard", discard, false),
	FLAG("delalloc", delalloc, true),	FLAG("nodelalloc", delalloc, false),
	FLAG("grpid", grpid, true),		FLAG("bsdgroups", grpid, true),
	FLAG("nogrpid", grpid, false),		FLAG("sysvgroups", grpid, false),
	FLAG("minixdf", minixdf, true),		FLAG("bsddf", minixdf, false),
	FLAG("user_xattr", xattr_user, true),	FLAG("nouser_xattr", xattr_user, false),
	FLAG("acl", acl, true),			FLAG("noacl", acl, false),
	FLAG("auto_da_alloc", auto_da_alloc, true), FLAG("noauto_da_alloc", auto_da_alloc, false),
	FLAG("lazytime", lazytime, true),	FLAG("nolazytime", lazytime, false),
#undef FLAG
};

/* Taken without effect: what they choose on Linux does not exist here, or is always so. */
static const char *const ignored[] = {
	"debug", "oldalloc", "orlov", "bh", "nobh", "i_version", "nomblk_io_submit", "mblk_io_submit", "block_validity",
	"noblock_validity", "init_itable", "noinit_itable", "dioread_lock", "nodioread_nolock", "dioread_nolock",
	"nombcache", "no_mbcache", "prefetch_block_bitmaps", "no_prefetch_block_bitmaps", "nouid32", "nocheck",
	"journal_checksum", "nojournal_checksum", "noquota", "warn_on_error", "nowarn_on_error", "abort_on_error",
};

/* The same, with a number. */
static const char *const ignored_numbers[] = {
	"max_batch_time", "min_batch_time", "inode_readahead_blks", "journal_ioprio", "stripe", "mb_optimize_scan",
};

/* Taken with a word in the log, as by a Linux without quotas. */
static const char *const quotas[] = { "quota", "usrquota", "grpquota" };

static int parse_number(const char *value, uint32_t *out)
{
	return value ? kstrtou32(value, 10, out) : -EINVAL;
}

static int parse_data(struct ext4_options *opts, const char *value)
{
	static const struct {
		const char *name;
		enum ext4_data_mode mode;
	} modes[] = { { "ordered", EXT4_DATA_ORDERED }, { "writeback", EXT4_DATA_WRITEBACK },
		      { "journal", EXT4_DATA_JOURNAL } };

	for (unsigned i = 0; value && i < ARRAY_SIZE(modes); i++) {
		if (strcmp(value, modes[i].name))
			continue;
		opts->data = modes[i].mode;
		opts->data_set = true;
		return 0;
	}
	return -EINVAL;
}

static int parse_errors(struct ext4_options *opts, const char *value)
{
	static const char *const names[] = { [EXT4_ERRORS_CONTINUE] = "continue", [EXT4_ERRORS_RO] = "remount-ro",
					     [EXT4_ERRORS_PANIC] = "panic" };

	for (unsigned i = EXT4_ERRORS_CONTINUE; value && i < ARRAY_SIZE(names); i++) {
		if (strcmp(value, names[i]))
			continue;
		opts->errors = i;
		return 0;
	}
	return -EINVAL;
}

static bool is_one_of(const char *key, const char *const names[], unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (!strcmp(key, names[i]))
			return true;
	}
	return false;
}

static int parse_value(struct ext4_options *opts, const char *id, const char *key, const char *value)
{
	uint32_t number;

	if (!strcmp(key, "data"))
		return parse_data(opts, value);
	if (!strcmp(key, "errors"))
		return parse_errors(opts, value);
	if (!strcmp(key, "commit"))
		return parse_number(value, &opts->commit);
	if (!strcmp(key, "resuid"))
		return parse_number(value, &opts->resuid);
	if (!strcmp(key, "resgid"))
		return parse_number(value, &opts->resgid);
	if ((!strcmp(key, "barrier") || !strcmp(key, "auto_da_alloc")) && value) {
		if (parse_number(value, &number))
			return -EINVAL;
		*(*key == 'b' ? &opts->barrier : &opts->auto_da_alloc) = number != 0;
		return 0;
	}
	/* What promises something that is not done here is refused: data_err=abort, max_dir_size_kb. */
	if (!strcmp(key, "data_err"))
		return value && !strcmp(value, "ignore") ? 0 : -EINVAL;
	if (is_one_of(key, ignored_numbers, ARRAY_SIZE(ignored_numbers)))
		return parse_number(value, &number);
	if (is_one_of(key, quotas, ARRAY_SIZE(quotas))) {
		klog(KLOG_WARN, "ext4 (%s): there are no quotas: %s has no effect", id, key);
		return 0;
	}
	return is_one_of(key, ignored, ARRAY_SIZE(ignored)) ? 0 : -EINVAL;
}

static int parse_one(struct ext4_options *opts, const char *id, const char *key, const char *value)
{
	for (unsigned i = 0; !value && i < ARRAY_SIZE(flags); i++) {
		if (strcmp(key, flags[i].name))
			continue;
		*(bool *)((char *)opts + flags[i].offset) = flags[i].value;
		opts->delalloc_set |= !strcmp(key, "delalloc");
		return 0;
	}
	return parse_value(opts, id, key, value);
}

int ext4_options_parse(struct ext4_options *opts, const char *id, const char *text)
{
	char *copy, *cursor, *key, *value;
	int err = 0;

	if (!text || !*text)
		return 0;
	cursor = copy = kstrdup(text, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	while (!err && option_next(&cursor, &key, &value)) {
		err = parse_one(opts, id, key, value);
		if (err)
			klog(KLOG_ERR, "ext4 (%s): unrecognized mount option \"%s%s%s\" or missing value", id, key,
			     value ? "=" : "", value ? value : "");
	}
	kfree(copy);
	return err;
}

int ext4_options_check(struct ext4_options *opts, const char *id, bool has_journal)
{
	const char *wrong = NULL;

	if (!has_journal && opts->data_set)
		wrong = "data= on a volume without a journal";
	else if (opts->data == EXT4_DATA_JOURNAL && has_journal && opts->delalloc_set && opts->delalloc)
		wrong = "both data=journal and delalloc";
	if (wrong) {
		klog(KLOG_ERR, "ext4 (%s): cannot mount with %s", id, wrong);
		return -EINVAL;
	}
	if (opts->data == EXT4_DATA_JOURNAL && has_journal)
		opts->delalloc = false;
	return 0;
}

/* --- Printing --- */

static void show_flag(struct strbuf *out, bool now, bool before, const char *yes, const char *no)
{
	if (now != before)
		strbuf_printf(out, ",%s", now ? yes : no);
}

void ext4_options_show(const struct ext4_options *opts, const struct ext4_disk_super *disk, struct strbuf *out)
{
	static const char *const data[] = { "ordered", "writeback", "journal" };
	static const char *const errors[] = { "", "continue", "remount-ro", "panic" };
	struct ext4_options own;

	ext4_options_default(&own, disk);
	show_flag(out, opts->grpid, own.grpid, "grpid", "nogrpid");
	show_flag(out, opts->minixdf, own.minixdf, "minixdf", "bsddf");
	if (opts->resuid != own.resuid)
		strbuf_printf(out, ",resuid=%u", opts->resuid);
	if (opts->resgid != own.resgid)
		strbuf_printf(out, ",resgid=%u", opts->resgid);
	if (opts->errors != own.errors)
		strbuf_printf(out, ",errors=%s", errors[opts->errors]);
	if (opts->commit)
		strbuf_printf(out, ",commit=%u", opts->commit);
	show_flag(out, opts->xattr_user, own.xattr_user, "user_xattr", "nouser_xattr");
	show_flag(out, opts->acl, own.acl, "acl", "noacl");
	show_flag(out, opts->barrier, own.barrier, "barrier", "nobarrier");
	show_flag(out, opts->discard, own.discard, "discard", "nodiscard");
	show_flag(out, opts->delalloc, own.delalloc, "delalloc", "nodelalloc");
	show_flag(out, opts->auto_da_alloc, own.auto_da_alloc, "auto_da_alloc", "noauto_da_alloc");
	show_flag(out, opts->lazytime, own.lazytime, "lazytime", "nolazytime");
	if (opts->data != own.data)
		strbuf_printf(out, ",data=%s", data[opts->data]);
	if (opts->noload)
		strbuf_puts(out, ",norecovery");
}
