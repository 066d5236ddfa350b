/* SPDX-License-Identifier: MIT */
/* Trace rings: the newest records are there, older ones say so, names and formats fit. */
#include "test.h"
#include "host.h"

#include "trace/trace.h"

#include <errno.h>
#include <string.h>

TEST(trace_ring_keeps_the_newest)
{
	struct trace_record r;
	char text[200];
	uint32_t start;

	host_machine_init(NULL);
	trace_enable(TRACE_TIMER, true);
	start = trace_next(0);
	for (unsigned i = 0; i < 3 * TRACE_RING_SIZE; i++)
		TRACE(timer_fire, TRACE_TIMER, i, 2, 3, 4);
	CHECK_EQ(trace_next(0), start + 3 * TRACE_RING_SIZE);
	CHECK_EQ(trace_read(0, start, &r), -ENOENT);
	CHECK_EQ(trace_read(0, trace_next(0), &r), -EAGAIN);
	CHECK_EQ(trace_read(0, trace_next(0) - 1, &r), 0);
	CHECK_EQ(r.arg[0], 3 * TRACE_RING_SIZE - 1);
	trace_format(&r, text, sizeof(text));
	CHECK(strstr(text, "timer_fire") != NULL);
	trace_enable(TRACE_TIMER, false);
	start = trace_next(0);
	TRACE(timer_fire, TRACE_TIMER, 1, 2, 3, 4);
	CHECK_EQ(trace_next(0), start);
	CHECK_EQ(trace_parse_kinds("syscall,fault"), TRACE_SYSCALL | TRACE_FAULT);
	CHECK_EQ(trace_parse_kinds("nonsense"), 0);
}
