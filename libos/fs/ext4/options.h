/* SPDX-License-Identifier: MIT */
/* options: what a mount was asked for. Source: ext4(5), and what Linux prints in /proc/mounts. */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct ext4_disk_super;
struct strbuf;

enum ext4_data_mode { EXT4_DATA_ORDERED, EXT4_DATA_WRITEBACK, EXT4_DATA_JOURNAL };
/* As s_errors has them. */
enum ext4_errors { EXT4_ERRORS_CONTINUE = 1, EXT4_ERRORS_RO = 2, EXT4_ERRORS_PANIC = 3 };

/* Field legend: [a] single words, changed by a remount, read by anybody */
struct ext4_options {
	enum ext4_data_mode data;	/* [a] fixed while mounted for writing */
	enum ext4_errors errors;	/* [a] */
	uint32_t commit;		/* [a] seconds; 0: the default, 5 */
	uint32_t resuid, resgid;	/* [a] who may use reserved blocks */
	bool barrier;			/* [a] */
	bool noload;			/* [a] do not replay the journal: read-only mounts */
	bool discard;			/* [a] tell the device of freed blocks */
	bool delalloc;			/* [a] */
	bool grpid;			/* [a] new objects have their folder's group */
	bool minixdf;			/* [a] statfs counts meta data as used space of the whole */
	bool xattr_user, acl;		/* [a] */
	bool auto_da_alloc;		/* [a] replaced files are written before the replacement is committed */
	bool lazytime;			/* [a] */
	bool data_set, delalloc_set;	/* [a] data=, delalloc was given */
};

/* What the volume itself asks for. */
void ext4_options_default(struct ext4_options *opts, const struct ext4_disk_super *disk);
/* Change opts by text (may be NULL). 0, -ENOMEM, -EINVAL with a line in the log for what is unknown. May sleep. */
int __must_check ext4_options_parse(struct ext4_options *opts, const char *id, const char *text);
/* Do they go together, and with a volume that has a journal or none? 0, or -EINVAL with a line in the log. */
int __must_check ext4_options_check(struct ext4_options *opts, const char *id, bool has_journal);
/* What differs from the volume's own, as Linux prints it: ",errors=remount-ro". */
void ext4_options_show(const struct ext4_options *opts, const struct ext4_disk_super *disk, struct strbuf *out);
