/* SPDX-License-Identifier: MIT */
/*
 * tty: a terminal: device side, line discipline, job control.
 *
 * A driver (serial port, pty end) gives output ops and feeds input by tty_receive(). The line discipline
 * (ldisc.c) edits input and processes output by the termios in force. Source: termios(3), ioctl_tty(2), POSIX
 * general terminal interface.
 *
 * Locking. tty->lock (class "tty", irq-safe): everything the input side touches, as input arrives in interrupts.
 * read_lock and write_lock (mutexes) keep readers, and writers, apart; they are taken before tty->lock.
 */
#pragma once

#include "abi/termios.h"
#include "lib/compiler.h"
#include "lib/refcount.h"
#include "lib/types.h"
#include "mm/iov.h"
#include "sync/mutex.h"
#include "sync/spinlock.h"
#include "sync/waitq.h"
#include "vfs/sigio.h"
#include "vfs/poll.h"

struct file;
struct pid;
struct tty;

#define TTY_BUF_SIZE	4096		/* unread input; a canonical line holds one byte less */

/* Output side of a driver. May be called in any context unless said. */
struct tty_driver_ops {
	size_t (*write)(struct tty *tty, const void *data, size_t n);	/* bytes taken */
	size_t (*write_room)(struct tty *tty);
	size_t (*chars_in_buffer)(struct tty *tty);
	void (*flush_output)(struct tty *tty);
	int (*drain)(struct tty *tty);			/* thread context; 0 or -ERESTARTSYS */
	void (*set_termios)(struct tty *tty, const struct termios *old);	/* thread context */
	void (*stop)(struct tty *tty, bool stop);	/* ^S, ^Q, TCXONC */
	void (*unthrottle)(struct tty *tty);		/* input was read: there is room again; NULL: nothing */
	int (*ioctl)(struct tty *tty, unsigned cmd, unsigned long arg);	/* -ENOIOCTLCMD; thread context */
	void (*last_close)(struct tty *tty);		/* no open file is left; thread context; NULL: nothing */
	void (*released)(struct tty *tty);		/* last reference is gone; NULL: nothing to free */
	bool is_pty;			/* [I] the end of its session's leader does not hang it up */
};

/* Field legend: [I] immutable, [a] atomic, [l] lock, [r] read_lock, [w] write_lock */
struct tty {
	struct refcount refs;		/* [a] open files, controlling processes, the driver */
	const struct tty_driver_ops *ops;	/* [I] */
	void *driver;			/* [I] the driver's */
	char name[16];			/* [I] "ttyS0" */
	uint64_t devnr;			/* [I] */
	struct spinlock lock;
	struct mutex read_lock, write_lock;
	struct termios termios;		/* [l] */
	struct termios locked;		/* [l] bits and characters of it that stay as they are: TIOCSLCKTRMIOS */
	struct winsize winsize;		/* [l] */
	struct pid *session, *foreground;	/* [l] references; NULL: none */
	uint8_t buf[TTY_BUF_SIZE];	/* [l] ring of input */
	uint32_t head, tail;		/* [l] written to, read from; free-running */
	uint32_t canon_head;		/* [l] end of the last complete line */
	uint64_t eol[TTY_BUF_SIZE / 64];	/* [l] bit: this byte ends a line */
	uint64_t eof[TTY_BUF_SIZE / 64];	/* [l] bit: it is an EOF mark, not data */
	unsigned column, canon_column;	/* [l] output column; where the line being edited began */
	bool literal_next;		/* [l] ^V seen */
	bool stopped;			/* [l] ^S or TCOOFF */
	unsigned hangups;		/* [l] so far; files opened before the last are dead: reads EOF, writes EIO */
	bool exclusive;			/* [l] TIOCEXCL */
	bool other_closed;		/* [l] pty: the other end is gone */
	struct tty *other_end;		/* [I] pty master: its slave; NULL otherwise */
	int opens;			/* [l] open files */
	struct waitq read_wait, write_wait;
	struct fasync async;		/* O_ASYNC */
};

/* Set up a zeroed tty with one reference and default settings. name is copied. */
void tty_init(struct tty *tty, const char *name, uint64_t devnr, const struct tty_driver_ops *ops, void *driver);
extern const struct termios tty_default_termios;

/*
 * From the driver: input arrived. Any context. Returns bytes taken (a full buffer drops the rest in raw mode,
 * beeps in canonical).
 */
size_t tty_receive(struct tty *tty, const uint8_t *data, size_t n);
/* Room for input: what may be received without loss. Any context. */
size_t tty_receive_room(struct tty *tty);
void tty_receive_break(struct tty *tty);
/* From the driver: there is room for output again. Any context. */
void tty_write_wakeup(struct tty *tty);
/* The line went away: EOF and EIO for all, SIGHUP and SIGCONT to the session leader and foreground group. May sleep. */
void tty_hangup(struct tty *tty);
/* vhangup(2): the same for the caller's controlling terminal, if it has one. May sleep. */
void tty_hangup_current(void);

/* How a terminal is opened: by its own name, by /dev/tty, or by /dev/console, whose files outlive every hangup. */
enum tty_open_as { TTY_OPEN_NAMED, TTY_OPEN_CURRENT, TTY_OPEN_CONSOLE };

/* What file->private of an open terminal is. Field legend: [I] immutable */
struct tty_file {
	struct tty *tty;		/* [I] a reference */
	unsigned hangups;		/* [I] tty->hangups when it was opened */
	bool is_console;		/* [I] no hangup concerns it */
};

/* File operations of a terminal; the driver's open() calls tty_open() with the reference it got for the file. */
int __must_check tty_open(struct tty *tty, struct file *file, enum tty_open_as as);
/* Was the terminal hung up since this file was opened? Any context. */
bool tty_file_hung_up(const struct file *file);
extern const struct file_ops tty_file_ops;
long tty_ioctl(struct file *file, unsigned cmd, unsigned long arg);
/* The same for a terminal without a file; `master`: asked by the other end of a pty, which needs no session. */
long tty_ioctl_on(struct tty *tty, bool master, unsigned cmd, unsigned long arg);

/* --- ldisc.c --- */
ssize_t ldisc_read(struct file *file, struct iov_iter *to);
ssize_t ldisc_write(struct file *file, struct iov_iter *from);
unsigned ldisc_poll(struct file *file, struct poll_table *pt);
/* Bytes a read would get now (TIOCINQ). Any context. */
size_t ldisc_available(struct tty *tty);
void ldisc_flush_input(struct tty *tty);
/* Canonical mode was switched: what is buffered is re-read by the new rules. lock held. */
void ldisc_mode_changed_locked(struct tty *tty, const struct termios *old);

/* --- job.c --- */
/* May the caller read, or change the terminal now; stops background processes. 0, -EIO, -ERESTARTSYS. May sleep. */
int __must_check tty_check_read(struct tty *tty);
int __must_check tty_check_change(struct tty *tty);
long tty_job_ioctl(struct tty *tty, unsigned cmd, unsigned long arg);
/* The questions a pty's master may ask: TIOCGPGRP, TIOCGSID. */
long tty_job_master_ioctl(struct tty *tty, unsigned cmd, unsigned long arg);
/* The caller's controlling terminal with a reference; NULL: none. */
struct tty *tty_current(void);
void tty_job_acquire(struct tty *tty, struct file *file);
void tty_job_signal_foreground(struct tty *tty, int sig);
/* file becomes the foreground group's (vfs/sigio.h), or the caller's if there is none. 0 or -ENOMEM. Sleeps. */
int __must_check tty_job_own(struct tty *tty, struct file *file);
