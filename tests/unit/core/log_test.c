/* SPDX-License-Identifier: MIT */
/* The log ring: records come back in order, the oldest give way, none is torn. */
#include "test.h"
#include "host.h"

#include "core/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct log_record record;

static void machine(void)
{
	static bool up;

	if (up)
		return;
	up = true;
	host_machine_init(NULL);
}

TEST(log_reads_back)
{
	uint64_t first, next;

	machine();
	log_range(&first, &next);
	klog(KLOG_INFO, "number %d", 42);
	CHECK_EQ(log_read(next, &record), 0);
	CHECK_EQ(record.seq, next);
	CHECK_EQ(record.level, KLOG_INFO);
	CHECK_EQ(record.len, 9);
	CHECK(memcmp(record.text, "number 42", 9) == 0);
	CHECK_EQ(log_read(next + 1, &record), -EAGAIN);
	klog_user(1, KLOG_ERR, "from a program\n\n", 16);
	CHECK_EQ(log_read(next + 1, &record), 0);
	CHECK_EQ(record.facility, 1);
	CHECK_EQ(record.len, 14);
}

/* Thousands of records of every length wrap the ring many times. */
TEST(log_ring_wraps)
{
	char text[LOG_LINE_MAX + 1];
	uint64_t first, next, base;

	machine();
	log_range(&first, &base);
	for (unsigned i = 0; i < 20000; i++) {
		size_t len = 10 + test_random_below(300);

		memset(text, 'a' + i % 26, sizeof(text));
		snprintf(text, 10, "%09u", i);
		text[9] = 'x';
		klog_user(1, KLOG_DEBUG, text, len);
		if (i % 37)
			continue;
		log_range(&first, &next);
		CHECK_EQ(next, base + i + 1);
		for (uint64_t seq = first; seq != next; seq++) {
			CHECK_EQ(log_read(seq, &record), 0);
			CHECK_EQ(record.seq, seq);
			snprintf(text, 10, "%09u", (unsigned)(seq - base));
			if (seq >= base)
				CHECK(memcmp(record.text, text, 9) == 0);
		}
	}
	CHECK(next - first > 100);
}
