/* SPDX-License-Identifier: MIT */
/*
 * A failed execve leaves the caller whole: handlers, memory, descriptors, mask, name, other
 * threads.
 */
#include "lib/contract.h"

#include <pthread.h>
#include <sys/prctl.h>

#include "lib/elf_image.h"

static volatile sig_atomic_t got;
static volatile int run = 1, ticks;

static void handler(int sig) { (void)sig; got++; }

static void *ticker(void *arg)
{
	while (run) {
		ticks++;
		sleep_ms(1);
	}
	return arg;
}

void contract_main(void)
{
	char *argv[] = { "x", NULL }, name[17] = "";
	int cloexec = REQUIRE_OK(open("/dev/null", O_RDWR | O_CLOEXEC)), before;
	struct elf_image image;
	pthread_t thread;
	sigset_t set;

	tmp_dir();
	elf_begin(&image, ET_EXEC, 0x400000);
	elf_interp(&image, "/nonexistent");
	elf_write(&image, "elf");
	on_signal(SIGUSR1, handler, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	prctl(PR_SET_NAME, "before");
	REQUIRE(pthread_create(&thread, NULL, ticker, NULL) == 0);
	for (int i = 0; i < 20; i++)
		REQUIRE(execv("./elf", argv) == -1 && errno == ENOENT);
	CHECK(true, "a missing interpreter is ENOENT, 20 times");
	raise(SIGUSR1);
	CHECK_INT(got, 1, "the handler is still there");
	sigprocmask(SIG_SETMASK, NULL, &set);
	CHECK(sigismember(&set, SIGUSR2), "the mask too");
	CHECK_INT(fcntl(cloexec, F_GETFD), FD_CLOEXEC, "a close-on-exec descriptor is open");
	prctl(PR_GET_NAME, name);
	CHECK_STR(name, "before", "the name is the old one");
	before = ticks;
	CHECK(EVENTUALLY(ticks > before, 3000), "the other thread runs on");
	run = 0;
	CHECK_INT(pthread_join(thread, NULL), 0, "and can be joined");
}
