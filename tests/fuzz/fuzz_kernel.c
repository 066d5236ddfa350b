/* SPDX-License-Identifier: MIT */
/* Boot the hosted kernel, and hand it inputs: fuzz_kernel.h. */
#include "fuzz_kernel.h"

#include "abi/unistd.h"
#include "arch/cpu.h"
#include "arch/regs.h"
#include "core/init.h"
#include "host.h"
#include "mm/page_alloc.h"
#include "proc/init.h"
#include "sync/rcu.h"
#include "test.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define RAM		(128UL << 20)
#define SETTLE		200		/* inputs until caches are full */
#define MAY_LOSE	4096		/* pages from then on, and one for each */

static struct {
	struct host_fiber *outside, *inside;
	void (*setup)(void);
	void (*one)(const uint8_t *data, size_t size);
	const uint8_t *data;
	size_t size;
	unsigned long inputs, free;	/* taken; pages then */
} run;

static void check_memory(void)
{
	unsigned long free, inputs = ++run.inputs;

	if (inputs < SETTLE || inputs % SETTLE)
		return;
	rcu_barrier();
	free = pages_free();
	if (inputs == SETTLE)
		run.free = free;
	if (free + MAY_LOSE < run.free) {
		fprintf(stderr, "%lu pages were free after %d inputs, %lu are after %lu\n", run.free, SETTLE, free,
			inputs);
		abort();
	}
}

/* PID 1. */
static int inside(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	if (run.setup)
		run.setup();
	for (;;) {
		run.one(run.data, run.size);
		check_memory();
		run.inside = host_cpu->fiber;
		host_fiber_switch(run.inside, run.outside);
	}
	return 0;
}

static int take_over(void)
{
	if (run.one)
		init_set_program(inside);
	return 0;
}
INIT_HOOK(INIT_LATE, take_over);

/* A program's first and only system call. */
static void end_program(struct arch_regs *regs)
{
	regs->nr = __NR_exit_group;
	regs->arg[0] = 0;
}

static void boot(void *arg)
{
	(void)arg;
	host_cpu->fiber = run.inside;
	host_boot();
}

int fuzz_kernel(const uint8_t *data, size_t size, void (*setup)(void), void (*one)(const uint8_t *data, size_t size))
{
	static const struct host_options options = { .ram_size = RAM, .nr_cpus = 1, .cmdline = "loglevel=1" };

	run.data = data;
	run.size = size;
	if (!run.outside) {
		run.setup = setup;
		run.one = one;
		host_machine_init(&options);
		host_set_user_program(end_program);
		run.outside = host_fiber_adopt();
		run.inside = host_fiber_new(boot, NULL);
	}
	host_fiber_switch(run.outside, run.inside);
	return 0;
}

/* Simulated RAM is not searched for pointers: what is only reachable from there would count as lost. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

/* --- What the hosted machine asks of a test program -------------------------------------------------- */

void test_fail(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%d: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

void test_skip(const char *fmt, ...)
{
	test_fail(__FILE__, __LINE__, "%s", fmt);
}

void test_exit_on_failure(void)
{
}

/* The same delays for the same input. */
uint64_t test_random_below(uint64_t n)
{
	return n / 2;
}
