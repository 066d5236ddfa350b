/* SPDX-License-Identifier: MIT */
/*
 * A tree of fsmount(2) that several threads give a place at once, while another closes its descriptor: it hangs in one
 * place, or in none.
 */
#include "lib/mounts.h"

#include <pthread.h>

enum { ROUNDS = 200, CMD_CREATE = 6, MOVE_SYMLINKS = 1, MOVE_EMPTY_PATH = 4 };

static struct {
	pthread_barrier_t end;
	unsigned round;			/* spun on: all begin at once */
	int fd;
	char name[32];			/* a path to it */
	bool closing, stop;
	int errors[2];
} game;

static void begin(void)
{
	__atomic_fetch_add(&game.round, 1, __ATOMIC_RELEASE);
}

/* By the descriptor itself, or, when that may be closed, by a path that is walked with references. */
static int move_to(const char *place)
{
	return game.closing ? (int)syscall(SYS_move_mount, AT_FDCWD, game.name, AT_FDCWD, place, MOVE_SYMLINKS) :
			      (int)syscall(SYS_move_mount, game.fd, "", AT_FDCWD, place, MOVE_EMPTY_PATH);
}

static void *mover(void *arg)
{
	long me = (long)arg;

	for (unsigned next = 1;; next++) {
		for (unsigned i = 1; __atomic_load_n(&game.round, __ATOMIC_ACQUIRE) != next; i++) {
			if (i % 4096 == 0)
				sched_yield();
		}
		if (game.stop)
			return NULL;
		game.errors[me] = move_to(me ? "b" : "a") ? errno : 0;
		pthread_barrier_wait(&game.end);
	}
}

static int loose_tmpfs(void)
{
	int fs = REQUIRE_OK((int)syscall(SYS_fsopen, "tmpfs", 0)), fd;

	REQUIRE_OK(syscall(SYS_fsconfig, fs, CMD_CREATE, NULL, NULL, 0));
	fd = REQUIRE_OK((int)syscall(SYS_fsmount, fs, 0, 0));
	close(fs);
	close(REQUIRE_OK(openat(fd, "mark", O_CREAT | O_RDWR, 0600)));
	return fd;
}

static bool expected(int error)
{
	return !error || (game.closing && (error == ENOENT || error == EINVAL));
}

/* One round; where it was found afterwards: 0, 1 or 2 places. */
static int round_of(bool closing)
{
	int places;

	game.closing = closing;
	game.fd = loose_tmpfs();
	snprintf(game.name, sizeof(game.name), "/proc/self/fd/%d", game.fd);
	begin();
	if (closing) {
		for (volatile unsigned left = game.round * 311 % 20000; left; left--)
			;
		close(game.fd);
	}
	pthread_barrier_wait(&game.end);
	if (!closing)
		close(game.fd);
	places = exists("a/mark") + exists("b/mark");
	umount2("a", 0);
	umount2("b", 0);
	return places;
}

void contract_main(void)
{
	static const char *const dirs[] = { "a", "b", NULL };
	unsigned moved = 0, wrong = 0, odd = 0, left = 0;
	pthread_t threads[2];

	private_tmpfs();
	make_dirs(dirs);
	pthread_barrier_init(&game.end, NULL, 3);
	for (long i = 0; i < 2; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, mover, (void *)i));
	for (unsigned i = 0; i < ROUNDS; i++) {
		bool closing = i % 2;
		int places = round_of(closing);

		wrong += closing ? places > 1 : places != 1;
		moved += places;
		odd += !expected(game.errors[0]) + !expected(game.errors[1]);
		left += exists("a/mark") + exists("b/mark");
	}
	game.stop = true;
	begin();
	for (unsigned i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	note("%u of %u found a place", moved, ROUNDS);
	CHECK_INT(wrong, 0, "each hangs in one place, or in none when it was closed first");
	CHECK_INT(odd, 0, "no other error");
	CHECK_INT(left, 0, "and is gone when it is unmounted");
}
