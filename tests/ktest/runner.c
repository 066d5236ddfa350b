/* SPDX-License-Identifier: MIT */
/*
 * Runs the kernel tests chosen by ktest= after start-up, and ends the machine.
 */
#include "tests/ktest/ktest.h"

#include "arch/debug.h"
#include "core/cmdline.h"
#include "core/init.h"
#include "core/power.h"
#include "lib/string.h"
#include "sched/kthread.h"
#include "sync/atomic.h"
#include "sync/completion.h"
#include "time/clock.h"

extern const struct ktest __start_ktests[], __stop_ktests[];

/* Field legend: [I] after the command line, [a] atomic, [t] the runner */
static struct {
	const char *chosen;		/* [I] NULL: no tests wanted */
	struct atomic failures;		/* [a] of the running test */
	unsigned failed;		/* [t] tests */
} run;
CMDLINE_STRING_OPTION(ktest, "ktest", &run.chosen, "kernel tests to run: all, or name prefixes by comma");

void ktest_fail(const char *file, int line, const char *text)
{
	atomic_inc(&run.failures);
	klog(KLOG_ERR, "# %s:%d: %s", file, line, text);
}

struct parallel {
	void (*fn)(void *arg, unsigned index);
	void *arg;
	struct atomic next, left;
	struct completion done;
};

static void parallel_main(void *arg)
{
	struct parallel *p = arg;

	p->fn(p->arg, (unsigned)atomic_inc_return(&p->next) - 1);
	if (atomic_dec_and_test(&p->left))
		complete(&p->done);
}

void ktest_parallel(unsigned nr, void (*fn)(void *arg, unsigned index), void *arg)
{
	struct parallel p = { .fn = fn, .arg = arg };

	completion_init(&p.done);
	atomic_set(&p.left, (int)nr);
	for (unsigned i = 0; i < nr; i++)
		VERIFY(kthread_run(parallel_main, &p, "ktest") == 0);
	wait_for_completion(&p.done);
}

static bool ktest_chosen(const char *name)
{
	const char *s = run.chosen;

	if (strcmp(s, "all") == 0)
		return true;
	while (*s) {
		size_t len = (size_t)(strchrnul(s, ',') - s);

		if (len && strncmp(name, s, len) == 0)
			return true;
		s += len + (s[len] == ',');
	}
	return false;
}

static void ktest_run_one(const struct ktest *t, unsigned nr)
{
	uint64_t start = clock_ns();
	bool ok;

	atomic_set(&run.failures, 0);
	t->fn();
	ok = atomic_read(&run.failures) == 0;
	if (!ok)
		run.failed++;
	klog(KLOG_NOTICE, "%s %u - %s # %llu ms", ok ? "ok" : "not ok", nr, t->name,
	     (unsigned long long)(clock_ns() - start) / 1000000);
}

static void ktest_main(void *arg)
{
	unsigned nr = 0;

	(void)arg;
	for (const struct ktest *t = __start_ktests; t < __stop_ktests; t++) {
		if (ktest_chosen(t->name))
			ktest_run_one(t, ++nr);
	}
	klog(KLOG_NOTICE, "1..%u", nr);
	klog(KLOG_NOTICE, "ktest: %u failed of %u", run.failed, nr);
	if (run.failed || !nr)
		arch_machine_exit(1);
	power_end(POWER_OFF);
}

static int ktest_start(void)
{
	if (!run.chosen)
		return 0;
	if (kthread_run(ktest_main, NULL, "ktest") < 0)
		return -1;
	for (;;) {			/* PID 1 is not started */
		set_current_state(THREAD_UNINTERRUPTIBLE);
		schedule();
	}
}
INIT_HOOK(INIT_LATE, ktest_start);
