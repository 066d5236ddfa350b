/* SPDX-License-Identifier: MIT */
/*
 * /proc is listed while processes come and go: numbers rise, so none comes twice, and those that stay are all there.
 * A number that could be found before its pid knew it made the listing begin again.
 */
#include "lib/contract.h"
#include <dirent.h>
#include <sched.h>

enum { FORKERS = 4, ROUNDS = 8000 };

static int forker(void *arg)
{
	for (;;) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	return 0;
}

/* Listed once: how often a number was not above the one before, and whether the pids were there. */
static unsigned list(const pid_t *pids, unsigned *missing)
{
	unsigned wrong = 0, found = 0;
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int last = 0, nr;

	REQUIRE(proc);
	while ((entry = readdir(proc)) != NULL) {
		nr = atoi(entry->d_name);
		if (nr <= 0)
			continue;
		wrong += nr <= last;
		last = nr;
		for (unsigned i = 0; i < FORKERS; i++)
			found += nr == pids[i];
	}
	closedir(proc);
	*missing += found != FORKERS;
	return wrong;
}

void contract_main(void)
{
	unsigned wrong = 0, missing = 0;
	pid_t pids[FORKERS];

	for (unsigned i = 0; i < FORKERS; i++) {
		pids[i] = fork_child();
		if (pids[i] == 0)
			_exit(forker(NULL));
	}
	for (unsigned i = 0; i < ROUNDS; i++)
		wrong += list(pids, &missing);
	CHECK_INT(wrong, 0, "numbers that did not rise");
	CHECK_INT(missing, 0, "listings without the processes that stay");
	for (unsigned i = 0; i < FORKERS; i++) {
		kill(pids[i], SIGKILL);
		wait_status(pids[i]);
	}
}
