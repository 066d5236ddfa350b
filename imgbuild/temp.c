/* SPDX-License-Identifier: MIT */
/*
 * temp: the list of temporary files. The signal handler only reads names[] and calls unlink(), which is
 * async-signal-safe; an entry is complete before it is in the list.
 */
#include "imgbuild/temp.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAMES_MAX = 16 };

static struct {
	char *volatile names[NAMES_MAX];
} temp;

static void remove_all(void)
{
	for (int i = 0; i < NAMES_MAX; i++) {
		if (temp.names[i])
			unlink(temp.names[i]);
	}
}

static void die(int signal_number)
{
	remove_all();
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

void temp_init(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };

	atexit(remove_all);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		if (signal(signals[i], SIG_IGN) != SIG_IGN)
			signal(signals[i], die);
	}
}

char *temp_create(const char *beside)
{
	const char *folder = getenv("TMPDIR");
	char *path = beside ? mem_format("%s.XXXXXX", beside) :
			      mem_format("%s/imgbuild.XXXXXX", folder && *folder ? folder : "/var/tmp");
	mode_t mask = umask(0);
	int fd, i = 0;

	umask(mask);
	while (i < NAMES_MAX && temp.names[i])
		i++;
	fd = i < NAMES_MAX ? mkostemp(path, O_CLOEXEC) : -1;
	if (fd < 0) {
		fail_errno("cannot create a temporary file '%s'", path);
		free(path);
		return NULL;
	}
	temp.names[i] = path;
	fchmod(fd, 0666 & ~mask);
	close(fd);
	return path;
}

static void forget(const char *path)
{
	for (int i = 0; i < NAMES_MAX; i++) {
		if (temp.names[i] == path)
			temp.names[i] = NULL;
	}
}

int temp_keep(char *path, const char *final)
{
	if (rename(path, final)) {
		fail_errno("cannot rename '%s' to '%s'", path, final);
		temp_drop(path);
		return -1;
	}
	forget(path);
	free(path);
	return 0;
}

void temp_drop(char *path)
{
	if (!path)
		return;
	unlink(path);
	forget(path);
	free(path);
}
