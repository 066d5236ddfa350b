/* SPDX-License-Identifier: MIT */
/*
 * The kernel log: a ring of records in memory, written to the consoles and read through /dev/kmsg and syslog(2).
 *
 * Levels are syslog(3)'s. A record goes to the consoles when its level is below the console level: loglevel= on the
 * command line, 4 with quiet, else 7.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/types.h"
#include "sync/waitq.h"

enum klog_level {
	KLOG_EMERG, KLOG_ALERT, KLOG_CRIT, KLOG_ERR, KLOG_WARN, KLOG_NOTICE, KLOG_INFO, KLOG_DEBUG,
};

/* One record; a newline at the end is not needed. Any context. */
void klog(enum klog_level level, const char *fmt, ...) __printf(2, 3);
void kvlog(enum klog_level level, const char *fmt, va_list ap) __printf(2, 0);
/* A record written by user space to /dev/kmsg. `facility` as in syslog(3), 1 = user. */
void klog_user(unsigned facility, enum klog_level level, const char *text, size_t len);

#define klog_once(level, ...)								\
do {											\
	static bool logged_;								\
	if (!logged_) {									\
		logged_ = true;								\
		klog(level, __VA_ARGS__);						\
	}										\
} while (0)

/* A console that wants the log. write() is called in any context, one caller at a time, and must not sleep. */
struct log_console {
	const char *name;
	void (*write)(struct log_console *con, const char *s, size_t n);
	struct list_head link;		/* the log's */
	bool early;			/* goes when the first that is not registers */
};
/* Register: first gets everything that is in the ring and was not yet shown by another console. */
void log_console_register(struct log_console *con);
void log_console_unregister(struct log_console *con);

/* Console level: 1..8, records below it are shown. */
int log_console_level(void);
void log_set_console_level(int level);

#define LOG_LINE_MAX	976		/* longest text of one record */

/* Field legend: [I] */
struct log_record {
	uint64_t seq;			/* counts up from 0, no gaps */
	uint64_t time_ns;		/* clock_ns() */
	uint8_t level;
	uint8_t facility;		/* 0 kernel */
	uint16_t len;
	char text[LOG_LINE_MAX];
};
/*
 * Copy record `seq`, or the oldest kept if that is gone (*out says which). Returns 0, or -EAGAIN when seq is
 * yet to be written. Any context.
 */
int __must_check log_read(uint64_t seq, struct log_record *out);
/* First kept and next to be written. */
void log_range(uint64_t *first, uint64_t *next);
/* Woken when a record is added (from a safe context, shortly after). */
struct waitq *log_waitq(void);
/* SYSLOG_ACTION_CLEAR: the position later READ_ALLs start from. */
void log_clear(void);
uint64_t log_clear_seq(void);
size_t log_buffer_size(void);

/* panic: consoles directly, no locks waited for. */
void log_enter_panic(void);
/* core_start(): show the log on the architecture's early console until a real one registers. */
void log_early_console(void);
/*
 * The scheduler's tick and idle loop: wake readers of records that were written where one must not wake. No
 * lock held.
 */
void log_wake_pending(void);
