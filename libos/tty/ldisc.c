/* SPDX-License-Identifier: MIT */
/*
 * ldisc: the N_TTY line discipline.
 *
 * Input, per byte: iflag mapping -> literal next -> signals (ISIG) -> flow control (IXON) -> canonical: erase,
 * kill, werase, reprint, end of line, EOF -> buffer, echo. The line being edited lies between canon_head and
 * head; only what is before canon_head can be read. In raw mode everything can.
 *
 * Output: OPOST with ONLCR, OCRNL, ONOCR, ONLRET, OLCUC and tabs; the column is tracked for tabs and erasing.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/signal.h"
#include "lib/string.h"
#include "mm/uaccess.h"
#include "time/clock.h"
#include "tty/job.h"
#include "tty/tty.h"
#include "vfs/file.h"

#define L(tty, flag)	((tty)->termios.c_lflag & (flag))
#define I(tty, flag)	((tty)->termios.c_iflag & (flag))
#define O(tty, flag)	((tty)->termios.c_oflag & (flag))
#define IDX(n)		((n) % TTY_BUF_SIZE)

static bool is_char(const struct tty *tty, unsigned which, uint8_t c)
{
	return tty->termios.c_cc[which] == c && c != 0;
}

static bool bit_test(const uint64_t *map, uint32_t n)
{
	return map[IDX(n) / 64] >> (IDX(n) % 64) & 1;
}

static void bit_set(uint64_t *map, uint32_t n, bool on)
{
	if (on)
		map[IDX(n) / 64] |= 1ULL << (IDX(n) % 64);
	else
		map[IDX(n) / 64] &= ~(1ULL << (IDX(n) % 64));
}

/* --- output --- */

static void track_column(struct tty *tty, uint8_t c)
{
	if (c == '\r')
		tty->column = 0;
	else if (c == '\b')
		tty->column -= tty->column > 0;
	else if (c == '\t')
		tty->column = (tty->column | 7) + 1;
	else if (c >= ' ' && (c & 0xc0) != 0x80)
		tty->column++;
}

/* One byte as it goes out: up to 8 bytes in out. Returns how many. */
static unsigned process_output(struct tty *tty, uint8_t c, uint8_t out[8])
{
	unsigned n = 0;

	if (!O(tty, OPOST)) {
		out[0] = c;
		return 1;
	}
	if (c == '\n') {
		if (O(tty, ONLCR)) {
			out[n++] = '\r';
			tty->column = 0;
		} else if (O(tty, ONLRET)) {
			tty->column = 0;
		}
		out[n++] = '\n';
		return n;
	}
	if (c == '\r') {
		if (O(tty, ONOCR) && tty->column == 0)
			return 0;
		if (O(tty, OCRNL))
			return process_output(tty, '\n', out);
	}
	if (c == '\t' && O(tty, TABDLY) == TAB3) {
		do {
			out[n++] = ' ';
			tty->column++;
		} while (tty->column % 8);
		return n;
	}
	if (O(tty, OLCUC) && c >= 'a' && c <= 'z')
		c -= 'a' - 'A';
	track_column(tty, c);
	out[0] = c;
	return 1;
}

/* Echo goes straight to the driver; what does not fit is lost, as on a slow line. lock held. */
static void echo_raw(struct tty *tty, const void *s, size_t n)
{
	ignore_result(tty->ops->write(tty, s, n));
}

static void echo_byte(struct tty *tty, uint8_t c)
{
	uint8_t out[8];
	unsigned n = process_output(tty, c, out);

	echo_raw(tty, out, n);
}

static bool shown_as_caret(const struct tty *tty, uint8_t c)
{
	return L(tty, ECHOCTL) && (c < ' ' || c == 0x7f) && c != '\t' && c != '\n';
}

static void echo(struct tty *tty, uint8_t c)
{
	if (!L(tty, ECHO) && !(c == '\n' && L(tty, ECHONL) && L(tty, ICANON)))
		return;
	if (shown_as_caret(tty, c)) {
		echo_byte(tty, '^');
		echo_byte(tty, c ^ 0x40);
	} else {
		echo_byte(tty, c);
	}
}

/* --- input buffer --- */

static uint32_t room(const struct tty *tty)
{
	return TTY_BUF_SIZE - (tty->head - tty->tail);
}

static void put(struct tty *tty, uint8_t c)
{
	tty->buf[IDX(tty->head)] = c;
	bit_set(tty->eol, tty->head, false);
	bit_set(tty->eof, tty->head, false);
	tty->head++;
}

static void wake_readers(struct tty *tty)
{
	wake_up_all_key(&tty->read_wait, EPOLLIN | EPOLLRDNORM);
	fasync_notify(&tty->async, SIGIO_IN);
}

static void end_line(struct tty *tty, uint8_t c, bool eof)
{
	put(tty, c);
	bit_set(tty->eol, tty->head - 1, true);
	bit_set(tty->eof, tty->head - 1, eof);
	tty->canon_head = tty->head;
	wake_readers(tty);
}

/* --- editing --- */

static unsigned shown_width(const struct tty *tty, uint8_t c)
{
	if (shown_as_caret(tty, c))
		return 2;
	return c < ' ' || (c & 0xc0) == 0x80 ? 0 : 1;
}

static void rub_out(struct tty *tty, unsigned columns)
{
	while (columns--) {
		echo_raw(tty, "\b \b", 3);
		tty->column -= tty->column > 0;
	}
}

/* Column at the end of the line being edited. */
static unsigned line_column(const struct tty *tty)
{
	unsigned col = tty->canon_column;

	for (uint32_t i = tty->canon_head; i != tty->head; i++) {
		uint8_t c = tty->buf[IDX(i)];

		col = c == '\t' ? (col | 7) + 1 : col + shown_width(tty, c);
	}
	return col;
}

/* Take the last character off the line, the bytes of a UTF-8 sequence together. */
static void erase_one(struct tty *tty)
{
	uint8_t c;

	do {
		c = tty->buf[IDX(--tty->head)];
	} while (I(tty, IUTF8) && (c & 0xc0) == 0x80 && tty->head != tty->canon_head);
	if (!L(tty, ECHO))
		return;
	if (!L(tty, ECHOE)) {
		echo(tty, tty->termios.c_cc[VERASE]);
		return;
	}
	if (c == '\t') {
		unsigned to = line_column(tty);

		rub_out(tty, tty->column > to ? tty->column - to : 0);
	} else {
		rub_out(tty, shown_width(tty, c));
	}
}

static bool word_char(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

static void erase_word(struct tty *tty)
{
	bool seen = false;

	while (tty->head != tty->canon_head) {
		bool word = word_char(tty->buf[IDX(tty->head - 1)]);

		if (seen && !word)
			break;
		seen |= word;
		erase_one(tty);
	}
}

static void kill_line(struct tty *tty)
{
	if (L(tty, ECHOK) && !L(tty, ECHOKE) && L(tty, ECHO)) {
		tty->head = tty->canon_head;
		echo(tty, tty->termios.c_cc[VKILL]);
		echo_byte(tty, '\n');
		return;
	}
	while (tty->head != tty->canon_head)
		erase_one(tty);
}

static void reprint(struct tty *tty)
{
	echo(tty, tty->termios.c_cc[VREPRINT]);
	echo_byte(tty, '\n');
	for (uint32_t i = tty->canon_head; i != tty->head; i++)
		echo(tty, tty->buf[IDX(i)]);
}

/* --- one byte of input; lock held --- */

static bool signal_char(struct tty *tty, uint8_t c)
{
	int sig = is_char(tty, VINTR, c) ? SIGINT : is_char(tty, VQUIT, c) ? SIGQUIT :
		  is_char(tty, VSUSP, c) ? SIGTSTP : 0;

	if (!sig)
		return false;
	if (!L(tty, NOFLSH)) {
		tty->head = tty->tail = tty->canon_head = 0;
		tty->ops->flush_output(tty);
		wake_up_all_key(&tty->write_wait, EPOLLOUT | EPOLLWRNORM);
	}
	echo(tty, c);
	tty_job_signal_foreground(tty, sig);
	return true;
}

static void set_stopped(struct tty *tty, bool stop)
{
	if (tty->stopped == stop)
		return;
	tty->stopped = stop;
	tty->ops->stop(tty, stop);
	if (!stop)
		wake_up_all_key(&tty->write_wait, EPOLLOUT | EPOLLWRNORM);
}

static bool flow_char(struct tty *tty, uint8_t c)
{
	if (!I(tty, IXON))
		return false;
	if (is_char(tty, VSTART, c) && !(tty->stopped == false && is_char(tty, VSTOP, c))) {
		set_stopped(tty, false);
		return true;
	}
	if (is_char(tty, VSTOP, c)) {
		set_stopped(tty, true);
		return true;
	}
	return false;
}

/* Editing characters of canonical mode. True: c was one. */
static bool canon_char(struct tty *tty, uint8_t c)
{
	if (is_char(tty, VERASE, c) || is_char(tty, VKILL, c) || (is_char(tty, VWERASE, c) && L(tty, IEXTEN))) {
		if (tty->head == tty->canon_head)
			return true;
		if (is_char(tty, VERASE, c))
			erase_one(tty);
		else if (is_char(tty, VKILL, c))
			kill_line(tty);
		else
			erase_word(tty);
		return true;
	}
	if (is_char(tty, VLNEXT, c) && L(tty, IEXTEN)) {
		tty->literal_next = true;
		if (L(tty, ECHO) && L(tty, ECHOCTL))
			echo_raw(tty, "^\b", 2);
		return true;
	}
	if (is_char(tty, VREPRINT, c) && L(tty, IEXTEN) && L(tty, ECHO)) {
		reprint(tty);
		return true;
	}
	if (is_char(tty, VEOF, c)) {
		end_line(tty, 0, /*eof=*/true);
		return true;
	}
	if (c == '\n' || is_char(tty, VEOL, c) || (is_char(tty, VEOL2, c) && L(tty, IEXTEN))) {
		if (!room(tty))
			tty->head--;		/* the line is full: its end must still fit */
		echo(tty, c);
		end_line(tty, c, /*eof=*/false);
		tty->canon_column = tty->column;
		return true;
	}
	return false;
}

static void store(struct tty *tty, uint8_t c)
{
	/* One place stays for the end of a line. */
	if (room(tty) <= (L(tty, ICANON) ? 1u : 0u)) {
		if (I(tty, IMAXBEL))
			echo_raw(tty, "\a", 1);
		return;
	}
	if (L(tty, ICANON) && tty->head == tty->canon_head)
		tty->canon_column = tty->column;
	echo(tty, c);
	put(tty, c);
	if (!L(tty, ICANON)) {
		tty->canon_head = tty->head;
		wake_readers(tty);
	}
}

static void input_byte(struct tty *tty, uint8_t c)
{
	if (I(tty, ISTRIP))
		c &= 0x7f;
	if (I(tty, IUCLC) && L(tty, IEXTEN) && c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	if (tty->literal_next) {
		tty->literal_next = false;
		store(tty, c);
		return;
	}
	if (c == '\r') {
		if (I(tty, IGNCR))
			return;
		if (I(tty, ICRNL))
			c = '\n';
	} else if (c == '\n' && I(tty, INLCR)) {
		c = '\r';
	}
	if (flow_char(tty, c))
		return;
	if (L(tty, ISIG) && signal_char(tty, c))
		return;
	if (tty->stopped && I(tty, IXANY))
		set_stopped(tty, false);
	if (L(tty, ICANON) && canon_char(tty, c))
		return;
	store(tty, c);
}

size_t tty_receive(struct tty *tty, const uint8_t *data, size_t n)
{
	unsigned long flags = spin_lock_irqsave(&tty->lock);

	for (size_t i = 0; i < n; i++)
		input_byte(tty, data[i]);
	spin_unlock_irqrestore(&tty->lock, flags);
	return n;
}

size_t tty_receive_room(struct tty *tty)
{
	unsigned long flags = spin_lock_irqsave(&tty->lock);
	size_t n = room(tty);

	/* A canonical line without end must still take its end and its erasing. */
	if (L(tty, ICANON) && tty->canon_head == tty->tail && n < 2)
		n = 2;
	spin_unlock_irqrestore(&tty->lock, flags);
	return n;
}

void tty_receive_break(struct tty *tty)
{
	unsigned long flags = spin_lock_irqsave(&tty->lock);

	if (!I(tty, IGNBRK)) {
		if (I(tty, BRKINT))
			tty_job_signal_foreground(tty, SIGINT);
		else
			store(tty, 0);
	}
	spin_unlock_irqrestore(&tty->lock, flags);
}

void ldisc_flush_input(struct tty *tty)
{
	unsigned long flags = spin_lock_irqsave(&tty->lock);

	tty->tail = tty->canon_head = tty->head;
	spin_unlock_irqrestore(&tty->lock, flags);
	if (tty->ops->unthrottle)
		tty->ops->unthrottle(tty);
}

void ldisc_mode_changed_locked(struct tty *tty, const struct termios *old)
{
	assert_held(&tty->lock);
	if (!((old->c_lflag ^ tty->termios.c_lflag) & ICANON))
		return;
	if (L(tty, ICANON) && tty->head != tty->tail)
		bit_set(tty->eol, tty->head - 1, true);	/* what came raw can be read as a line */
	tty->canon_head = tty->head;
	if (tty->head != tty->tail)
		wake_readers(tty);
}

size_t ldisc_available(struct tty *tty)
{
	unsigned long flags = spin_lock_irqsave(&tty->lock);
	size_t n = tty->canon_head - tty->tail;

	for (uint32_t i = tty->tail; L(tty, ICANON) && i != tty->canon_head; i++)
		n -= bit_test(tty->eof, i);
	spin_unlock_irqrestore(&tty->lock, flags);
	return n;
}

/* --- reading --- */

/* Bytes that make a raw read return: VMIN, at most what was asked for. */
static unsigned raw_minimum(const struct tty *tty, size_t want)
{
	unsigned vmin = tty->termios.c_cc[VMIN];

	return (unsigned)min((size_t)vmin, want);
}

static struct tty *tty_of(const struct file *file)
{
	return ((const struct tty_file *)file->private)->tty;
}

static bool readable(const struct file *file, unsigned minimum)
{
	const struct tty *tty = tty_of(file);
	uint32_t n = READ_ONCE(tty->canon_head) - READ_ONCE(tty->tail);

	return tty_file_hung_up(file) || READ_ONCE(tty->other_closed) || n >= (minimum ? minimum : 1);
}

/* Copy out up to `n` bytes; a canonical read stops after the end of a line. read_lock held. */
static ssize_t take(struct tty *tty, struct iov_iter *to)
{
	uint8_t chunk[128];
	size_t done = 0, n;
	bool end = false, canon;
	unsigned long flags;

	while (iov_count(to) && !end) {
		flags = spin_lock_irqsave(&tty->lock);
		canon = L(tty, ICANON);
		for (n = 0; n < sizeof(chunk) && n < iov_count(to) && tty->tail != tty->canon_head && !end;) {
			end = canon && bit_test(tty->eol, tty->tail);
			if (!(canon && bit_test(tty->eof, tty->tail)))
				chunk[n++] = tty->buf[IDX(tty->tail)];
			tty->tail++;
		}
		/* A line that just fitted: its EOF mark goes with it. */
		if (canon && !end && n && tty->tail != tty->canon_head && bit_test(tty->eof, tty->tail) &&
		    n == iov_count(to))
			tty->tail++;
		end |= tty->tail == tty->canon_head;
		spin_unlock_irqrestore(&tty->lock, flags);
		if (copy_to_iter(chunk, n, to) != n)
			return done ? (ssize_t)done : -EFAULT;
		done += n;
	}
	return (ssize_t)done;
}

/* Wait for input by the rules of VMIN and VTIME. 0: read what is there. 1: time is up, nothing. */
static int wait_input(struct file *file, size_t want)
{
	struct tty *tty = tty_of(file);
	unsigned minimum = 1, vtime;
	uint64_t deadline = WAIT_FOREVER;
	int err;

	if (!L(tty, ICANON)) {
		minimum = raw_minimum(tty, want);
		vtime = tty->termios.c_cc[VTIME];
		if (!minimum && !vtime)
			return readable(file, 1) ? 0 : 1;
		if (vtime && !minimum)
			deadline = clock_ns() + vtime * (NSEC_PER_SEC / 10);
		else if (vtime && readable(file, 1))
			deadline = clock_ns() + vtime * (NSEC_PER_SEC / 10);
	}
	if (readable(file, minimum))
		return 0;
	if (file->flags & O_NONBLOCK)
		return readable(file, 1) && !L(tty, ICANON) ? 0 : -EAGAIN;
	err = wait_event_interruptible_timeout(&tty->read_wait, readable(file, minimum), deadline);
	if (err == -ETIMEDOUT)
		return readable(file, 1) ? 0 : 1;
	return err;
}

ssize_t ldisc_read(struct file *file, struct iov_iter *to)
{
	struct tty *tty = tty_of(file);
	ssize_t n;

	if (tty_file_hung_up(file))
		return 0;
	n = tty_check_read(tty);
	if (n || !iov_count(to))
		return n;
	if (file->flags & O_NONBLOCK) {
		if (!mutex_trylock(&tty->read_lock))
			return -EAGAIN;
	} else if (mutex_lock_interruptible(&tty->read_lock)) {
		return -ERESTARTSYS;
	}
	n = wait_input(file, iov_count(to));
	if (n == 0) {
		if (tty_file_hung_up(file))
			n = 0;
		else if (tty->canon_head == tty->tail && tty->other_closed)
			n = -EIO;
		else
			n = take(tty, to);
	} else if (n > 0) {
		n = 0;
	}
	mutex_unlock(&tty->read_lock);
	if (n > 0 && tty->ops->unthrottle)
		tty->ops->unthrottle(tty);
	return n;
}

/* --- writing --- */

static bool writable(const struct file *file)
{
	struct tty *tty = tty_of(file);

	return tty_file_hung_up(file) || READ_ONCE(tty->other_closed) ||
	       (!READ_ONCE(tty->stopped) && tty->ops->write_room(tty) >= 8);
}

/* Process and hand over as much of data as fits; returns bytes consumed. */
static size_t write_some(struct tty *tty, const uint8_t *data, size_t n)
{
	unsigned long flags = spin_lock_irqsave(&tty->lock);
	size_t space = tty->stopped ? 0 : tty->ops->write_room(tty), used = 0, done = 0;
	uint8_t out[256 + 8];

	while (done < n && used + 8 <= space && used < 256)
		used += process_output(tty, data[done++], out + used);
	if (used)
		ignore_result(tty->ops->write(tty, out, used));	/* it fits: room was asked for under the lock */
	spin_unlock_irqrestore(&tty->lock, flags);
	return done;
}

static int write_all(struct file *file, const uint8_t *data, size_t n, size_t *done)
{
	struct tty *tty = tty_of(file);
	int err;

	for (*done = 0; *done < n;) {
		if (tty_file_hung_up(file) || tty->other_closed)
			return -EIO;
		*done += write_some(tty, data + *done, n - *done);
		if (*done == n)
			break;
		if (writable(file))
			continue;
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(&tty->write_wait, writable(file));
		if (err)
			return err;
	}
	return 0;
}

ssize_t ldisc_write(struct file *file, struct iov_iter *from)
{
	struct tty *tty = tty_of(file);
	uint8_t chunk[256];
	ssize_t total = 0;
	size_t n, done;
	int err = 0;

	if (tty_file_hung_up(file))
		return -EIO;
	if (L(tty, TOSTOP)) {
		err = tty_check_change(tty);
		if (err)
			return err;
	}
	if (mutex_lock_interruptible(&tty->write_lock))
		return -ERESTARTSYS;
	while (!err && iov_count(from)) {
		n = copy_from_iter(chunk, sizeof(chunk), from);
		if (!n) {
			err = -EFAULT;
			break;
		}
		err = write_all(file, chunk, n, &done);
		total += (ssize_t)done;
		if (done < n)
			iov_revert(from, n - done);
	}
	mutex_unlock(&tty->write_lock);
	return total ? total : err;
}

unsigned ldisc_poll(struct file *file, struct poll_table *pt)
{
	struct tty *tty = tty_of(file);
	unsigned events = 0, minimum = 1;

	poll_wait(file, &tty->read_wait, pt);
	poll_wait(file, &tty->write_wait, pt);
	if (!L(tty, ICANON) && !tty->termios.c_cc[VTIME] && tty->termios.c_cc[VMIN])
		minimum = tty->termios.c_cc[VMIN];
	if (readable(file, minimum))
		events |= EPOLLIN | EPOLLRDNORM;
	if (writable(file))
		events |= EPOLLOUT | EPOLLWRNORM;
	if (tty_file_hung_up(file))
		events |= EPOLLHUP | EPOLLERR;
	else if (tty->other_closed)
		events |= EPOLLHUP;
	return events;
}
