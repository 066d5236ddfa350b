/* SPDX-License-Identifier: MIT */
/* Requests that are made, told, changed and ended by closing, all at once; the last change is told. */
#include "lib/contract.h"

#include <pthread.h>

static volatile bool over;
static volatile sig_atomic_t got;

static void on_io(int sig)
{
	(void)sig;
	got++;
}

static void *changer(void *arg)
{
	char name[16], to[16];

	snprintf(name, sizeof(name), "f%d", (int)(intptr_t)arg);
	snprintf(to, sizeof(to), "t%d", (int)(intptr_t)arg);
	while (!over) {
		int fd = open(name, O_CREAT | O_RDWR, 0600);

		if (write(fd, "x", 1) != 1 || rename(name, to) || unlink(to))
			note("a change failed: %s", strerror(errno));
		close(fd);
	}
	return NULL;
}

static void *watcher(void *arg)
{
	for (unsigned i = 0; !over; i++) {
		int fd = open(".", O_RDONLY);

		fcntl(fd, F_NOTIFY, DN_CREATE | DN_DELETE | (i % 2 ? DN_MULTISHOT : 0));
		fcntl(fd, F_NOTIFY, DN_RENAME | DN_MODIFY);
		if (i % 3)
			fcntl(fd, F_NOTIFY, 0);
		close(fd);
	}
	return arg;
}

void contract_main(void)
{
	pthread_t t[4];
	int fd;

	on_signal(SIGIO, on_io, SA_RESTART);
	tmp_dir();
	for (intptr_t i = 0; i < 4; i++)
		REQUIRE(pthread_create(&t[i], NULL, i < 2 ? changer : watcher, (void *)i) == 0);
	sleep_ms(400);
	over = true;
	for (unsigned i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	CHECK(got > 0, "changes were told");
	fd = REQUIRE_OK(open(".", O_RDONLY));
	REQUIRE(fcntl(fd, F_NOTIFY, DN_CREATE) == 0);
	got = 0;
	REQUIRE(mkdir("last", 0700) == 0);
	CHECK(EVENTUALLY(got == 1, 1000), "and the last one, too");
}
