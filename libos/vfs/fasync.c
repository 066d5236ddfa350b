/* SPDX-License-Identifier: MIT */
/* fasync: which open files are to be told by signal that something is ready. See sigio.h. */
#include "vfs/sigio.h"

#include "abi/errno.h"
#include "mm/slab.h"
#include "vfs/file.h"

/* Field legend: [I] immutable, [l] the list's lock */
struct entry {
	struct list_head link;		/* [l] */
	struct file *file;		/* [I] */
	int fd;				/* [l] what si_fd tells */
};

static struct entry *find_locked(struct fasync *f, const struct file *file)
{
	struct entry *e;

	assert_held(&f->lock);
	list_for_each_entry(e, &f->entries, link) {
		if (e->file == file)
			return e;
	}
	return NULL;
}

static void take_off(struct fasync *f, const struct file *file)
{
	unsigned long flags = spin_lock_irqsave(&f->lock);
	struct entry *e = find_locked(f, file);

	if (e)
		list_del(&e->link);
	spin_unlock_irqrestore(&f->lock, flags);
	kfree(e);
}

int fasync_set(struct fasync *f, int fd, struct file *file, bool on)
{
	struct entry *fresh, *e;
	unsigned long flags;

	if (!on) {
		take_off(f, file);
		return 0;
	}
	fresh = kmalloc(sizeof(*fresh), GFP_KERNEL);
	if (!fresh)
		return -ENOMEM;
	fresh->file = file;
	flags = spin_lock_irqsave(&f->lock);
	e = find_locked(f, file);
	if (!e) {
		e = fresh;
		fresh = NULL;
		list_add_tail(&e->link, &f->entries);
	}
	e->fd = fd;
	spin_unlock_irqrestore(&f->lock, flags);
	kfree(fresh);
	return 0;
}

void fasync_notify_slow(struct fasync *f, enum sigio_band band)
{
	unsigned long flags = spin_lock_irqsave(&f->lock);
	const struct entry *e;

	list_for_each_entry(e, &f->entries, link)
		sigio_send(e->file, e->fd, band);
	spin_unlock_irqrestore(&f->lock, flags);
}
