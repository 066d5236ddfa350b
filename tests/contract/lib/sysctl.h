/* SPDX-License-Identifier: MIT */
/* For tests of /proc/sys: numbers set for a moment. A name is the path below /proc/sys. */
#pragma once

#include "lib/contract.h"

/* Most of these settings are the whole machine's: what else runs on a developer's would feel them. */
static inline void need_own_machine(void)
{
	need_root();
	if (!getenv("CONTRACT_GUEST"))
		skip_all("the setting is the whole machine's: only in a machine of the tests' own (run-guest --linux)");
}

static inline long long sysctl_get(const char *name)
{
	char path[128], text[64];

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	REQUIRE(read_file(path, text, sizeof(text)) > 0);
	return strtoll(text, NULL, 10);
}

/* What write(2) answers; -1 with errno. */
static inline int sysctl_try(const char *name, const char *text)
{
	char path[128];
	ssize_t n;
	int fd, err;

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	fd = REQUIRE_OK(open(path, O_WRONLY));
	n = write(fd, text, strlen(text));
	err = errno;
	close(fd);
	errno = err;
	return n < 0 ? -1 : 0;
}

static inline void sysctl_set(const char *name, long long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld\n", value);
	REQUIRE(sysctl_try(name, text) == 0);
}

/* Exit status of fn, run by an unprivileged child while `name` has this value. */
static inline int with_sysctl(const char *name, long long value, int (*fn)(void *), void *arg)
{
	long long old = sysctl_get(name);
	int to[2], status;
	char byte;
	pid_t pid;

	REQUIRE(pipe(to) == 0);
	pid = fork_child();
	if (!pid) {
		REQUIRE(setgid(54321) == 0 && setuid(54321) == 0);
		REQUIRE(read(to[0], &byte, 1) == 1);
		_exit(fn(arg));
	}
	sysctl_set(name, value);
	REQUIRE(write(to[1], "", 1) == 1);
	status = wait_status(pid);
	sysctl_set(name, old);
	close(to[0]);
	close(to[1]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
