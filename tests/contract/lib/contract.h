/* SPDX-License-Identifier: MIT */
/*
 * The harness of the contract tests: TAP output, helper processes, a watchdog.
 *
 * Model. A test program defines contract_main(). main() (in contract.c) forks: the child is the
 * test, in a process group of its own with default signal dispositions and an empty mask; the
 * parent is its supervisor. The supervisor ends the test when its time is over (20 s, times
 * CONTRACT_SLOW), reports a death by a signal, removes the test's scratch folder, and exits 0 only
 * when every check passed and the plan was printed. So a hang or a crash is a failure, and timers,
 * signals and children belong to the test alone.
 *
 * One outcome. Each check states the one thing Linux does. A check runs in any process that the
 * test forks as well: the counters lie in shared memory. A forked child ends with _exit().
 *
 * Roles. A program that has to execute itself runs contract_self() with "@name" as argv[1]; main()
 * then calls contract_role() instead of the test.
 *
 * Environment: TMPDIR (scratch folder, default /tmp), CONTRACT_SLOW (factor on every upper time
 * bound), CONTRACT_INLINE=1 (no supervisor: for gdb, and for a kernel without fork), CONTRACT_KEEP=1 (the scratch
 * folder stays, for whoever compares the disk with what was written).
 */
#pragma once

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PAGE 4096UL
#define __printf(f, a) __attribute__((format(printf, f, a)))

/* What a test program defines. contract_role() is needed only by those that execute themselves. */
void contract_main(void);
int contract_role(const char *role, int argc, char **argv) __attribute__((weak));

/* The factor on upper time bounds (1 or more), and this program's absolute path. */
int contract_slow(void);
const char *contract_self(void);

/* One TAP line: "ok N - text", or "not ok N - text" followed by the place. Returns `good`. */
bool contract_check(bool good, const char *file, int line, const char *fmt, ...) __printf(4, 5);

/* A TAP comment line. */
void note(const char *fmt, ...) __printf(1, 2);

/* Ends the test: all of it counts as skipped, for this reason. */
void skip_all(const char *fmt, ...) __attribute__((noreturn)) __printf(1, 2);

/* One check that cannot be made here, with the reason. */
void skip(const char *fmt, ...) __printf(1, 2);

/* Ends the calling process (a child, or the whole test) as failed. */
void contract_bail(const char *file, int line, const char *what) __attribute__((noreturn));

#define CHECK(cond, ...) contract_check((cond), __FILE__, __LINE__, __VA_ARGS__)

/* An integer result must be exactly `want`. */
#define CHECK_INT(expr, want, ...) ({							\
	long long got_ = (long long)(expr), want_ = (long long)(want);			\
	int saved_errno_ = errno;							\
	if (!contract_check(got_ == want_, __FILE__, __LINE__, __VA_ARGS__))		\
		note("got %lld (%#llx), want %lld (%#llx), errno %d (%s)", got_, got_,	\
		     want_, want_, saved_errno_, strerror(saved_errno_));		\
	got_; })

/* A call must fail with -1 and this errno. */
#define CHECK_ERR(expr, want_errno, ...) ({						\
	errno = 0;									\
	long long got_ = (long long)(expr);						\
	int saved_errno_ = errno;							\
	if (!contract_check(got_ == -1 && saved_errno_ == (want_errno), __FILE__,	\
			    __LINE__, __VA_ARGS__))					\
		note("got %lld, errno %d (%s), want errno %d (%s)", got_, saved_errno_,	\
		     strerror(saved_errno_), (want_errno), strerror(want_errno));	\
	got_; })

/* A call must return something other than -1; yields its result. */
#define CHECK_OK(expr, ...) ({								\
	errno = 0;									\
	__typeof__(expr) ok_got_ = (expr);						\
	int saved_errno_ = errno;							\
	if (!contract_check((long long)ok_got_ != -1, __FILE__, __LINE__, __VA_ARGS__))	\
		note("errno %d (%s)", saved_errno_, strerror(saved_errno_));		\
	ok_got_; })

/* Two strings must be equal. */
#define CHECK_STR(got, want, ...) ({							\
	const char *got_ = (got), *want_ = (want);					\
	if (!contract_check(strcmp(got_, want_) == 0, __FILE__, __LINE__, __VA_ARGS__))	\
		note("got '%s', want '%s'", got_, want_); })

/* A step the test cannot go on without. No TAP line when it holds. */
#define REQUIRE(cond) do { if (!(cond)) contract_bail(__FILE__, __LINE__, #cond); } while (0)

/* As REQUIRE for a call that returns -1 on failure; yields its result. */
#define REQUIRE_OK(expr) ({								\
	__typeof__(expr) ok_got_ = (expr);						\
	if ((long long)ok_got_ == -1)							\
		contract_bail(__FILE__, __LINE__, #expr);				\
	ok_got_; })

/* ---- time ---- */
int64_t now_ns(void);			/* CLOCK_MONOTONIC */
void sleep_ms(int ms);			/* the whole time, whatever signals arrive */

/* Polls until `cond` holds, at most ms (times the slow factor). Yields whether it came to hold. */
#define EVENTUALLY(cond, ms) ({								\
	int64_t end_ = now_ns() + (int64_t)(ms) * 1000000 * contract_slow();		\
	bool held_;									\
	while (!(held_ = (cond)) && now_ns() < end_)					\
		sleep_ms(1);								\
	held_; })

/* ---- processes ---- */

/* fork() that must succeed; the child is killed when its parent ends. */
pid_t fork_child(void);

/* waitpid() of this child, not ended by signals; returns the wait status, bails when it fails. */
int wait_status(pid_t pid);

/* Runs fn(arg) in a child; the child exits with its result. Returns the wait status. */
int run_child(int (*fn)(void *), void *arg);

/* A child that runs fn must exit with `code`, or be ended by `sig`. */
#define CHECK_EXIT(fn, arg, code, ...) ({						\
	int status_ = run_child(fn, arg);						\
	if (!contract_check(WIFEXITED(status_) && WEXITSTATUS(status_) == (code),	\
			    __FILE__, __LINE__, __VA_ARGS__))				\
		note("wait status %#x, want exit %d", status_, (code)); })
#define CHECK_SIGNALLED(fn, arg, sig, ...) ({						\
	int status_ = run_child(fn, arg);						\
	if (!contract_check(WIFSIGNALED(status_) && WTERMSIG(status_) == (sig),		\
			    __FILE__, __LINE__, __VA_ARGS__))				\
		note("wait status %#x, want signal %d", status_, (sig)); })

/* Executes this program with the role and returns its wait status. Up to 4 extra arguments. */
int run_role(const char *role, const char *a1, const char *a2, const char *a3);

/*
 * The state letter of a process (R, S, D, T, t, Z) from /proc/PID/stat, 0 when it has none.
 * Of a thread: give its process in `pid` and its id in `tid`.
 */
char process_state(pid_t pid);
char thread_state(pid_t pid, pid_t tid);

/* Waits until a process sleeps (state S) in a call; bails when it does not within 5 s. */
void wait_asleep(pid_t pid);

/* sigaction() with this handler and flags, empty mask. */
void on_signal(int sig, void (*handler)(int), int flags);
void on_siginfo(int sig, void (*handler)(int, siginfo_t *, void *), int flags);

/* ---- files ---- */

/*
 * The scratch folder of this test: made and entered on the first call, removed by the
 * supervisor.
 */
const char *tmp_dir(void);

/* Makes a file with this text (mode 0644 or as given) in the current folder or at a path. */
void write_file(const char *path, const void *data, size_t size);

/* Reads a whole small file as a string into buf; returns its length, -1 when it cannot be read. */
ssize_t read_file(const char *path, char *buf, size_t size);

/* The number behind the first place where a file says this, "wchar:" for one: a line of /proc. */
long long read_field(const char *path, const char *name);

/* What this program answers, exec'd by a child in the role: `size` bytes to descriptor 1. persona: 0 as it is. */
void ask_exec(const char *role, unsigned long persona, void *answer, size_t size);

/* An address in the first page, where nothing is mapped; the compiler cannot see that. */
void *bad_pointer(void);

/* ---- needs ---- */
void need_root(void);			/* skip_all unless the effective user is 0 */
void need_cpus(int count);		/* skip_all unless the affinity mask has that many */
