/* SPDX-License-Identifier: MIT */
/*
 * tty: references, opening, settings: the part that is the same for every terminal.
 */
#include "tty/tty.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "abi/signal.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "tty/job.h"
#include "vfs/cred.h"
#include "vfs/file.h"

const struct termios tty_default_termios = {
	.c_iflag = ICRNL | IXON,
	.c_oflag = OPOST | ONLCR,
	.c_cflag = B38400 | CS8 | CREAD | HUPCL,
	.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
	.c_cc = { [VINTR] = 3, [VQUIT] = 28, [VERASE] = 127, [VKILL] = 21, [VEOF] = 4, [VMIN] = 1, [VSTART] = 17,
		  [VSTOP] = 19, [VSUSP] = 26, [VREPRINT] = 18, [VDISCARD] = 15, [VWERASE] = 23, [VLNEXT] = 22 },
};

void tty_init(struct tty *tty, const char *name, uint64_t devnr, const struct tty_driver_ops *ops, void *driver)
{
	refcount_set(&tty->refs, 1);
	tty->ops = ops;
	tty->driver = driver;
	strscpy(tty->name, name, sizeof(tty->name));
	tty->devnr = devnr;
	spin_lock_init(&tty->lock, "tty");
	mutex_init(&tty->read_lock, "tty_read");
	mutex_init(&tty->write_lock, "tty_write");
	waitq_init(&tty->read_wait, "tty_read_wait");
	waitq_init(&tty->write_wait, "tty_write_wait");
	fasync_init(&tty->async);
	tty->termios = tty_default_termios;
}

struct tty *tty_get(struct tty *tty)
{
	refcount_inc(&tty->refs);
	return tty;
}

void tty_put(struct tty *tty)
{
	if (refcount_dec_and_test(&tty->refs) && tty->ops->released)
		tty->ops->released(tty);
}

void tty_write_wakeup(struct tty *tty)
{
	wake_up_all_key(&tty->write_wait, EPOLLOUT | EPOLLWRNORM);
	fasync_notify(&tty->async, SIGIO_OUT);
}

bool tty_file_hung_up(const struct file *file)
{
	const struct tty_file *tf = file->private;

	return !tf->is_console && READ_ONCE(tf->tty->hangups) != tf->hangups;
}

int tty_open(struct tty *tty, struct file *file, enum tty_open_as as)
{
	struct tty_file *tf = kmalloc(sizeof(*tf), GFP_KERNEL);
	int err = tf ? 0 : -ENOMEM;
	unsigned long flags;

	if (tf) {
		flags = spin_lock_irqsave(&tty->lock);
		if (tty->exclusive && tty->opens && !cred_capable(file->cred, CAP_SYS_ADMIN))
			err = -EBUSY;
		else
			tty->opens++;
		*tf = (struct tty_file){ .tty = tty, .hangups = tty->hangups, .is_console = as == TTY_OPEN_CONSOLE };
		spin_unlock_irqrestore(&tty->lock, flags);
	}
	if (err) {
		kfree(tf);
		tty_put(tty);
		return err;
	}
	file->private = tf;
	file->ops = &tty_file_ops;
	file->mode |= FMODE_STREAM;
	file->mode &= ~(unsigned)(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
	if (as == TTY_OPEN_NAMED)
		tty_job_acquire(tty, file);
	return 0;
}

static void tty_release(struct inode *inode, struct file *file)
{
	struct tty_file *tf = file->private;
	struct tty *tty = tf->tty;
	unsigned long flags = spin_lock_irqsave(&tty->lock);
	bool last = --tty->opens == 0;

	(void)inode;
	spin_unlock_irqrestore(&tty->lock, flags);
	if (last && tty->ops->last_close)
		tty->ops->last_close(tty);
	tty_put(tty);
	kfree(tf);
}

static ssize_t tty_read(struct kiocb *iocb, struct iov_iter *to)
{
	return ldisc_read(iocb->file, to);
}

static ssize_t tty_write(struct kiocb *iocb, struct iov_iter *from)
{
	return ldisc_write(iocb->file, from);
}

static unsigned tty_poll(struct file *file, struct poll_table *pt)
{
	return ldisc_poll(file, pt);
}

static int drain(struct tty *tty)
{
	return tty->ops->drain ? tty->ops->drain(tty) : 0;
}

enum set_when { SET_NOW, SET_DRAIN, SET_FLUSH };

/* What is locked of `t` as it is in `old`. */
static void heed_lock(struct termios *t, const struct termios *old, const struct termios *locked)
{
	t->c_iflag = (t->c_iflag & ~locked->c_iflag) | (old->c_iflag & locked->c_iflag);
	t->c_oflag = (t->c_oflag & ~locked->c_oflag) | (old->c_oflag & locked->c_oflag);
	t->c_cflag = (t->c_cflag & ~locked->c_cflag) | (old->c_cflag & locked->c_cflag);
	t->c_lflag = (t->c_lflag & ~locked->c_lflag) | (old->c_lflag & locked->c_lflag);
	if (locked->c_line)
		t->c_line = old->c_line;
	for (unsigned i = 0; i < NCCS; i++)
		if (locked->c_cc[i])
			t->c_cc[i] = old->c_cc[i];
}

static long set_lock(struct tty *tty, const void __user *from)
{
	struct termios t;
	unsigned long flags;

	if (!tty_job_capable(CAP_SYS_ADMIN) && !tty_job_capable(CAP_CHECKPOINT_RESTORE))
		return -EPERM;
	if (copy_from_user(&t, from, sizeof(t)))
		return -EFAULT;
	flags = spin_lock_irqsave(&tty->lock);
	tty->locked = t;
	spin_unlock_irqrestore(&tty->lock, flags);
	return 0;
}

static long set_termios(struct tty *tty, const struct termios *new, enum set_when when)
{
	struct termios old;
	unsigned long flags;
	int err = tty_check_change(tty);

	if (!err && when != SET_NOW)
		err = drain(tty);
	if (err)
		return err;
	if (when == SET_FLUSH)
		ldisc_flush_input(tty);
	flags = spin_lock_irqsave(&tty->lock);
	old = tty->termios;
	tty->termios = *new;
	heed_lock(&tty->termios, &old, &tty->locked);
	ldisc_mode_changed_locked(tty, &old);
	if (tty->stopped && !(tty->termios.c_iflag & IXON)) {
		tty->stopped = false;
		tty->ops->stop(tty, false);
	}
	spin_unlock_irqrestore(&tty->lock, flags);
	if (tty->ops->set_termios)
		tty->ops->set_termios(tty, &old);
	wake_up_all(&tty->read_wait);
	return 0;
}

static long set_winsize(struct tty *tty, const struct winsize __user *uarg)
{
	struct winsize ws;
	unsigned long flags;

	if (copy_from_user(&ws, uarg, sizeof(ws)))
		return -EFAULT;
	flags = spin_lock_irqsave(&tty->lock);
	if (memcmp(&ws, &tty->winsize, sizeof(ws))) {
		tty->winsize = ws;
		tty_job_signal_foreground(tty, SIGWINCH);
	}
	spin_unlock_irqrestore(&tty->lock, flags);
	return 0;
}

static long flush(struct tty *tty, unsigned long arg)
{
	int err = tty_check_change(tty);

	if (err)
		return err;
	if (arg > TCIOFLUSH)
		return -EINVAL;
	if (arg != TCOFLUSH)
		ldisc_flush_input(tty);
	if (arg != TCIFLUSH) {
		tty->ops->flush_output(tty);
		tty_write_wakeup(tty);
	}
	return 0;
}

static long flow(struct tty *tty, unsigned long arg)
{
	unsigned long flags;
	uint8_t c;
	int err = tty_check_change(tty);

	if (err)
		return err;
	switch (arg) {
	case TCOOFF: case TCOON:
		flags = spin_lock_irqsave(&tty->lock);
		tty->stopped = arg == TCOOFF;
		tty->ops->stop(tty, tty->stopped);
		spin_unlock_irqrestore(&tty->lock, flags);
		if (arg == TCOON)
			tty_write_wakeup(tty);
		return 0;
	case TCIOFF: case TCION:
		c = tty->termios.c_cc[arg == TCIOFF ? VSTOP : VSTART];
		if (c)
			ignore_result(tty->ops->write(tty, &c, 1));	/* a full line sends it no better later */
		return 0;
	default:
		return -EINVAL;
	}
}

/* System V's settings: 16 bits of each word of flags and the first eight characters; the rest stays as it is. */
static long termio_get(struct tty *tty, struct termio __user *to)
{
	const struct termios *t = &tty->termios;
	struct termio old = {
		.c_iflag = (uint16_t)t->c_iflag, .c_oflag = (uint16_t)t->c_oflag,
		.c_cflag = (uint16_t)t->c_cflag, .c_lflag = (uint16_t)t->c_lflag, .c_line = t->c_line,
	};

	memcpy(old.c_cc, t->c_cc, NCC);
	return copy_to_user(to, &old, sizeof(old)) ? -EFAULT : 0;
}

static uint32_t low_half(uint32_t flags, uint16_t low)
{
	return (flags & 0xffff0000u) | low;
}

static long termio_set(struct tty *tty, const struct termio __user *from, enum set_when when)
{
	struct termios t = tty->termios;
	struct termio old;

	if (copy_from_user(&old, from, sizeof(old)))
		return -EFAULT;
	t.c_iflag = low_half(t.c_iflag, old.c_iflag);
	t.c_oflag = low_half(t.c_oflag, old.c_oflag);
	t.c_cflag = low_half(t.c_cflag, old.c_cflag);
	t.c_lflag = low_half(t.c_lflag, old.c_lflag);
	t.c_line = old.c_line;
	memcpy(t.c_cc, old.c_cc, NCC);
	return set_termios(tty, &t, when);
}

/* There is one line discipline. */
static int set_discipline(const int __user *arg)
{
	int number;

	if (get_user(number, arg))
		return -EFAULT;
	return number == N_TTY ? 0 : -EINVAL;
}

/* CLOCAL by itself: whether the line is taken as there without a carrier. */
static long soft_carrier(struct tty *tty, unsigned cmd, unsigned long arg)
{
	struct termios t = tty->termios;
	int on;

	if (cmd == TIOCGSOFTCAR)
		return put_user(!!(t.c_cflag & CLOCAL), (int __user *)arg);
	if (get_user(on, (int __user *)arg))
		return -EFAULT;
	t.c_cflag = (t.c_cflag & ~(uint32_t)CLOCAL) | (on ? CLOCAL : 0);
	return set_termios(tty, &t, SET_NOW);
}

static long tty_settings(struct tty *tty, unsigned cmd, unsigned long arg)
{
	struct termios t;

	switch (cmd) {
	case TCGETS:
		t = tty->termios;
		return copy_to_user((void __user *)arg, &t, sizeof(t)) ? -EFAULT : 0;
	case TCSETS: case TCSETSW: case TCSETSF:
		if (copy_from_user(&t, (void __user *)arg, sizeof(t)))
			return -EFAULT;
		return set_termios(tty, &t, cmd == TCSETS ? SET_NOW : cmd == TCSETSW ? SET_DRAIN : SET_FLUSH);
	case TCGETA:
		return termio_get(tty, (struct termio __user *)arg);
	case TCSETA: case TCSETAW: case TCSETAF:
		return termio_set(tty, (const struct termio __user *)arg,
				  cmd == TCSETA ? SET_NOW : cmd == TCSETAW ? SET_DRAIN : SET_FLUSH);
	case TIOCGLCKTRMIOS:
		t = tty->locked;
		return copy_to_user((void __user *)arg, &t, sizeof(t)) ? -EFAULT : 0;
	case TIOCSLCKTRMIOS:
		return set_lock(tty, (const void __user *)arg);
	case TIOCGSOFTCAR: case TIOCSSOFTCAR:
		return soft_carrier(tty, cmd, arg);
	case TIOCGWINSZ:
		return copy_to_user((void __user *)arg, &tty->winsize, sizeof(tty->winsize)) ? -EFAULT : 0;
	case TIOCSWINSZ:
		return set_winsize(tty, (const struct winsize __user *)arg);
	case TIOCGETD:
		return put_user(N_TTY, (int __user *)arg);
	case TIOCSETD:
		return set_discipline((const int __user *)arg);
	case TIOCEXCL: case TIOCNXCL:
		tty->exclusive = cmd == TIOCEXCL;
		return 0;
	case TIOCGEXCL:
		return put_user((int)tty->exclusive, (int __user *)arg);
	default:
		return -ENOIOCTLCMD;
	}
}

static long tty_data(struct tty *tty, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case TCFLSH: return flush(tty, arg);
	case TCXONC: return flow(tty, arg);
	case TCSBRK: case TCSBRKP: return drain(tty);
	case TIOCINQ: return put_user((int)ldisc_available(tty), (int __user *)arg);
	case TIOCOUTQ: return put_user((int)tty->ops->chars_in_buffer(tty), (int __user *)arg);
	default: return -ENOIOCTLCMD;
	}
}

long tty_ioctl(struct file *file, unsigned cmd, unsigned long arg)
{
	const struct tty_file *tf = file->private;

	if (tty_file_hung_up(file))
		return cmd == TIOCSPGRP ? -ENOTTY : -EIO;
	return tty_ioctl_on(tf->tty, /*master=*/false, cmd, arg);
}

long tty_ioctl_on(struct tty *tty, bool master, unsigned cmd, unsigned long arg)
{
	long ret = -ENOIOCTLCMD;

	if (tty->ops->ioctl)
		ret = tty->ops->ioctl(tty, cmd, arg);
	if (ret == -ENOIOCTLCMD)
		ret = tty_settings(tty, cmd, arg);
	if (ret == -ENOIOCTLCMD)
		ret = tty_data(tty, cmd, arg);
	if (ret == -ENOIOCTLCMD)
		ret = master ? tty_job_master_ioctl(tty, cmd, arg) : tty_job_ioctl(tty, cmd, arg);
	return ret;
}

/* The owner, unless it has one, is the foreground group. */
static int tty_fasync(int fd, struct file *file, bool on)
{
	struct tty_file *tf = file->private;
	int err = fasync_set(&tf->tty->async, fd, file, on);

	return on && !err ? tty_job_own(tf->tty, file) : err;
}

const struct file_ops tty_file_ops = {
	.release = tty_release, .read_iter = tty_read, .write_iter = tty_write, .poll = tty_poll, .ioctl = tty_ioctl,
	.fasync = tty_fasync,
};
