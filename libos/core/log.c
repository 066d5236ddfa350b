/* SPDX-License-Identifier: MIT */
/*
 * The kernel log.
 *
 * Model. Records lie one after the other in a ring of bytes, header then text, 8-byte aligned; a record that
 * would wrap starts again at the front, after a filler. Writing pushes the oldest out. Sequence numbers find records:
 * readers walk from the oldest (the ring is small).
 *
 * Writing to consoles is separate from storing: whoever stores a record then tries to become the flusher; if
 * another CPU is it, that one will write this record too. So nobody waits for a serial line but the one who writes.
 *
 * Locking. log.lock, raw and interrupts off: the ring. log.flushing, an atomic flag: consoles. Raw, as the
 * lock checker itself logs. Readers are woken only where interrupts are on; else it is left to the next tick.
 */
#include "core/log.h"

#include "arch/clock.h"
#include "arch/debug.h"
#include "arch/irq.h"
#include "core/cmdline.h"
#include "lib/align.h"
#include "lib/err.h"
#include "lib/format.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "sync/context.h"
#include "sync/spinlock.h"

#define LOG_SIZE	65536U

/* In the ring. len == LOG_FILLER: the rest of the ring up to its end is empty. */
struct log_header {
	uint64_t seq;
	uint64_t time_ns;
	uint16_t len;
	uint8_t level;
	uint8_t facility;
	uint32_t pad[3];		/* a power of two: the ring's size is a multiple */
};
#define LOG_FILLER	UINT16_MAX

/* Field legend: [l] lock, [f] whoever has `flushing`, [a] read or set anywhere */
static struct {
	struct spinlock lock;
	uint64_t first_seq, next_seq;	/* [l][a] kept: first .. next - 1 */
	uint32_t head, tail;		/* [l] offsets: next write, oldest record */
	uint64_t clear_seq;		/* [l] */
	uint32_t flushing;		/* [a] somebody writes to the consoles */
	uint64_t shown_seq;		/* [f] next to be shown */
	int console_level;		/* [a] */
	bool panicking;			/* [a] */
	uint32_t wake_pending;		/* [a] */
	struct list_head consoles;	/* [f] */
	struct waitq readers;
	union {
		struct log_header align;
		uint8_t ring[LOG_SIZE];	/* [l] */
	};
} klogger = {
	.console_level = KLOG_DEBUG,
	.consoles = LIST_HEAD_INIT(klogger.consoles),
	.readers = {
		.lock = { .class = &(struct lock_class)LOCK_CLASS_INIT("log readers") },
		.entries = LIST_HEAD_INIT(klogger.readers.entries),
	},
};

static int option_quiet(const char *value)
{
	(void)value;
	klogger.console_level = KLOG_WARN;
	return 0;
}
CMDLINE_CALL_OPTION(quiet, "quiet", option_quiet, "show only errors while starting");

static int option_loglevel(const char *value)
{
	int level, err = kstrtoint(value, 10, &level);

	if (!err)
		log_set_console_level(level);
	return err;
}
CMDLINE_CALL_OPTION(loglevel, "loglevel", option_loglevel, "show messages below this level, 0 to 8, on the console");

static unsigned long log_lock(void)
{
	unsigned long flags = arch_irq_save();

	while (!READ_ONCE(klogger.panicking) && !spin_acquire_raw(&klogger.lock))
		arch_cpu_relax();
	return flags;
}

static void log_unlock(unsigned long flags)
{
	spin_release_raw(&klogger.lock);
	arch_irq_restore(flags);
}

/* -- The ring -------------------------------------------------------------------------------------------------- */

static inline struct log_header *log_at(uint32_t offset)
{
	return (struct log_header *)(void *)&klogger.ring[offset];
}

static inline uint32_t log_record_size(size_t len)
{
	return (uint32_t)ALIGN_UP(sizeof(struct log_header) + len, sizeof(struct log_header));
}

/* Offset of the record after the one at `offset`; a filler or the end leads to the front. */
static uint32_t log_next(uint32_t offset)
{
	const struct log_header *h = log_at(offset);

	offset += log_record_size(h->len);
	if (offset == LOG_SIZE || log_at(offset)->len == LOG_FILLER)
		return 0;
	return offset;
}

static void log_drop_oldest(void)
{
	klogger.tail = log_next(klogger.tail);
	WRITE_ONCE(klogger.first_seq, klogger.first_seq + 1);
}

/* Room for a record at head: drops what is in the way. */
static uint32_t log_make_room(uint32_t size)
{
	if (klogger.head + size > LOG_SIZE) {
		while (klogger.first_seq < klogger.next_seq && klogger.tail >= klogger.head)
			log_drop_oldest();
		if (klogger.head < LOG_SIZE)
			log_at(klogger.head)->len = LOG_FILLER;
		klogger.head = 0;
	}
	while (klogger.first_seq < klogger.next_seq && klogger.tail >= klogger.head &&
	       klogger.tail < klogger.head + size)
		log_drop_oldest();
	return klogger.head;
}

static void log_store(unsigned facility, enum klog_level level, const char *text, size_t len)
{
	unsigned long flags = log_lock();
	uint32_t size = log_record_size(len), at = log_make_room(size);
	struct log_header *h = log_at(at);

	if (klogger.first_seq == klogger.next_seq)
		klogger.tail = at;
	h->seq = klogger.next_seq;
	h->time_ns = arch_clock_ns();
	h->len = (uint16_t)len;
	h->level = (uint8_t)level;
	h->facility = (uint8_t)facility;
	memcpy(h + 1, text, len);
	klogger.head = at + size;
	WRITE_ONCE(klogger.next_seq, klogger.next_seq + 1);
	log_unlock(flags);
}

int log_read(uint64_t seq, struct log_record *out)
{
	unsigned long flags = log_lock();
	const struct log_header *h;
	uint32_t at = klogger.tail;

	if (seq < klogger.first_seq)
		seq = klogger.first_seq;
	if (seq >= klogger.next_seq) {
		log_unlock(flags);
		return -EAGAIN;
	}
	for (h = log_at(at); h->seq != seq; h = log_at(at))
		at = log_next(at);
	out->seq = h->seq;
	out->time_ns = h->time_ns;
	out->level = h->level;
	out->facility = h->facility;
	out->len = h->len;
	memcpy(out->text, h + 1, h->len);
	log_unlock(flags);
	return 0;
}

void log_range(uint64_t *first, uint64_t *next)
{
	unsigned long flags = log_lock();

	*first = klogger.first_seq;
	*next = klogger.next_seq;
	log_unlock(flags);
}

/* -- Consoles -------------------------------------------------------------------------------------------------- */

static void console_write(const char *s, size_t n)
{
	struct log_console *con;

	list_for_each_entry(con, &klogger.consoles, link)
		con->write(con, s, n);
}

static void console_show(const struct log_record *r)
{
	char stamp[32];
	uint64_t us = r->time_ns / 1000;
	int n;

	n = kscnprintf(stamp, sizeof(stamp), "[%5llu.%06llu] ", (unsigned long long)(us / 1000000),
		       (unsigned long long)(us % 1000000));
	console_write(stamp, (size_t)n);
	console_write(r->text, r->len);
	console_write("\n", 1);
}

/* Show what has not been shown; one at a time. The buffer is the flusher's. */
static void log_flush(void)
{
	static struct log_record record;

	while (READ_ONCE(klogger.shown_seq) != READ_ONCE(klogger.next_seq)) {
		if (list_empty(&klogger.consoles))
			return;
		if (xchg(&klogger.flushing, 1u) && !klogger.panicking)
			return;
		while (log_read(klogger.shown_seq, &record) == 0) {
			WRITE_ONCE(klogger.shown_seq, record.seq + 1);
			if (record.level < READ_ONCE(klogger.console_level) && record.facility == 0)
				console_show(&record);
		}
		/* Full barrier, then look again: a record stored before this found us flushing. */
		xchg(&klogger.flushing, 0u);
	}
}

static void console_add(struct log_console *con)
{
	struct log_console *old, *next;

	if (!con->early) {
		list_for_each_entry_safe(old, next, &klogger.consoles, link) {
			if (old->early)
				list_del_init(&old->link);
		}
	}
	list_add_tail(&con->link, &klogger.consoles);
}

static void console_lock(void)
{
	while (xchg(&klogger.flushing, 1u))
		arch_cpu_relax();
}

void log_console_register(struct log_console *con)
{
	console_lock();
	console_add(con);
	xchg(&klogger.flushing, 0u);
	log_flush();
}

void log_console_unregister(struct log_console *con)
{
	console_lock();
	list_del_init(&con->link);
	xchg(&klogger.flushing, 0u);
}

static void early_write(struct log_console *con, const char *s, size_t n)
{
	(void)con;
	arch_early_write(s, n);
}

static struct log_console early_console = { .name = "early", .write = early_write, .early = true };

void log_early_console(void)
{
	log_console_register(&early_console);
}

int log_console_level(void)
{
	return READ_ONCE(klogger.console_level);
}

void log_set_console_level(int level)
{
	WRITE_ONCE(klogger.console_level, level < 1 ? 1 : level > 8 ? 8 : level);
}

void log_enter_panic(void)
{
	WRITE_ONCE(klogger.panicking, true);
	if (list_empty(&klogger.consoles))
		console_add(&early_console);
	if (klogger.console_level <= KLOG_EMERG)
		klogger.console_level = KLOG_ALERT;
	log_flush();
}

/* -- Writing --------------------------------------------------------------------------------------------------- */

void log_wake_pending(void)
{
	if (READ_ONCE(klogger.wake_pending) && xchg(&klogger.wake_pending, 0u))
		wake_up_all(&klogger.readers);
}

static void log_wake(void)
{
	if (READ_ONCE(klogger.panicking) || list_empty(&klogger.readers.entries))
		return;
	WRITE_ONCE(klogger.wake_pending, 1u);
	if (arch_irqs_enabled() && !in_irq())
		log_wake_pending();
}

void klog_user(unsigned facility, enum klog_level level, const char *text, size_t len)
{
	while (len && text[len - 1] == '\n')
		len--;
	log_store(facility, level, text, len < LOG_LINE_MAX ? len : LOG_LINE_MAX);
	log_flush();
	log_wake();
}

void kvlog(enum klog_level level, const char *fmt, va_list ap)
{
	char line[320];
	int n = kvscnprintf(line, sizeof(line), fmt, ap);

	klog_user(0, level, line, (size_t)n);
}

void klog(enum klog_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	kvlog(level, fmt, ap);
	va_end(ap);
}

struct waitq *log_waitq(void)
{
	return &klogger.readers;
}

void log_clear(void)
{
	unsigned long flags = log_lock();

	klogger.clear_seq = klogger.next_seq;
	log_unlock(flags);
}

uint64_t log_clear_seq(void)
{
	return READ_ONCE(klogger.clear_seq);
}

size_t log_buffer_size(void)
{
	return LOG_SIZE;
}
