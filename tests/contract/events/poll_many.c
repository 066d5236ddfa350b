/* SPDX-License-Identifier: MIT */
/*
 * poll and select over 300 pipes at once: the ready ones are told, wherever they are; a sleeper
 * is woken by any.
 */
#include "lib/contract.h"

#include <poll.h>
#include <sys/resource.h>

#define PIPES 300

static int fds[PIPES][2];

void contract_main(void)
{
	static struct pollfd p[PIPES];
	struct rlimit r = { 1024, 1024 };
	int wrong = 0;
	pid_t pid;

	REQUIRE(setrlimit(RLIMIT_NOFILE, &r) == 0);
	for (int i = 0; i < PIPES; i++) {
		REQUIRE(pipe(fds[i]) == 0);
		p[i] = (struct pollfd){ .fd = fds[i][0], .events = POLLIN };
	}
	CHECK_INT(poll(p, PIPES, 0), 0, "none is ready");
	for (int i = 0; i < PIPES; i += 7)
		REQUIRE(write(fds[i][1], "x", 1) == 1);
	CHECK_INT(poll(p, PIPES, -1), (PIPES + 6) / 7, "every seventh is");
	for (int i = 0; i < PIPES; i++)
		wrong += (p[i].revents == POLLIN) != (i % 7 == 0);
	CHECK_INT(wrong, 0, "exactly these");
	for (int i = 0; i < PIPES; i += 7)
		REQUIRE(read(fds[i][0], &(char){ 0 }, 1) == 1);
	for (int i = 0; i < PIPES; i += 99) {
		pid = fork_child();
		if (pid == 0) {
			sleep_ms(20);
			_exit(write(fds[i][1], "x", 1) == 1 ? 0 : 1);
		}
		CHECK_INT(poll(p, PIPES, 10000), 1, "a sleeper is woken by pipe %d", i);
		CHECK_INT(p[i].revents, POLLIN, "and told it");
		wait_status(pid);
		REQUIRE(read(fds[i][0], &(char){ 0 }, 1) == 1);
	}
}
