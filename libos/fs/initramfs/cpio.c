/* SPDX-License-Identifier: MIT */
/*
 * cpio "newc" archives, as a state machine fed with pieces of any size:
 *
 *   HEADER (110 bytes) -> NAME -> [PADDING] -> DATA (files) | LINK (text of a symbolic link) -> [PADDING] -> HEADER
 *                           \-> "TRAILER!!!" -> DONE: zero bytes, or the next archive's header
 *
 * Names are taken relative to the root of the context. A name with a ".." in it is refused. Files with several links
 * carry their data with one of them (usually the last); all names are made, and the one with data fills the file.
 */
#include "fs/initramfs/internal.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "core/log.h"
#include "lib/align.h"
#include "lib/errno_name.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/file.h"
#include "vfs/inode.h"

int cpio_init(struct cpio *c, struct vfs_ctx *ctx)
{
	*c = (struct cpio){ .ctx = ctx };
	c->buf = kmalloc(CPIO_NAME_MAX + 1, GFP_KERNEL);
	c->name = kmalloc(CPIO_NAME_MAX + 1, GFP_KERNEL);
	if (c->buf && c->name)
		return 0;
	cpio_fini(c);
	return -ENOMEM;
}

static void forget_links(struct cpio *c)
{
	struct cpio_hardlink *l;

	while ((l = c->links)) {
		c->links = l->next;
		kfree(l);
	}
}

void cpio_fini(struct cpio *c)
{
	fput(c->file);
	forget_links(c);
	kfree(c->buf);
	kfree(c->name);
	*c = (struct cpio){ .ctx = NULL };
}

bool cpio_at_boundary(const struct cpio *c)
{
	return c->state == CPIO_DONE || (c->state == CPIO_PADDING && c->after_padding == CPIO_DONE) ||
	       (c->state == CPIO_HEADER && c->have == 0);
}

/*
 * What one entry cannot have is said and passed over, as Linux does; what will stop the next ones too ends the
 * whole.
 */
static int entry_failed(const struct cpio *c, int err)
{
	klog(KLOG_ERR, "initramfs: %s: %s", c->name, errno_name(err));
	return err == -ENOMEM || err == -ENOSPC ? err : 0;
}

/* --- Header ------------------------------------------------------------------------------------ */

/* Eight hexadecimal digits; false if they are not. */
static bool hex_field(const char *p, uint32_t *out)
{
	unsigned i;

	for (*out = 0, i = 0; i < 8; i++) {
		char c = p[i], low = c | 0x20;

		if (c >= '0' && c <= '9')
			*out = *out << 4 | (uint32_t)(c - '0');
		else if (low >= 'a' && low <= 'f')
			*out = *out << 4 | (uint32_t)(low - 'a' + 10);
		else
			return false;
	}
	return true;
}

static int parse_header(struct cpio *c)
{
	struct cpio_entry *e = &c->entry;
	uint32_t *const field[13] = {
		&e->ino, &e->mode, &e->uid, &e->gid, &e->nlink, &e->mtime, &e->size,
		&e->major, &e->minor, &e->rmajor, &e->rminor, &e->namesize, &e->check,
	};
	unsigned i;

	if (memcmp(c->buf, "07070", 5) || (c->buf[5] != '1' && c->buf[5] != '2'))
		return -EINVAL;
	c->checked = c->buf[5] == '2';
	for (i = 0; i < ARRAY_SIZE(field); i++) {
		if (!hex_field(c->buf + 6 + 8 * i, field[i]))
			return -EINVAL;
	}
	return e->namesize && e->namesize <= CPIO_NAME_MAX ? 0 : -EINVAL;
}

/* --- Making things ----------------------------------------------------------------------------- */

static bool climbs(const char *name)
{
	const char *p;

	for (p = name; (p = strstr(p, "..")); p += 2) {
		if ((p == name || p[-1] == '/') && (p[2] == '/' || !p[2]))
			return true;
	}
	return false;
}

/* Owner, mode and time of what was made. A link's own mode does not exist. */
static int set_attributes(struct cpio *c)
{
	const struct cpio_entry *e = &c->entry;
	struct timespec64 when = { .tv_sec = e->mtime };
	struct iattr attr = {
		.valid = ATTR_UID | ATTR_GID | ATTR_MTIME | ATTR_MTIME_SET | ATTR_ATIME | ATTR_ATIME_SET,
		.uid = e->uid,
		.gid = e->gid,
		.mtime = when,
		.atime = when,
	};
	struct path path;
	int err = path_lookup(c->ctx, AT_FDCWD, c->name, 0, &path);

	if (err)
		return err;
	err = vfs_setattr(c->ctx, &path, &attr);
	if (!err && !S_ISLNK(e->mode)) {	/* after the owner, which takes set-id bits away */
		attr = (struct iattr){ .valid = ATTR_MODE, .mode = e->mode & 07777 };
		err = vfs_setattr(c->ctx, &path, &attr);
	}
	path_put(&path);
	return err;
}

static struct cpio_hardlink *find_link(const struct cpio *c)
{
	struct cpio_hardlink *l;

	for (l = c->links; l; l = l->next) {
		if (l->ino == c->entry.ino && l->major == c->entry.major && l->minor == c->entry.minor &&
		    l->type == (c->entry.mode & S_IFMT))
			break;
	}
	return l;
}

/* A name of a file with several: link it to the first, or remember it as that. 1: linked, 0, or -errno. */
static int make_link(struct cpio *c)
{
	struct cpio_hardlink *l;
	size_t n = strlen(c->name) + 1;
	int err;

	if (c->entry.nlink < 2)
		return 0;
	l = find_link(c);
	if (l) {
		err = vfs_link(c->ctx, AT_FDCWD, l->name, AT_FDCWD, c->name, 0);
		return err ? err : 1;
	}
	l = kmalloc(sizeof(*l) + n, GFP_KERNEL);
	if (!l)
		return -ENOMEM;
	l->ino = c->entry.ino;
	l->type = c->entry.mode & S_IFMT;
	l->major = c->entry.major;
	l->minor = c->entry.minor;
	memcpy(l->name, c->name, n);
	l->next = c->links;
	c->links = l;
	return 0;
}

/* What stood under the name gives way, unless a directory meets a directory. */
static void clear_way(struct cpio *c)
{
	if (S_ISDIR(c->entry.mode))
		return;
	if (vfs_unlink(c->ctx, AT_FDCWD, c->name) == -EISDIR)
		ignore_result(vfs_rmdir(c->ctx, AT_FDCWD, c->name));	/* if it stays, making the new one says so */
}

static uint64_t device_number(uint32_t major, uint32_t minor)
{
	return (minor & 0xff) | (uint64_t)(major & 0xfff) << 8 | (uint64_t)(minor & ~0xffU) << 12 |
	       (uint64_t)(major & ~0xfffU) << 32;
}

static int open_file(struct cpio *c)
{
	int linked = c->entry.nlink >= 2 && find_link(c) ? make_link(c) : 0, err;

	if (linked < 0)
		return linked;
	if (linked && !c->entry.size)
		return 0;
	/* The first name may be a FIFO's by now: neither wait for a reader nor write to it. */
	err = vfs_open(c->ctx, AT_FDCWD, c->name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK, 0600, 0,
		       &c->file);
	if (!err && !S_ISREG(c->file->inode->mode)) {
		fput(c->file);
		c->file = NULL;
		err = -EINVAL;
	}
	if (!err && !linked)
		err = make_link(c);
	return err;
}

/* Name and header are complete: make the object. */
static int make_entry(struct cpio *c)
{
	const struct cpio_entry *e = &c->entry;
	int err;

	if (climbs(c->name))
		return -EINVAL;
	clear_way(c);
	switch (e->mode & S_IFMT) {
	case S_IFREG:
		return open_file(c);
	case S_IFDIR:
		err = vfs_mkdir(c->ctx, AT_FDCWD, c->name, e->mode & 07777);
		err = err == -EEXIST ? 0 : err;
		break;
	case S_IFLNK:
		return 0;	/* made when its text is there */
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		err = e->nlink >= 2 ? make_link(c) : 0;
		if (!err)
			err = vfs_mknod(c->ctx, AT_FDCWD, c->name, e->mode, device_number(e->rmajor, e->rminor));
		err = err > 0 ? 0 : err;
		break;
	default:
		return -EINVAL;
	}
	return err ? err : set_attributes(c);
}

/* The entry's content is complete. */
static int finish_entry(struct cpio *c)
{
	int err = 0;

	if (c->skip)
		return 0;
	if (S_ISLNK(c->entry.mode)) {
		c->buf[c->have] = '\0';
		err = vfs_symlink(c->ctx, c->buf, AT_FDCWD, c->name);
	} else if (c->file) {
		fput(c->file);
		c->file = NULL;
		if (c->checked && c->sum != c->entry.check)
			err = -EBADMSG;
	}
	if (!err && (S_ISLNK(c->entry.mode) || S_ISREG(c->entry.mode)))
		err = set_attributes(c);
	return err;
}

/* --- States ------------------------------------------------------------------------------------ */

/* Go on with `next` at the next multiple of 4. */
static void enter(struct cpio *c, enum cpio_state next)
{
	c->have = 0;
	c->after_padding = next;
	c->state = c->offset % 4 ? CPIO_PADDING : next;
}

static int entry_done(struct cpio *c)
{
	int err = finish_entry(c);

	enter(c, CPIO_HEADER);
	return err ? entry_failed(c, err) : 0;
}

static int name_done(struct cpio *c)
{
	int err;

	c->name[c->entry.namesize - 1] = '\0';
	if (!strcmp(c->name, "TRAILER!!!")) {
		forget_links(c);
		enter(c, CPIO_DONE);
		return 0;
	}
	if (S_ISLNK(c->entry.mode) && c->entry.size > CPIO_NAME_MAX - 1)
		return -EINVAL;
	err = make_entry(c);
	c->skip = err != 0;
	c->sum = 0;
	enter(c, S_ISLNK(c->entry.mode) ? CPIO_LINK : CPIO_DATA);
	return err ? entry_failed(c, err) : 0;
}

static int write_data(struct cpio *c, const uint8_t *p, size_t n)
{
	ssize_t done;
	size_t i;

	for (i = 0; c->checked && i < n; i++)
		c->sum += p[i];
	if (!c->file)
		return 0;
	done = file_kernel_write(c->file, p, n, (loff_t)c->have);
	if (done < 0)
		return (int)done;
	return (size_t)done == n ? 0 : -ENOSPC;
}

size_t cpio_wanted(const struct cpio *c)
{
	switch (c->state) {
	case CPIO_HEADER:
		return CPIO_HEADER_SIZE - c->have;
	case CPIO_NAME:
		return c->entry.namesize - c->have;
	case CPIO_DATA:
	case CPIO_LINK:
		return c->entry.size - c->have;
	case CPIO_PADDING:
		return -c->offset & 3;
	default:
		return 1;
	}
}

/* Take n bytes, all of which the state wants. */
static int take(struct cpio *c, const uint8_t *p, size_t n)
{
	int err = 0;

	if (c->state == CPIO_HEADER || c->state == CPIO_LINK)
		memcpy(c->buf + c->have, p, n);
	else if (c->state == CPIO_NAME)
		memcpy(c->name + c->have, p, n);
	else if (c->state == CPIO_DATA)
		err = write_data(c, p, n);
	c->have += n;
	c->offset += n;
	return err;
}

/* The state has all it wanted. */
static int advance(struct cpio *c)
{
	int err = 0;

	switch (c->state) {
	case CPIO_HEADER:
		err = parse_header(c);
		c->have = 0;
		c->state = CPIO_NAME;
		break;
	case CPIO_NAME:
		err = name_done(c);
		break;
	case CPIO_DATA:
	case CPIO_LINK:
		err = entry_done(c);
		break;
	case CPIO_PADDING:
		c->have = 0;
		c->state = c->after_padding;
		break;
	case CPIO_DONE:
		break;
	}
	return err;
}

int cpio_feed(struct cpio *c, const void *data, size_t n)
{
	const uint8_t *p = data;
	size_t step;
	int err = 0;

	while (!err) {
		step = cpio_wanted(c);
		if (c->state == CPIO_DONE) {
			/* Zero bytes fill up to wherever the next archive begins. */
			if (n && *p) {
				c->offset = 0;
				c->have = 0;
				c->state = CPIO_HEADER;
				continue;
			}
			step = 1;
		}
		if (!n && step)
			break;
		step = min(step, n);
		err = take(c, p, step);
		p += step;
		n -= step;
		if (!err && c->state != CPIO_DONE && !cpio_wanted(c))
			err = advance(c);
	}
	return err;
}
