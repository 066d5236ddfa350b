/* SPDX-License-Identifier: MIT */
/*
 * sysfs/block.h: how a file below /sys/block is about a device. The target's index is the device's id; the entry's
 * arg is a struct block_attr, whose functions get the device with a reference.
 */
#pragma once

#include "fs/pseudo/pseudo.h"

struct bdev;

/* Field legend: [I] */
struct block_attr {
	void (*show)(struct strbuf *out, struct bdev *bdev);	/* [I] */
	int (*store)(const char *text, struct bdev *bdev);	/* [I] NULL: cannot be written; 0 or -errno */
};

/* pseudo_entry.show and .store of every such file: -ENODEV when the device is gone. May sleep. */
int block_attr_show(struct strbuf *out, const struct pseudo_target *t);
int block_attr_store(char *text, size_t size, const struct pseudo_target *t);

#define BLOCK_FILE(name_, show_)							\
	{ .name = name_, .mode = S_IFREG | 0444, .show = block_attr_show,		\
	  .arg = &(const struct block_attr){ .show = show_ } }
#define BLOCK_FILE_RW(name_, show_, store_)						\
	{ .name = name_, .mode = S_IFREG | 0644, .show = block_attr_show, .store = block_attr_store,	\
	  .arg = &(const struct block_attr){ .show = show_, .store = store_ } }

/* The folder queue/ of a disk. */
extern const struct pseudo_dir block_queue_dir;
/* "write back" or "write through", and setting it in the device; "0\n". */
void block_show_cache(struct strbuf *out, struct bdev *bdev);
int block_store_cache(const char *text, struct bdev *bdev);
void block_show_zero(struct strbuf *out, struct bdev *bdev);
