/* SPDX-License-Identifier: MIT */
/* A mount is moved to and fro while others stand in its root: `..` leads out of it, and it has a name, all the time. */
#include "lib/mounts.h"

enum { RUN_MS = 700, WALKERS = 2 };

struct seen {
	unsigned lost, nameless, looks;
};

static void walker(struct seen *seen, const bool *stop)
{
	char buf[PATH_MAX];
	struct stat st;

	REQUIRE_OK(chdir("a"));
	while (!__atomic_load_n(stop, __ATOMIC_RELAXED)) {
		seen->lost += stat("../f", &st) != 0;
		seen->lost += stat("../none/../f", &st) == 0 || stat("/proc/self/cwd/../f", &st) != 0;
		seen->nameless += syscall(SYS_getcwd, buf, sizeof(buf)) < 0 || buf[0] != '/';
		seen->looks++;
	}
	_exit(0);
}

void contract_main(void)
{
	static const char *const dirs[] = { "a", "b", NULL };
	struct {
		bool stop;
		struct seen by[WALKERS];
	} *game = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned moves = 0, lost = 0, nameless = 0;
	pid_t pids[WALKERS];
	int64_t end;

	private_tmpfs();
	make_dirs(dirs);
	write_file("f", "x", 1);
	REQUIRE_OK(mount("none", "a", "tmpfs", 0, NULL));
	for (unsigned i = 0; i < WALKERS; i++) {
		pids[i] = fork_child();
		if (!pids[i])
			walker(&game->by[i], &game->stop);
	}
	REQUIRE(EVENTUALLY(game->by[0].looks && game->by[1].looks, 5000));
	end = now_ns() + RUN_MS * 1000000LL;
	while (now_ns() < end) {
		REQUIRE_OK(mount("a", "b", NULL, MS_MOVE, NULL));
		REQUIRE_OK(mount("b", "a", NULL, MS_MOVE, NULL));
		moves += 2;
	}
	game->stop = true;
	for (unsigned i = 0; i < WALKERS; i++) {
		CHECK_INT(wait_status(pids[i]), 0, "a walker ends");
		lost += game->by[i].lost;
		nameless += game->by[i].nameless;
	}
	note("%u moves, %u looks", moves, game->by[0].looks + game->by[1].looks);
	CHECK_INT(lost, 0, "`..` leads out of it");
	CHECK_INT(nameless, 0, "and getcwd has a name for it");
}
