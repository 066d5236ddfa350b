/* SPDX-License-Identifier: MIT */
/* umount(2) beside open(2) of a file on the volume: whoever unmounts with success leaves no file open on it. */
#include "lib/mounts.h"

#include <pthread.h>

enum { RUN_MS = 1500, OPENERS = 2 };

static struct {
	unsigned long generation;	/* odd: mounted; even: an umount succeeded */
	unsigned opened, late;
	bool stop;
} game;

static unsigned long generation_now(void)
{
	return __atomic_load_n(&game.generation, __ATOMIC_SEQ_CST);
}

/* The file says which generation it is of. One that is held after its umount returned was let go too soon. */
static void *opener(void *name)
{
	while (!__atomic_load_n(&game.stop, __ATOMIC_RELAXED)) {
		unsigned long made = 0, now;
		int fd = open(name, O_RDONLY);

		if (fd < 0)
			continue;
		if (pread(fd, &made, sizeof(made), 0) == sizeof(made)) {
			/* It is open now: an umount that returns later must not have succeeded. */
			now = generation_now();
			for (int i = 0; i < 200 && now == made; i++)
				now = generation_now();
			if (now != made)
				__atomic_fetch_add(&game.late, 1, __ATOMIC_RELAXED);
			__atomic_fetch_add(&game.opened, 1, __ATOMIC_RELAXED);
		}
		close(fd);
		sched_yield();		/* or it is busy nearly always */
	}
	return NULL;
}

void contract_main(void)
{
	/* The second goes through a link that no walk without references follows. */
	static char *const names[OPENERS] = { "m/f", "/proc/self/cwd/m/f" };
	unsigned long rounds = 0, busy = 0;
	pthread_t threads[OPENERS];
	int64_t end;

	private_tmpfs();
	REQUIRE_OK(mkdir("m", 0755));
	for (unsigned i = 0; i < OPENERS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, opener, names[i]));
	end = now_ns() + RUN_MS * 1000000LL;
	while (now_ns() < end) {
		unsigned long next = generation_now() + 1;

		REQUIRE_OK(mount("none", "m", "tmpfs", 0, NULL));
		__atomic_store_n(&game.generation, next, __ATOMIC_SEQ_CST);
		write_file("m/g", &next, sizeof(next));
		REQUIRE_OK(rename("m/g", "m/f"));
		while (umount2("m", 0)) {
			REQUIRE(errno == EBUSY);
			busy++;
		}
		__atomic_store_n(&game.generation, next + 1, __ATOMIC_SEQ_CST);
		rounds++;
	}
	__atomic_store_n(&game.stop, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < OPENERS; i++)
		pthread_join(threads[i], NULL);
	note("%lu rounds, %lu times busy, %u times opened", rounds, busy, game.opened);
	CHECK(rounds > 0 && game.opened > 0, "both had their turn");
	CHECK_INT(game.late, 0, "no file is open on what was unmounted");
}
