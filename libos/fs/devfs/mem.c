/* SPDX-License-Identifier: MIT */
/*
 * The memory devices, major 1: null, zero, full, random, urandom. Source: null(4), full(4), random(4).
 *
 * random waits until the generator is seeded, urandom never does; otherwise they are the same. Writing to either mixes
 * the data in without crediting it.
 */
#include "abi/errno.h"
#include "abi/ioctl.h"
#include "abi/kdev.h"
#include "abi/mman.h"
#include "abi/random.h"
#include "core/init.h"
#include "core/random.h"
#include "dev/devnode.h"
#include "lib/string.h"
#include "mm/mmap.h"
#include "mm/uaccess.h"
#include "sched/sched.h"
#include "vfs/cred.h"
#include "vfs/file.h"
#include "vfs/inode.h"

#define CHUNK	256

enum mem_minor { MINOR_NULL = 3, MINOR_ZERO = 5, MINOR_FULL = 7, MINOR_RANDOM = 8, MINOR_URANDOM = 9 };

static ssize_t null_read(struct kiocb *iocb, struct iov_iter *to)
{
	(void)iocb, (void)to;
	return 0;
}

static ssize_t null_write(struct kiocb *iocb, struct iov_iter *from)
{
	size_t n = iov_count(from);

	(void)iocb;
	iov_advance(from, n);
	return (ssize_t)n;
}

static ssize_t zero_read(struct kiocb *iocb, struct iov_iter *to)
{
	ssize_t done = 0;
	size_t n, want;

	(void)iocb;
	while (iov_count(to)) {
		want = min_t(size_t, iov_count(to), PAGE_SIZE);
		n = zero_iter(want, to);
		done += (ssize_t)n;
		if (n < want)
			return done ? done : -EFAULT;
		if (thread_signal_pending())
			break;
		cond_resched();
	}
	return done;
}

static ssize_t full_write(struct kiocb *iocb, struct iov_iter *from)
{
	(void)iocb, (void)from;
	return -ENOSPC;
}

/* Position means nothing here, but seeking succeeds. */
static loff_t mem_llseek(struct file *file, loff_t offset, int whence)
{
	(void)offset, (void)whence;
	return file->pos = 0;
}

static ssize_t random_read(struct kiocb *iocb, struct iov_iter *to)
{
	uint8_t buf[CHUNK];
	ssize_t done = 0;
	size_t n, want;

	(void)iocb;
	while (iov_count(to)) {
		want = min_t(size_t, iov_count(to), CHUNK);
		random_bytes(buf, want);
		n = copy_to_iter(buf, want, to);
		done += (ssize_t)n;
		if (n < want) {
			done = done ? done : -EFAULT;
			break;
		}
		if (done % PAGE_SIZE == 0 && thread_signal_pending())
			break;
		cond_resched();
	}
	memzero_explicit(buf, sizeof(buf));
	return done;
}

static ssize_t random_read_wait(struct kiocb *iocb, struct iov_iter *to)
{
	int err;

	if (!random_ready()) {
		if ((iocb->flags & IOCB_NOWAIT) || (READ_ONCE(iocb->file->flags) & O_NONBLOCK))
			return -EAGAIN;
		err = random_wait_ready();
		if (err)
			return err;
	}
	return random_read(iocb, to);
}

static ssize_t random_write(struct kiocb *iocb, struct iov_iter *from)
{
	uint8_t buf[CHUNK];
	ssize_t done = 0;
	size_t n;

	(void)iocb;
	while (iov_count(from)) {
		n = copy_from_iter(buf, min_t(size_t, iov_count(from), CHUNK), from);
		if (!n)
			return done ? done : -EFAULT;
		random_add_entropy(buf, n, 0);
		done += (ssize_t)n;
		cond_resched();
	}
	return done;
}

static unsigned random_poll(struct file *file, struct poll_table *pt)
{
	poll_wait(file, random_waitq(), pt);
	return (random_ready() ? EPOLLIN | EPOLLRDNORM : 0) | EPOLLOUT | EPOLLWRNORM;
}

/* RNDADDENTROPY: count of bits, size, then the bytes. */
static long add_entropy(unsigned long arg)
{
	int __user *head = (int __user *)arg;
	uint8_t buf[CHUNK];
	int bits, size;

	if (get_user(bits, head) || get_user(size, head + 1))
		return -EFAULT;
	if (bits < 0 || size < 0 || size > CHUNK)
		return -EINVAL;
	if (copy_from_user(buf, head + 2, (size_t)size))
		return -EFAULT;
	random_add_entropy(buf, (size_t)size, min_t(unsigned, (unsigned)bits, (unsigned)size * 8));
	return 0;
}

static long random_ioctl(struct file *file, unsigned cmd, unsigned long arg)
{
	int bits;

	if (cmd == RNDGETENTCNT)
		return put_user((int)random_entropy_bits(), (int __user *)arg);
	if (cmd != RNDADDENTROPY && cmd != RNDADDTOENTCNT && cmd != RNDRESEEDCRNG && cmd != RNDZAPENTCNT &&
	    cmd != RNDCLEARPOOL)
		return -ENOTTY;
	if (!cred_capable(file->cred, CAP_SYS_ADMIN))
		return -EPERM;
	switch (cmd) {
	case RNDADDENTROPY:
		return add_entropy(arg);
	case RNDADDTOENTCNT:
		if (get_user(bits, (int __user *)arg))
			return -EFAULT;
		if (bits < 0)
			return -EINVAL;
		random_add_entropy(NULL, 0, (unsigned)bits);
		return 0;
	case RNDRESEEDCRNG:
		if (!random_ready())
			return -ENODATA;
		random_reseed();
		return 0;
	default:
		return 0;	/* the pool cannot be emptied: as Linux since 5.18 */
	}
}

static const struct file_ops null_ops = {
	.read_iter = null_read,
	.write_iter = null_write,
	.llseek = mem_llseek,
	.nowait = FMODE_READ | FMODE_WRITE,
};

/* Anonymous memory, private or shared, by another name: the request stays without a file. */
static int zero_mmap(struct file *file, struct map_request *req)
{
	(void)file;
	(void)req;
	return 0;
}

static const struct file_ops zero_ops = {
	.mmap = zero_mmap,
	.read_iter = zero_read,
	.write_iter = null_write,
	.llseek = mem_llseek,
	.nowait = FMODE_READ | FMODE_WRITE,
};

static const struct file_ops full_ops = {
	.read_iter = zero_read,
	.write_iter = full_write,
	.llseek = mem_llseek,
	.nowait = FMODE_READ,
};

static const struct file_ops random_ops = {
	.read_iter = random_read_wait,
	.write_iter = random_write,
	.llseek = noop_llseek,
	.nowait = FMODE_READ,
	.poll = random_poll,
	.ioctl = random_ioctl,
};

static const struct file_ops urandom_ops = {
	.read_iter = random_read,
	.write_iter = random_write,
	.llseek = noop_llseek,
	.nowait = FMODE_READ,
	.ioctl = random_ioctl,
};

struct mem_device {
	const char *name;
	unsigned minor;
	const struct file_ops *ops;
};

static const struct mem_device mem_devices[] = {
	{ "null", MINOR_NULL, &null_ops },
	{ "zero", MINOR_ZERO, &zero_ops },
	{ "full", MINOR_FULL, &full_ops },
	{ "random", MINOR_RANDOM, &random_ops },
	{ "urandom", MINOR_URANDOM, &urandom_ops },
};

static int mem_init(void)
{
	unsigned i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(mem_devices) && !err; i++) {
		const struct mem_device *d = &mem_devices[i];

		err = chrdev_register(MEM_MAJOR, d->minor, 1, "mem", d->ops);
		if (!err)
			err = devnode_add(d->name, S_IFCHR | 0666, (uint64_t)MEM_MAJOR << 8 | d->minor);
	}
	return err;
}
INIT_HOOK(INIT_DEVICE, mem_init);
