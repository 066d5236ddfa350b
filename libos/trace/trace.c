/* SPDX-License-Identifier: MIT */
/*
 * Tracepoints and the flight recorder: per-CPU rings.
 *
 * Writing. A slot is claimed by counting `next` up; an interrupt that comes between writes into the slot after, so
 * no lock and no disabled interrupts are needed on the own CPU. `seq` is cleared first and set last: a reader
 * on another CPU that finds the expected number before and after its copy has a whole record.
 */
#include "trace/trace.h"

#include "arch/clock.h"
#include "arch/cpu.h"
#include "arch/smp.h"
#include "core/cmdline.h"
#include "core/log.h"
#include "lib/err.h"
#include "lib/format.h"
#include "lib/strbuf.h"
#include "lib/string.h"

/* Cheap enough to be always on. In the debug build everything that tells what a CPU did last. */
#define FLIGHT_RELEASE	(TRACE_SCHED | TRACE_SIGNAL | TRACE_PROC)
#define FLIGHT_DEBUG	(FLIGHT_RELEASE | TRACE_SYSCALL | TRACE_FAULT | TRACE_WAKE)

struct trace_config trace_config = { .enabled = CONFIG_DEBUG ? FLIGHT_DEBUG : FLIGHT_RELEASE };

/* Field legend: [c] own CPU */
struct trace_ring {
	uint32_t next;			/* [c] number of the next record */
	struct trace_record record[TRACE_RING_SIZE];	/* [c] */
};
static DEFINE_PER_CPU(struct trace_ring, trace_ring);

const uint32_t trace_kinds[TP_COUNT] = {
#define TRACEPOINT(name, kind, fmt)	[TP_##name] = kind,
#include "trace/tracepoints.def"
#undef TRACEPOINT
};

static const char *const trace_names[TP_COUNT] = {
#define TRACEPOINT(name, kind, fmt)	[TP_##name] = #name,
#include "trace/tracepoints.def"
#undef TRACEPOINT
};

static const struct { const char *name; uint32_t kind; } kind_names[] = {
	{ "syscall", TRACE_SYSCALL }, { "signal", TRACE_SIGNAL }, { "fault", TRACE_FAULT },
	{ "sched", TRACE_SCHED }, { "irq", TRACE_IRQ }, { "lock", TRACE_LOCK }, { "rcu", TRACE_RCU },
	{ "timer", TRACE_TIMER }, { "mm", TRACE_MM }, { "block", TRACE_BLOCK }, { "fs", TRACE_FS },
	{ "net", TRACE_NET }, { "proc", TRACE_PROC },
	{ "wake", TRACE_WAKE }, { "all", UINT32_MAX },
};

static inline void trace_store(uint64_t now_ns, enum trace_id id, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct trace_ring *ring = this_cpu_ptr(&trace_ring);
	uint32_t number = __atomic_fetch_add(&ring->next, 1, __ATOMIC_RELAXED);
	struct trace_record *r = &ring->record[number % TRACE_RING_SIZE];

	WRITE_ONCE(r->seq, 0);
	smp_wmb();	/* cleared before it changes; pairs with trace_read() */
	r->time_ns = now_ns;
	r->id = (uint16_t)id;
	r->cpu = (uint16_t)arch_cpu_id();
	r->arg[0] = a;
	r->arg[1] = b;
	r->arg[2] = c;
	r->arg[3] = d;
	smp_store_release(&r->seq, number + 1);
}

void trace_record(enum trace_id id, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	trace_store(arch_clock_ns(), id, a, b, c, d);
}

void trace_record_at(uint64_t now_ns, enum trace_id id, uint64_t a, uint64_t b, uint64_t c)
{
	trace_store(now_ns, id, a, b, c, 0);
}

void trace_enable(uint32_t kinds, bool on)
{
	if (on)
		atomic_word_or(&trace_config.enabled, kinds);
	else
		atomic_word_clear(&trace_config.enabled, kinds);
}

uint32_t trace_parse_kinds(const char *text)
{
	uint32_t kinds = 0;

	while (*text) {
		size_t len = (size_t)(strchrnul(text, ',') - text);
		unsigned i;

		for (i = 0; i < ARRAY_SIZE(kind_names); i++) {
			if (strlen(kind_names[i].name) == len && memcmp(kind_names[i].name, text, len) == 0)
				break;
		}
		if (i == ARRAY_SIZE(kind_names)) {
			klog(KLOG_WARN, "trace=: unknown kind in \"%s\"", text);
			return 0;
		}
		kinds |= kind_names[i].kind;
		text += len;
		if (*text == ',')
			text++;
	}
	return kinds;
}

void trace_choose(uint32_t kinds)
{
	WRITE_ONCE(trace_config.chosen, kinds);
	WRITE_ONCE(trace_config.enabled, (CONFIG_DEBUG ? FLIGHT_DEBUG : FLIGHT_RELEASE) | kinds);
}

void trace_print_kinds(struct strbuf *out, uint32_t kinds)
{
	size_t start = out->len;

	for (unsigned i = 0; i < ARRAY_SIZE(kind_names) - 1; i++) {
		if (kinds & kind_names[i].kind)
			strbuf_printf(out, "%s%s", out->len > start ? "," : "", kind_names[i].name);
	}
	if (out->len == start)
		strbuf_puts(out, "none");
}

static int option_trace(const char *value)
{
	uint32_t kinds = trace_parse_kinds(value);

	if (!kinds)
		return -EINVAL;
	trace_config.enabled |= kinds;
	trace_config.chosen |= kinds;
	return 0;
}
CMDLINE_CALL_OPTION(trace, "trace", option_trace,
		    "kinds of events to record, by comma: syscall (also printed), sched, fault, ...");

const char *trace_name(enum trace_id id)
{
	return (unsigned)id < TP_COUNT ? trace_names[id] : "?";
}

uint32_t trace_next(unsigned cpu)
{
	return READ_ONCE(per_cpu_ptr(&trace_ring, cpu)->next);
}

int trace_read(unsigned cpu, uint32_t seq, struct trace_record *out)
{
	const struct trace_ring *ring = per_cpu_ptr(&trace_ring, cpu);
	const struct trace_record *r = &ring->record[seq % TRACE_RING_SIZE];

	if ((int32_t)(READ_ONCE(ring->next) - seq) <= 0)
		return -EAGAIN;
	if (smp_load_acquire(&r->seq) != seq + 1)	/* pairs with trace_record() */
		return -ENOENT;
	*out = *r;
	smp_rmb();	/* the copy, then the check; pairs with trace_record() */
	return READ_ONCE(r->seq) == seq + 1 ? 0 : -ENOENT;
}

/* One case per tracepoint, so that the compiler checks each format against four longs. */
static int trace_format_args(const struct trace_record *r, char *buf, size_t size)
{
	unsigned long a = r->arg[0], b = r->arg[1], c = r->arg[2], d = r->arg[3];

	switch ((enum trace_id)r->id) {
#define TRACEPOINT(name, kind, fmt)	case TP_##name: return kscnprintf(buf, size, fmt, a, b, c, d);
#include "trace/tracepoints.def"
#undef TRACEPOINT
	case TP_COUNT:
		break;
	}
	return 0;
}

int trace_format(const struct trace_record *r, char *buf, size_t size)
{
	int n = kscnprintf(buf, size, "%5llu.%06llu cpu%u %s ", (unsigned long long)(r->time_ns / 1000000000),
			   (unsigned long long)(r->time_ns / 1000 % 1000000), r->cpu, trace_name(r->id));

	return n + trace_format_args(r, buf + n, size - (size_t)n);
}

void trace_dump(unsigned count, void (*emit)(const char *line))
{
	unsigned nr = arch_smp_nr_cpus();
	struct trace_record r;
	char text[200];

	for (unsigned cpu = 0; cpu < nr; cpu++) {
		uint32_t next = trace_next(cpu), seq = next > count ? next - count : 0;

		for (; seq != next; seq++) {
			if (trace_read(cpu, seq, &r) < 0)
				continue;
			trace_format(&r, text, sizeof(text));
			emit(text);
		}
	}
}
