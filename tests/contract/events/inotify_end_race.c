/* SPDX-License-Identifier: MIT */
/*
 * A watch ends once, though two want to end it: the file's last unlink, or the event a one-shot watch waits for,
 * beside a closing of the descriptor or inotify_rm_watch().
 */
#include "lib/contract.h"

#include <pthread.h>
#include <sys/inotify.h>

enum { COUNT = 48 };

static int fd[COUNT], wd[COUNT];
static volatile int round_nr, finished;
static volatile bool over;

static void end_file(void)
{
	REQUIRE(unlink("f") == 0);
}

static void tell_all(void)
{
	REQUIRE(chmod("f", 0640) == 0);
}

static void (*volatile other_end)(void);

/* Ends all watches each time a new round begins. */
static void *ender(void *arg)
{
	for (int seen = 0; !over;) {
		if (round_nr == seen)
			continue;
		seen = round_nr;
		other_end();
		finished = seen;
	}
	return arg;
}

static void watch_all(uint32_t mask)
{
	write_file("f", "", 0);
	for (int i = 0; i < COUNT; i++) {
		fd[i] = REQUIRE_OK(inotify_init1(IN_NONBLOCK));
		wd[i] = REQUIRE_OK(inotify_add_watch(fd[i], "f", mask));
	}
}

static void close_from_last(void)
{
	for (int i = COUNT; i-- > 0;)
		close(fd[i]);
}

static bool ignored(int from)
{
	char buf[1024] __attribute__((aligned(8)));
	ssize_t n = read(from, buf, sizeof(buf));
	const struct inotify_event *e;

	for (ssize_t at = 0; at < n; at += (ssize_t)(sizeof(*e) + e->len)) {
		e = (const struct inotify_event *)(buf + at);
		if (e->mask == IN_IGNORED)
			return true;
	}
	return false;
}

static void remove_from_last(void)
{
	int told = 0, wrong = 0;

	for (int i = COUNT; i-- > 0;)
		wrong += inotify_rm_watch(fd[i], wd[i]) && errno != EINVAL;
	while (finished != round_nr)
		;
	for (int i = 0; i < COUNT; i++)
		told += ignored(fd[i]);
	if (wrong || told != COUNT)
		CHECK(false, "%d removals failed, %d of %d watches said their end", wrong, told, COUNT);
	close_from_last();
}

static void race(uint32_t mask, void (*theirs)(void), void (*mine)(void), const char *what)
{
	int64_t end = now_ns() + 500 * 1000000LL;

	other_end = theirs;
	do {
		watch_all(mask);
		round_nr++;
		mine();
		while (finished != round_nr)
			;
	} while (now_ns() < end);
	CHECK(access("f", F_OK) || unlink("f") == 0, "%s", what);
}

void contract_main(void)
{
	pthread_t thread;

	tmp_dir();
	REQUIRE(pthread_create(&thread, NULL, ender, NULL) == 0);
	race(IN_ATTRIB | IN_DELETE_SELF, end_file, close_from_last, "the last unlink beside closing");
	race(IN_ATTRIB | IN_DELETE_SELF, end_file, remove_from_last, "the last unlink beside inotify_rm_watch");
	race(IN_ATTRIB | IN_ONESHOT, tell_all, close_from_last, "one-shot watches beside closing");
	race(IN_ATTRIB | IN_ONESHOT, tell_all, remove_from_last, "one-shot watches beside inotify_rm_watch");
	over = true;
	pthread_join(thread, NULL);
}
