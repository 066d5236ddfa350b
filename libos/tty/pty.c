/* SPDX-License-Identifier: MIT */
/*
 * pty: pairs of a master and a slave.
 *
 * Model. The slave is a struct tty whose driver is this file: its output goes into a ring that the master reads;
 * what the master writes is the slave's input. The master is no terminal: settings it is asked for are the slave's.
 *
 *   master write -> tty_receive(slave) -> ldisc -> slave read
 *   master read  <- out ring           <- ldisc <- slave write, echo
 *
 * Life. The pair lives as long as the master is open or somebody holds the slave. Closing the master hangs the slave
 * up and frees the number. When the last open slave closes, the master reads EIO once the ring is empty, until one is
 * opened again.
 *
 * Locking. ptys.lock (mutex) for the numbers; pty->lock (irq-safe, inside tty->lock) for the ring and the states.
 */
#include "tty/pty.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "abi/signal.h"
#include "core/init.h"
#include "dev/devnode.h"
#include "lib/format.h"
#include "lib/ring.h"
#include "lib/xarray.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "tty/job.h"
#include "tty/tty.h"
#include "vfs/cred.h"
#include "vfs/file.h"
#include "vfs/inode.h"

#define OUT_SIZE	8192		/* output the master has not read; a power of two */
#define CHUNK		256
#define PTMX_DEV	(5 << 8 | 2)

/* Field legend: [I] immutable, [l] lock, [m] ptys.lock */
struct pty {
	struct tty slave;		/* [I] its own locks */
	struct spinlock lock;
	struct ring out;		/* [l] from slave to master */
	struct waitq readable;		/* [I] master: the ring has something, or the slave closed */
	struct waitq writable;		/* [I] master: the slave has room for input */
	struct fasync async;		/* [I] master: O_ASYNC */
	unsigned index;			/* [I] N of /dev/pts/N */
	bool slave_locked;		/* [l] unlockpt() was not called yet */
	bool slave_closed;		/* [l] it was open, and is not any more */
	bool master_open;		/* [m] */
	uint8_t data[OUT_SIZE];		/* [l] the ring's memory */
};

static struct {
	struct mutex lock;
	struct xarray all;		/* [m] pairs by index, while the master is open */
	const struct pty_names *names;	/* [I] after start-up */
} ptys;

void pty_set_names(const struct pty_names *names)
{
	ptys.names = names;
}

static struct pty *pty_of(const struct tty *tty)
{
	return container_of(tty, struct pty, slave);
}

/* --- The slave's driver ------------------------------------------------------------------------ */

static size_t slave_write(struct tty *tty, const void *data, size_t n)
{
	struct pty *pty = pty_of(tty);
	unsigned long flags = spin_lock_irqsave(&pty->lock);

	n = ring_write(&pty->out, data, n);
	spin_unlock_irqrestore(&pty->lock, flags);
	if (n) {
		wake_up_all_key(&pty->readable, EPOLLIN | EPOLLRDNORM);
		fasync_notify(&pty->async, SIGIO_IN);
	}
	return n;
}

static size_t slave_room(struct tty *tty)
{
	return ring_space(&pty_of(tty)->out);
}

/* What is in the ring has been sent: the other end need only read it. */
static size_t slave_chars(struct tty *tty)
{
	(void)tty;
	return 0;
}

static void slave_flush(struct tty *tty)
{
	struct pty *pty = pty_of(tty);
	unsigned long flags = spin_lock_irqsave(&pty->lock);

	ring_consume(&pty->out, ring_used(&pty->out));
	spin_unlock_irqrestore(&pty->lock, flags);
}

static void slave_stop(struct tty *tty, bool stop)
{
	(void)tty;
	(void)stop;		/* the line discipline writes nothing while stopped */
}

static void slave_unthrottle(struct tty *tty)
{
	wake_up_all_key(&pty_of(tty)->writable, EPOLLOUT | EPOLLWRNORM);
}

static void slave_last_close(struct tty *tty)
{
	struct pty *pty = pty_of(tty);
	unsigned long flags = spin_lock_irqsave(&pty->lock);

	pty->slave_closed = true;
	spin_unlock_irqrestore(&pty->lock, flags);
	wake_up_all_key(&pty->readable, EPOLLIN | EPOLLRDNORM | EPOLLHUP);
}

static void slave_released(struct tty *tty)
{
	kvfree(pty_of(tty));
}

static const struct tty_driver_ops slave_ops = {
	.write = slave_write,
	.write_room = slave_room,
	.chars_in_buffer = slave_chars,
	.flush_output = slave_flush,
	.stop = slave_stop,
	.unthrottle = slave_unthrottle,
	.last_close = slave_last_close,
	.released = slave_released,
	.is_pty = true,
};

static int slave_open(struct inode *inode, struct file *file)
{
	unsigned index = (unsigned)((inode->rdev >> 8 & 0xfff) - PTS_MAJOR) << 8 | (unsigned)(inode->rdev & 0xff);
	struct pty *pty;
	int err;

	mutex_lock(&ptys.lock);
	pty = xa_load(&ptys.all, index);
	if (pty && !pty->slave_locked)
		tty_get(&pty->slave);
	else
		pty = NULL;
	mutex_unlock(&ptys.lock);
	if (!pty)
		return -EIO;
	err = tty_open(&pty->slave, file, TTY_OPEN_NAMED);
	if (!err)
		WRITE_ONCE(pty->slave_closed, false);
	return err;
}

static const struct file_ops slave_fops = { .open = slave_open };

/* --- The master -------------------------------------------------------------------------------- */

/* A pair under the lowest free number. 0 or -errno. ptys.lock held. */
static int pair_create_locked(const struct cred *cred, struct pty **out)
{
	struct pty *pty = kvzalloc(sizeof(*pty), GFP_KERNEL);
	unsigned long index;
	char name[16];
	int err;

	assert_held(&ptys.lock);
	if (!pty)
		return -ENOMEM;
	err = xa_alloc(&ptys.all, &index, pty, 0, PTY_MAX - 1);
	if (err) {
		kvfree(pty);
		return err == -EBUSY ? -ENOSPC : err;
	}
	pty->index = (unsigned)index;
	ksnprintf(name, sizeof(name), "pts/%u", pty->index);
	tty_init(&pty->slave, name, (uint64_t)(PTS_MAJOR + (index >> 8)) << 8 | (index & 0xff), &slave_ops, pty);
	pty->slave.termios.c_cflag = B38400 | CS8 | CREAD;
	spin_lock_init(&pty->lock, "pty");
	ring_init(&pty->out, pty->data, OUT_SIZE);
	waitq_init(&pty->readable, "pty_readable");
	waitq_init(&pty->writable, "pty_writable");
	fasync_init(&pty->async);
	pty->slave_locked = true;
	pty->master_open = true;
	err = ptys.names ? ptys.names->add(pty->index, pty->slave.devnr, cred) : 0;
	if (err) {
		xa_erase(&ptys.all, index);
		tty_put(&pty->slave);
	}
	*out = pty;
	return err;
}

static const struct file_ops master_ops;

static int master_open(struct inode *inode, struct file *file)
{
	struct pty *pty;
	int err;

	(void)inode;
	mutex_lock(&ptys.lock);
	err = pair_create_locked(file->cred, &pty);
	mutex_unlock(&ptys.lock);
	if (err)
		return err;
	file->private = pty;
	file->ops = &master_ops;
	file->mode &= ~(unsigned)(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
	file->mode |= FMODE_STREAM;
	return 0;
}

static void master_release(struct inode *inode, struct file *file)
{
	struct pty *pty = file->private;

	(void)inode;
	mutex_lock(&ptys.lock);
	pty->master_open = false;
	if (ptys.names)
		ptys.names->remove(pty->index);
	xa_erase(&ptys.all, pty->index);
	mutex_unlock(&ptys.lock);
	pty->slave.other_closed = true;
	tty_hangup(&pty->slave);
	tty_put(&pty->slave);
}

/* Up to n bytes of the ring. */
static size_t take_output(struct pty *pty, uint8_t *buf, size_t n)
{
	unsigned long flags = spin_lock_irqsave(&pty->lock);

	n = ring_read(&pty->out, buf, n);
	spin_unlock_irqrestore(&pty->lock, flags);
	return n;
}

static bool master_readable(struct pty *pty)
{
	return !ring_empty(&pty->out) || READ_ONCE(pty->slave_closed);
}

static ssize_t master_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct pty *pty = iocb->file->private;
	uint8_t buf[CHUNK];
	ssize_t done = 0;
	size_t n;
	int err;

	if (!iov_count(to))
		return 0;
	if (!master_readable(pty)) {
		if ((iocb->flags & IOCB_NOWAIT) || (READ_ONCE(iocb->file->flags) & O_NONBLOCK))
			return -EAGAIN;
		err = wait_event_interruptible(&pty->readable, master_readable(pty));
		if (err)
			return err;
	}
	while ((n = take_output(pty, buf, min_t(size_t, iov_count(to), CHUNK)))) {
		if (copy_to_iter(buf, n, to) != n)
			return done ? done : -EFAULT;
		done += (ssize_t)n;
	}
	if (!done)
		return READ_ONCE(pty->slave_closed) ? -EIO : -EAGAIN;
	tty_write_wakeup(&pty->slave);
	return done;
}

static ssize_t master_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct pty *pty = iocb->file->private;
	uint8_t buf[CHUNK];
	ssize_t done = 0;
	size_t n, room;
	int err = 0;

	while (iov_count(from)) {
		room = tty_receive_room(&pty->slave);
		if (!room) {
			if ((iocb->flags & IOCB_NOWAIT) || (READ_ONCE(iocb->file->flags) & O_NONBLOCK))
				err = -EAGAIN;
			else
				err = wait_event_interruptible(&pty->writable, tty_receive_room(&pty->slave) > 0);
			if (err)
				break;
			continue;
		}
		n = copy_from_iter(buf, min_t(size_t, CHUNK, room), from);
		if (!n) {
			err = -EFAULT;
			break;
		}
		room = tty_receive(&pty->slave, buf, n);
		if (room < n)
			iov_revert(from, n - room);
		done += (ssize_t)room;
	}
	return done ? done : err;
}

static unsigned master_poll(struct file *file, struct poll_table *pt)
{
	struct pty *pty = file->private;
	unsigned events = 0;

	poll_wait(file, &pty->readable, pt);
	poll_wait(file, &pty->writable, pt);
	if (!ring_empty(&pty->out))
		events |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(pty->slave_closed))
		events |= EPOLLHUP;
	if (tty_receive_room(&pty->slave))
		events |= EPOLLOUT | EPOLLWRNORM;
	return events;
}

/* TIOCSIG: a signal to the slave's foreground group, as if typed. */
static long master_signal(struct pty *pty, unsigned long sig)
{
	unsigned long flags;

	if (sig != SIGINT && sig != SIGQUIT && sig != SIGTSTP)
		return -EINVAL;
	flags = spin_lock_irqsave(&pty->slave.lock);
	tty_job_signal_foreground(&pty->slave, (int)sig);
	spin_unlock_irqrestore(&pty->slave.lock, flags);
	return 0;
}

static long master_own_ioctl(struct pty *pty, unsigned cmd, unsigned long arg)
{
	int __user *out = (int __user *)arg;
	int v;

	switch (cmd) {
	case TIOCGPTN:
		return put_user(pty->index, (unsigned __user *)arg);
	case TIOCSPTLCK:
		if (get_user(v, out))
			return -EFAULT;
		WRITE_ONCE(pty->slave_locked, v != 0);
		return 0;
	case TIOCGPTLCK:
		return put_user((int)READ_ONCE(pty->slave_locked), out);
	case TIOCSIG:
		return master_signal(pty, arg);
	case TIOCINQ:
		return put_user((int)ring_used(&pty->out), out);
	case TCFLSH:
		/* Seen from this side, input is what the slave wrote. */
		if (arg == TCIFLUSH || arg == TCIOFLUSH)
			slave_flush(&pty->slave);
		if (arg == TCOFLUSH || arg == TCIOFLUSH)
			ldisc_flush_input(&pty->slave);
		tty_write_wakeup(&pty->slave);
		return arg <= TCIOFLUSH ? 0 : -EINVAL;
	default:
		return -ENOIOCTLCMD;
	}
}

static long master_ioctl(struct file *file, unsigned cmd, unsigned long arg)
{
	struct pty *pty = file->private;
	long ret = master_own_ioctl(pty, cmd, arg);

	/* Settings, window size, groups: the slave's, whoever asks. */
	return ret == -ENOIOCTLCMD ? tty_ioctl_on(&pty->slave, /*master=*/true, cmd, arg) : ret;
}

static int master_fasync(int fd, struct file *file, bool on)
{
	struct pty *pty = file->private;
	int err = fasync_set(&pty->async, fd, file, on);

	return on && !err ? file_owner_default(file, NULL) : err;
}

static const struct file_ops master_ops = {
	.release = master_release,
	.read_iter = master_read,
	.write_iter = master_write,
	.poll = master_poll,
	.ioctl = master_ioctl,
	.fasync = master_fasync,
};

static const struct file_ops ptmx_fops = { .open = master_open };

int pty_open_peer(struct file *master, unsigned flags, const struct cred *cred, struct file **out)
{
	if (master->ops != &master_ops || !ptys.names)
		return -ENOTTY;
	return ptys.names->open(((struct pty *)master->private)->index, flags, cred, out);
}

static int pty_init(void)
{
	int err;

	mutex_init(&ptys.lock, "ptys");
	xa_init(&ptys.all);
	err = chrdev_register(5, 2, 1, "ptmx", &ptmx_fops);
	for (unsigned i = 0; !err && i < PTY_MAX / 256; i++)
		err = chrdev_register(PTS_MAJOR + i, 0, 256, "pts", &slave_fops);
	return err ? err : devnode_add("ptmx", S_IFCHR | 0666, PTMX_DEV);
}
INIT_HOOK(INIT_DEVICE, pty_init);
