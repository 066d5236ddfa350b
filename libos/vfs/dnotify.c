/* SPDX-License-Identifier: MIT */
/*
 * dnotify: F_NOTIFY of fcntl(2): a signal when something changes in a folder. inotify(7)'s elder.
 *
 * Model. A request belongs to an open folder and the descriptor table that made it; it says which changes are told, and
 * through which descriptor. It ends with its first signal unless it is DN_MULTISHOT, and when that table closes a
 * descriptor of the file. Signals go to the file's owner (vfs/sigio.h).
 *
 * Locking. inode->spin, which is held while a request is told; inside it the locks of the owner and its processes.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "mm/slab.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/notify.h"
#include "vfs/sigio.h"

#define DN_EVENTS (DN_ACCESS | DN_MODIFY | DN_CREATE | DN_DELETE | DN_RENAME | DN_ATTRIB)

/* Field legend: [I] immutable, [s] the folder's spin */
struct dnotify {
	struct dnotify *next;		/* [s] of the same folder */
	struct file *file;		/* [I] no reference: its closing ends the request */
	const void *owner;		/* [I] the descriptor table */
	int fd;				/* [s] */
	uint32_t mask;			/* [s] DN_* */
};

static uint32_t changes_of(uint32_t events)
{
	return (events & IN_ACCESS ? DN_ACCESS : 0) | (events & IN_MODIFY ? DN_MODIFY : 0) |
	       (events & (IN_CREATE | IN_MOVED_TO) ? DN_CREATE : 0) |
	       (events & (IN_DELETE | IN_MOVED_FROM) ? DN_DELETE : 0) | (events & IN_ATTRIB ? DN_ATTRIB : 0);
}

/* Take it out of its list and free it. */
static void end_locked(struct inode *dir, struct dnotify **link)
{
	struct dnotify *d = *link;

	assert_held(&dir->spin);
	*link = d->next;
	kfree(d);
	__atomic_fetch_sub(&notify_active, 1, __ATOMIC_RELAXED);
}

static void tell_locked(struct inode *dir, uint32_t changes)
{
	struct dnotify **link = &dir->dnotify, *d;

	assert_held(&dir->spin);
	while ((d = *link) != NULL) {
		if (d->mask & changes) {
			sigio_send(d->file, d->fd, SIGIO_MSG);
			if (!(d->mask & DN_MULTISHOT)) {
				end_locked(dir, link);
				continue;
			}
		}
		link = &d->next;
	}
}

void dnotify_events(struct inode *dir, uint32_t events)
{
	spin_lock(&dir->spin);
	tell_locked(dir, changes_of(events));
	spin_unlock(&dir->spin);
}

void dnotify_renamed(struct inode *dir)
{
	spin_lock(&dir->spin);
	tell_locked(dir, DN_RENAME);
	spin_unlock(&dir->spin);
}

void dnotify_flush_slow(struct file *file, const void *owner)
{
	struct inode *dir = file->inode;
	struct dnotify **link = &dir->dnotify, *d;

	spin_lock(&dir->spin);
	while ((d = *link) != NULL) {
		if (d->file == file && (!owner || d->owner == owner))
			end_locked(dir, link);
		else
			link = &d->next;
	}
	spin_unlock(&dir->spin);
}

/* Join `fresh` to the requests of its folder. False: the table has one for this file, which was changed instead. */
static bool add_request(struct inode *dir, struct dnotify *fresh)
{
	struct dnotify *d;

	spin_lock(&dir->spin);
	for (d = dir->dnotify; d; d = d->next) {
		if (d->file == fresh->file && d->owner == fresh->owner)
			break;
	}
	if (d) {
		d->fd = fresh->fd;
		d->mask |= fresh->mask;
	} else {
		fresh->next = dir->dnotify;
		dir->dnotify = fresh;
		__atomic_fetch_add(&notify_active, 1, __ATOMIC_RELAXED);
	}
	spin_unlock(&dir->spin);
	return !d;
}

int dnotify_set(struct file *file, int fd, const void *owner, uint32_t mask)
{
	struct dnotify *fresh;
	int err;

	if (!(mask & ~DN_MULTISHOT)) {
		dnotify_flush(file, owner);
		return 0;
	}
	if (!S_ISDIR(file->inode->mode))
		return -ENOTDIR;
	err = file_owner_default(file, NULL);
	if (err)
		return err;
	fresh = kmalloc(sizeof(*fresh), GFP_KERNEL);
	if (!fresh)
		return -ENOMEM;
	*fresh = (struct dnotify){ .file = file, .owner = owner, .fd = fd, .mask = mask & (DN_EVENTS | DN_MULTISHOT) };
	if (!add_request(file->inode, fresh))
		kfree(fresh);
	return 0;
}
