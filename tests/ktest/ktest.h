/* SPDX-License-Identifier: MIT */
/*
 * Tests that run inside the debug kernel, on real CPUs, interrupts and timers: `ktest=all` or
 * `ktest=rcu,mutex` (prefixes) on the command line. Each runs in a kernel thread of its own; the log shows
 * TAP lines; the machine powers off at the end, or panics if one failed.
 */
#pragma once

#include "core/assert.h"
#include "core/log.h"
#include "lib/compiler.h"
#include "lib/types.h"

/* Field legend: [I] */
struct ktest {
	const char *name;		/* [I] */
	void (*fn)(void);		/* [I] */
};

#define KERNEL_TEST(test_name)								\
	static void ktest_##test_name(void);						\
	static const struct ktest ktest_entry_##test_name				\
		__keep __section("ktests") __aligned(8) = { #test_name, ktest_##test_name };	\
	static void ktest_##test_name(void)

/* Fails the running test, and says where; the test goes on. */
void ktest_fail(const char *file, int line, const char *text);
#define KT_CHECK(x)									\
do {											\
	if (!(x))									\
		ktest_fail(__FILE__, __LINE__, #x);					\
} while (0)

/*
 * Run fn(arg, index) in `nr` kernel threads at once and wait for all. nr <= KT_THREADS_MAX.
 */
#define KT_THREADS_MAX	16
void ktest_parallel(unsigned nr, void (*fn)(void *arg, unsigned index), void *arg);
