/* SPDX-License-Identifier: MIT */
/* Threads, futexes, and faults that end in a handler. */
#include "../lib/bench.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define PAGE	4096UL

/* futex(2): musl has no header for them. */
enum { FUTEX_WAIT_PRIVATE = 128, FUTEX_WAKE_PRIVATE = 129 };

static void *nothing(void *arg)
{
	return arg;
}

/* A thread made and joined. */
BENCH(thread_create, 2000, 200)
{
	bench_start(b);
	for (long i = 0; i < b->iterations; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL))
			bench_failed("pthread_create", __FILE__, __LINE__);
	}
	bench_stop(b);
}

static struct {
	int turn;			/* whose: 0 or 1; the word that is slept on */
	long rounds;
} game;

static void take_turns(int me)
{
	for (long i = 0; i < game.rounds; i++) {
		while (__atomic_load_n(&game.turn, __ATOMIC_ACQUIRE) != me)
			syscall(SYS_futex, &game.turn, FUTEX_WAIT_PRIVATE, !me, NULL, NULL, 0);
		__atomic_store_n(&game.turn, !me, __ATOMIC_RELEASE);
		syscall(SYS_futex, &game.turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	}
}

static void *partner(void *arg)
{
	take_turns(1);
	return arg;
}

/* A word handed to another thread and back, each sleeping until it is its turn. */
BENCH(futex_pingpong, 50000, 500)
{
	pthread_t thread;

	game.turn = 0;
	game.rounds = b->iterations;
	if (pthread_create(&thread, NULL, partner, NULL))
		bench_failed("pthread_create", __FILE__, __LINE__);
	bench_start(b);
	take_turns(0);
	pthread_join(thread, NULL);
	bench_stop(b);
}

static void alternate(long *turns, long mine)
{
	while (__atomic_load_n(turns, __ATOMIC_ACQUIRE) != mine)
		sched_yield();
	__atomic_store_n(turns, mine + 1, __ATOMIC_RELEASE);
	sched_yield();
}

/* Two processes on one CPU that yield to each other: an iteration is one turn, and each waits for the other's. */
BENCH(context_switch, 50000, 1000)
{
	long *turns = MUST(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	cpu_set_t one, all;
	int status;
	pid_t pid;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	MUST(sched_getaffinity(0, sizeof(all), &all));
	MUST(sched_setaffinity(0, sizeof(one), &one));
	pid = MUST(fork());
	if (pid == 0) {
		for (long turn = 1; turn <= b->iterations; turn += 2)
			alternate(turns, turn);
		_exit(0);
	}
	bench_start(b);
	for (long turn = 0; turn <= b->iterations; turn += 2)
		alternate(turns, turn);
	bench_stop(b);
	MUST(waitpid(pid, &status, 0));
	MUST(sched_setaffinity(0, sizeof(all), &all));
	if (status)
		bench_failed("child", __FILE__, __LINE__);
	MUST(munmap(turns, PAGE));
}

static char *guarded;

static void unprotect(int sig)
{
	(void)sig;
	if (mprotect(guarded, PAGE, PROT_READ | PROT_WRITE))
		_exit(1);
}

/* A write to a read-only page: the handler makes it writable, the write is done again; then it is read-only again. */
BENCH(protection_fault, 50000, 500)
{
	struct sigaction action = { .sa_handler = unprotect };

	guarded = MUST(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	MUST(sigaction(SIGSEGV, &action, NULL));
	bench_start(b);
	for (long i = 0; i < b->iterations; i++) {
		*(volatile char *)guarded = 1;
		MUST(mprotect(guarded, PAGE, PROT_READ));
	}
	bench_stop(b);
	MUST(munmap(guarded, PAGE));
	action.sa_handler = SIG_DFL;
	MUST(sigaction(SIGSEGV, &action, NULL));
}
