/* SPDX-License-Identifier: MIT */
/*
 * Tests of the running kernel: a KTEST body runs in the first kernel thread, at the last init level, in a process of
 * its own (forked, so that each test has a fresh kernel and a crash fails one test). It may sleep and start threads.
 *
 *	KTEST(kthread_runs) { ... CHECK(...); }
 *	KTEST_ON(mutex_race, .nr_cpus = 4, .interleave_seed = 7) { ... }
 *
 * The Makefile links a test that includes this header with all of libos, so that every init hook is there.
 */
#pragma once

#include "host.h"
#include "test.h"

void ktest_run(const struct host_options *options, void (*body)(void));

#define KTEST_ON(test_name, ...) \
	static void ktest_body_##test_name(void); \
	TEST(test_name) \
	{ \
		static const struct host_options options = { __VA_ARGS__ }; \
		ktest_run(&options, ktest_body_##test_name); \
	} \
	static void ktest_body_##test_name(void)

#define KTEST(test_name)	KTEST_ON(test_name, .nr_cpus = 1)
