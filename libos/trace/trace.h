/* SPDX-License-Identifier: MIT */
/*
 * Tracing: static tracepoints into per-CPU rings, and the flight recorder.
 *
 * Model. tracepoints.def has one row per tracepoint: name, kind, format of its four arguments. TRACE(name, a,
 * b, c, d) records when its kind is enabled; disabled it is one load and one predictable branch. Kinds are
 * chosen by trace= on the command line (trace=syscall,sched,fault) or at run time. The flight recorder is the
 * set of kinds that are always recorded because they are cheap and tell, after a panic, what each CPU did last.
 *
 * A ring belongs to its CPU; interrupts may write into it too: a slot is claimed by one local increment.
 * Readers take what is not overwritten; each record carries its number.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"
#include "sync/percpu.h"

struct strbuf;

enum trace_kind {
	TRACE_SYSCALL = 1 << 0,		/* also: strace-like lines on the console (syscall/) */
	TRACE_SIGNAL = 1 << 1,
	TRACE_FAULT = 1 << 2,
	TRACE_SCHED = 1 << 3,
	TRACE_IRQ = 1 << 4,
	TRACE_LOCK = 1 << 5,
	TRACE_RCU = 1 << 6,
	TRACE_TIMER = 1 << 7,
	TRACE_MM = 1 << 8,
	TRACE_BLOCK = 1 << 9,
	TRACE_FS = 1 << 10,
	TRACE_NET = 1 << 11,
	TRACE_PROC = 1 << 12,
	TRACE_WAKE = 1 << 13,
};

enum trace_id {
#define TRACEPOINT(name, kind, fmt)	TP_##name,
#include "trace/tracepoints.def"
#undef TRACEPOINT
	TP_COUNT
};

/* Field legend: [a] read anywhere, changed by trace_enable() and trace_choose() */
struct trace_config {
	uint32_t enabled;		/* [a] enum trace_kind: recorded */
	uint32_t chosen;		/* [a] those of trace= and /proc/sys/kernel/trace: also printed */
};
extern struct trace_config trace_config;

#define TRACE_RING_SIZE		256	/* records per CPU, a power of two */

/* Field legend: [c] own CPU */
struct trace_record {
	uint64_t time_ns;		/* [c] */
	uint32_t seq;			/* [c] number + 1; 0: being written or never */
	uint16_t id;			/* [c] enum trace_id */
	uint16_t cpu;			/* [c] */
	uint64_t arg[4];		/* [c] */
};

void trace_record(enum trace_id id, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
/* For who has just read the clock. */
void trace_record_at(uint64_t now_ns, enum trace_id id, uint64_t a, uint64_t b, uint64_t c);
extern const uint32_t trace_kinds[TP_COUNT];

static __always_inline bool trace_enabled(enum trace_kind kind)
{
	return unlikely(READ_ONCE(trace_config.enabled) & (uint32_t)kind);
}

/* Record tracepoint `name` of tracepoints.def with up to four integer or pointer arguments. */
#define TRACE(name, kind, a, b, c, d)							\
do {											\
	if (trace_enabled(kind))							\
		trace_record(TP_##name, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d));	\
} while (0)

void trace_enable(uint32_t kinds, bool on);
/* "syscall,sched" or "all": mask, or 0 with a message when a name is unknown. */
uint32_t trace_parse_kinds(const char *text);
/* Make `kinds` those somebody asked for; the flight recorder's stay. Any context. */
void trace_choose(uint32_t kinds);
/* Names of the kinds, as trace_parse_kinds() reads them; "none". */
void trace_print_kinds(struct strbuf *out, uint32_t kinds);
const char *trace_name(enum trace_id id);

/* Copy record number `seq` of a CPU's ring: 0, -EAGAIN not yet written, -ENOENT overwritten. Any context. */
int __must_check trace_read(unsigned cpu, uint32_t seq, struct trace_record *out);
/* Number the next record of that CPU will have. */
uint32_t trace_next(unsigned cpu);
/* One record as a line of text. */
int trace_format(const struct trace_record *r, char *buf, size_t size);
/* Flight recorder: the last `count` records of each CPU, through emit. Panic context. */
void trace_dump(unsigned count, void (*emit)(const char *line));
