/* SPDX-License-Identifier: MIT */
/* The cpio reader: fed pieces of an archive, makes what it says. */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"
#include "vfs/namei.h"

struct file;

#define CPIO_HEADER_SIZE	110
#define CPIO_NAME_MAX		4096		/* PATH_MAX */

enum cpio_state { CPIO_HEADER, CPIO_NAME, CPIO_DATA, CPIO_LINK, CPIO_PADDING, CPIO_DONE };

struct cpio_entry {
	uint32_t ino, mode, uid, gid, nlink, mtime, size, major, minor, rmajor, rminor, namesize, check;
};

/* First name of a file with several: later ones become links to it. */
struct cpio_hardlink {
	struct cpio_hardlink *next;
	uint32_t ino, major, minor;
	uint32_t type;			/* S_IFMT of its mode: others of its number are not links */
	char name[];
};

/* One archive in progress. No lock: one thread unpacks. */
struct cpio {
	struct vfs_ctx *ctx;
	enum cpio_state state;
	enum cpio_state after_padding;
	uint64_t offset;		/* in the archive: names and data start at multiples of 4 */
	struct cpio_entry entry;
	size_t have;			/* bytes of header, name or link text collected; of data written */
	char *buf;			/* CPIO_NAME_MAX + 1 bytes for header and link text */
	char *name;			/* CPIO_NAME_MAX + 1 bytes */
	struct file *file;		/* being filled */
	uint32_t sum;			/* of data bytes, for 070702 */
	bool checked;			/* header was 070702 */
	bool skip;			/* the object could not be made: pass its content over */
	struct cpio_hardlink *links;
};

/* 0 or -ENOMEM. */
int __must_check cpio_init(struct cpio *c, struct vfs_ctx *ctx);
/* The next n bytes. 0 or -errno (-EINVAL: not a cpio archive). May sleep. */
int __must_check cpio_feed(struct cpio *c, const void *data, size_t n);
/* Bytes the present state still wants; feeding no more than that stops at each state's end. */
size_t cpio_wanted(const struct cpio *c);
/* True between entries: after the trailer, or before a first header. */
bool cpio_at_boundary(const struct cpio *c);
void cpio_fini(struct cpio *c);
