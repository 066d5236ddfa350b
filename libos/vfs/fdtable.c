/* SPDX-License-Identifier: MIT */
/*
 * fdtable: see fdtable.h. The array only grows; an old one is freed after a grace period, as readers may still look
 * into it. A slot is NULL, or a file whose reference the table holds.
 *
 *	fd_get (no lock)                       close
 *	array = t->array; f = array->file[fd]  slot = NULL, lock dropped
 *	refs != 0: take one                    fput: last one frees after a grace period
 *	array->file[fd] == f? else again
 */
#include "vfs/fdtable.h"

#include "abi/errno.h"
#include "lib/bitmap.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/file.h"
#include "vfs/limits.h"

#define FD_INITIAL	64

static struct fd_array *array_alloc(unsigned capacity)
{
	size_t words = capacity / 64;
	/*
	 * kmalloc, as RCU frees it where vfree may not run: 2^20 descriptors would be one 8 MiB block, so the
	 * limit is what fits.
	 */
	struct fd_array *a = kzalloc(sizeof(*a) + capacity * sizeof(a->file[0]) + 2 * words * sizeof(long), GFP_KERNEL);

	if (!a)
		return NULL;
	a->capacity = capacity;
	a->file = (struct file **)(a + 1);
	a->open = (unsigned long *)(a->file + capacity);
	a->cloexec = a->open + words;
	return a;
}

static void array_free_rcu(struct rcu_head *head)
{
	struct fd_array *a = container_of(head, struct fd_array, rcu);

	kfree(a);
}

struct fdtable *fdtable_create(void)
{
	struct fdtable *t = kzalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return NULL;
	refcount_set(&t->refs, 1);
	t->tasks = 1;
	spin_lock_init(&t->lock, "fdtable");
	t->array = array_alloc(FD_INITIAL);
	if (t->array)
		return t;
	kfree(t);
	return NULL;
}

struct fdtable *fdtable_join(struct fdtable *t)
{
	__atomic_add_fetch(&t->tasks, 1, __ATOMIC_RELAXED);
	refcount_inc(&t->refs);
	return t;
}

/* Does only this task have the table? The acquire pairs with fdtable_leave() of others: what they did to it is seen. */
static bool only_task(const struct fdtable *t)
{
	return __atomic_load_n(&t->tasks, __ATOMIC_ACQUIRE) == 1;
}

static void copy_array(struct fd_array *to, const struct fd_array *from)
{
	memcpy(to->file, from->file, from->capacity * sizeof(from->file[0]));
	memcpy(to->open, from->open, from->capacity / 8);
	memcpy(to->cloexec, from->cloexec, from->capacity / 8);
}

/* Make room for fd. Lock held; dropped and retaken. 0 or -errno. */
static int grow_locked(struct fdtable *t, unsigned fd)
{
	struct fd_array *old = t->array, *fresh;
	unsigned capacity = old->capacity;

	assert_held(&t->lock);
	if (fd >= READ_ONCE(vfs_limits.nr_open))
		return -EMFILE;
	while (capacity <= fd)
		capacity *= 2;
	spin_unlock(&t->lock);
	fresh = array_alloc(capacity);
	spin_lock(&t->lock);
	if (!fresh)
		return -ENOMEM;
	if (t->array->capacity >= capacity) {
		spin_unlock(&t->lock);
		kfree(fresh);
		spin_lock(&t->lock);
		return 0;
	}
	old = t->array;
	copy_array(fresh, old);
	rcu_assign_pointer(t->array, fresh);
	call_rcu(&old->rcu, array_free_rcu);
	return 0;
}

struct fdtable *fdtable_copy(struct fdtable *from)
{
	struct fdtable *t = fdtable_create();
	struct fd_array *a;
	unsigned capacity;

	if (!t)
		return NULL;
	for (;;) {
		capacity = READ_ONCE(from->array->capacity);
		if (t->array->capacity < capacity) {
			a = array_alloc(capacity);
			if (!a) {
				kfree(t->array);
				kfree(t);
				return NULL;
			}
			kfree(t->array);
			t->array = a;
		}
		spin_lock(&from->lock);
		if (from->array->capacity <= t->array->capacity)
			break;
		spin_unlock(&from->lock);
	}
	a = t->array;
	copy_array(a, from->array);
	t->next = from->next;
	for (unsigned w = 0; w < from->array->capacity / 64; w++) {
		for (unsigned long bits = a->open[w]; bits; bits &= bits - 1) {
			unsigned fd = w * 64 + (unsigned)__builtin_ctzl(bits);

			if (a->file[fd]) {
				get_file(a->file[fd]);
			} else {		/* reserved, not installed yet: the parent's business */
				a->open[w] &= ~(1UL << (fd % 64));
				a->cloexec[w] &= ~(1UL << (fd % 64));
			}
		}
	}
	spin_unlock(&from->lock);
	t->next = 0;
	return t;
}

static struct file *lookup_rcu(struct fdtable *t, int fd)
{
	struct fd_array *a = rcu_dereference(t->array);

	return (unsigned)fd < a->capacity ? rcu_dereference(a->file[fd]) : NULL;
}

static bool try_get_file(struct file *file)
{
	long refs = __atomic_load_n(&file->refs, __ATOMIC_RELAXED);

	while (refs > 0) {
		if (__atomic_compare_exchange_n(&file->refs, &refs, refs + 1, true, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return true;
	}
	return false;
}

static struct file *lookup_get(struct fdtable *t, int fd)
{
	struct file *file;

	rcu_read_lock();
	for (;;) {
		file = lookup_rcu(t, fd);
		if (!file)
			break;
		if (likely(try_get_file(file))) {
			if (likely(lookup_rcu(t, fd) == file))
				break;
			rcu_read_unlock();
			fput(file);
			rcu_read_lock();
		}
	}
	rcu_read_unlock();
	return file;
}

struct fd fd_get_raw(struct fdtable *t, int fd)
{
	struct fd f = { NULL, false };

	if (only_task(t)) {
		/* Only this thread can change the table, and it is busy here. */
		f.file = lookup_rcu(t, fd);
		return f;
	}
	f.file = lookup_get(t, fd);
	f.need_put = f.file;
	return f;
}

struct fd fd_get(struct fdtable *t, int fd)
{
	struct fd f = fd_get_raw(t, fd);

	if (likely(!f.file || !(f.file->mode & FMODE_PATH)))
		return f;
	fd_put(f);
	return (struct fd){ NULL, false };
}

void fd_put(struct fd f)
{
	if (f.need_put)
		fput(f.file);
}

struct file *fget(struct fdtable *t, int fd)
{
	return lookup_get(t, fd);
}

static unsigned find_free(const struct fd_array *a, unsigned from)
{
	for (unsigned w = from / 64; w < a->capacity / 64; w++) {
		unsigned long free = ~a->open[w];

		if (w == from / 64)
			free &= ~0UL << (from % 64);
		if (free)
			return w * 64 + (unsigned)__builtin_ctzl(free);
	}
	return a->capacity;
}

static void mark(unsigned long *map, unsigned fd, bool on)
{
	if (on)
		map[fd / 64] |= 1UL << (fd % 64);
	else
		map[fd / 64] &= ~(1UL << (fd % 64));
}

int fd_reserve(struct fdtable *t, unsigned min_fd, unsigned limit, bool cloexec)
{
	unsigned fd;
	int err;

	spin_lock(&t->lock);
	for (;;) {
		fd = find_free(t->array, max(min_fd, t->next));
		if (fd >= limit) {
			spin_unlock(&t->lock);
			return -EMFILE;
		}
		if (fd < t->array->capacity)
			break;
		err = grow_locked(t, fd);
		if (err) {
			spin_unlock(&t->lock);
			return err;
		}
	}
	mark(t->array->open, fd, true);
	mark(t->array->cloexec, fd, cloexec);
	if (min_fd <= t->next)
		t->next = fd + 1;
	spin_unlock(&t->lock);
	return (int)fd;
}

void fd_install(struct fdtable *t, int fd, struct file *file)
{
	spin_lock(&t->lock);
	rcu_assign_pointer(t->array->file[fd], file);
	spin_unlock(&t->lock);
}

int fd_install_new(struct fdtable *t, struct file *file, unsigned limit, bool cloexec)
{
	int fd = fd_reserve(t, 0, limit, cloexec);

	if (fd < 0)
		fput(file);
	else
		fd_install(t, fd, file);
	return fd;
}

static void release_locked(struct fdtable *t, unsigned fd)
{
	assert_held(&t->lock);
	mark(t->array->open, fd, false);
	mark(t->array->cloexec, fd, false);
	if (fd < t->next)
		t->next = fd;
}

void fd_unreserve(struct fdtable *t, int fd)
{
	spin_lock(&t->lock);
	release_locked(t, (unsigned)fd);
	spin_unlock(&t->lock);
}

/* Take a file out of the table; NULL: nothing there. */
static struct file *take(struct fdtable *t, unsigned fd)
{
	struct file *file = NULL;

	spin_lock(&t->lock);
	if (fd < t->array->capacity) {
		file = t->array->file[fd];
		if (file) {
			rcu_assign_pointer(t->array->file[fd], NULL);
			release_locked(t, fd);
		}
	}
	spin_unlock(&t->lock);
	return file;
}

void fdtable_put(struct fdtable *t)
{
	if (!refcount_dec_and_test(&t->refs))
		return;
	call_rcu(&t->array->rcu, array_free_rcu);
	kfree_rcu(t, rcu);
}

/* No task has the table: nobody changes it any more. Borrowers may look, so each file is taken out before it goes. */
static void close_all(struct fdtable *t)
{
	const struct fd_array *a = t->array;
	struct file *file;

	for (unsigned w = 0; w < a->capacity / 64; w++) {
		for (unsigned long bits = a->open[w]; bits; bits &= bits - 1) {
			file = take(t, w * 64 + (unsigned)__builtin_ctzl(bits));
			if (file)
				ignore_result(file_close(file, t));	/* as exit: nobody to tell */
		}
	}
}

void fdtable_leave(struct fdtable *t)
{
	if (!t)
		return;
	if (!__atomic_sub_fetch(&t->tasks, 1, __ATOMIC_ACQ_REL))	/* pairs with itself, and only_task() */
		close_all(t);
	fdtable_put(t);
}

int fd_close(struct fdtable *t, int fd)
{
	struct file *file = take(t, (unsigned)fd);

	return file ? file_close(file, t) : -EBADF;
}

int fd_close_range(struct fdtable *t, unsigned first, unsigned last, bool only_cloexec_mark)
{
	struct file *file;

	last = min(last, READ_ONCE(t->array->capacity) - 1);
	for (unsigned fd = first; fd <= last; fd++) {
		if (only_cloexec_mark) {
			ignore_result(fd_set_cloexec(t, (int)fd, true));	/* holes in the range are fine */
			continue;
		}
		file = take(t, fd);
		if (file)
			ignore_result(file_close(file, t));	/* close_range(2) does not report it */
	}
	return 0;
}

int fd_dup_to(struct fdtable *t, int oldfd, int newfd, unsigned limit, bool cloexec)
{
	struct file *file, *old;
	int err = 0;

	if ((unsigned)newfd >= limit)
		return -EBADF;
	file = lookup_get(t, oldfd);
	if (!file)
		return -EBADF;
	spin_lock(&t->lock);
	while (!err && (unsigned)newfd >= t->array->capacity)
		err = grow_locked(t, (unsigned)newfd);
	if (!err && !t->array->file[newfd] && (t->array->open[newfd / 64] >> (newfd % 64) & 1))
		err = -EBUSY;		/* another thread's open is about to use it */
	if (err) {
		spin_unlock(&t->lock);
		fput(file);
		return err;
	}
	old = t->array->file[newfd];
	mark(t->array->open, (unsigned)newfd, true);
	mark(t->array->cloexec, (unsigned)newfd, cloexec);
	rcu_assign_pointer(t->array->file[newfd], file);
	spin_unlock(&t->lock);
	if (old)
		ignore_result(file_close(old, t));	/* dup2(2): errors of the silent close are lost */
	return newfd;
}

void fd_close_on_exec(struct fdtable *t)
{
	for (unsigned w = 0; w < t->array->capacity / 64; w++) {
		unsigned long bits = t->array->cloexec[w] & t->array->open[w];

		for (; bits; bits &= bits - 1)
			/* exec goes on */
			ignore_result(fd_close(t, (int)(w * 64 + (unsigned)__builtin_ctzl(bits))));
	}
}

bool fd_cloexec(struct fdtable *t, int fd)
{
	bool on;

	spin_lock(&t->lock);
	on = (unsigned)fd < t->array->capacity && (t->array->cloexec[fd / 64] >> (fd % 64) & 1);
	spin_unlock(&t->lock);
	return on;
}

int fd_set_cloexec(struct fdtable *t, int fd, bool on)
{
	int err = -EBADF;

	spin_lock(&t->lock);
	if ((unsigned)fd < t->array->capacity && t->array->file[fd]) {
		mark(t->array->cloexec, (unsigned)fd, on);
		err = 0;
	}
	spin_unlock(&t->lock);
	return err;
}

int fd_next_open(struct fdtable *t, int from)
{
	int found = -1;

	spin_lock(&t->lock);
	for (unsigned fd = (unsigned)from; fd < t->array->capacity; fd++) {
		if (t->array->file[fd]) {
			found = (int)fd;
			break;
		}
	}
	spin_unlock(&t->lock);
	return found;
}

int fdtable_unshare(struct fdtable **slot)
{
	struct fdtable *old = *slot, *own;

	if (only_task(old))
		return 0;
	own = fdtable_copy(old);
	if (!own)
		return -ENOMEM;
	WRITE_ONCE(*slot, own);
	fdtable_leave(old);
	return 0;
}
