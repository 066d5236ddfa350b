/* SPDX-License-Identifier: MIT */
/* For tests of mounts: a private namespace with a tmpfs to play in, and a look at mountinfo. */
#pragma once

#include "lib/contract.h"

#include <sched.h>
#include <sys/mount.h>

/* A mount namespace of the test's own, nothing shared, the current folder an empty tmpfs at `name`. */
static inline void private_tmpfs(void)
{
	need_root();
	tmp_dir();
	REQUIRE_OK(unshare(CLONE_NEWNS));
	REQUIRE_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	REQUIRE_OK(mkdir("play", 0755));
	REQUIRE_OK(mount("play", "play", "tmpfs", 0, "mode=755"));
	REQUIRE_OK(chdir("play"));
}

static inline void make_dirs(const char *const *names)
{
	for (; *names; names++)
		REQUIRE_OK(mkdir(*names, 0755));
}

static inline bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* The mountinfo line of the topmost mount whose place ends with `end`, in buf; false: none. */
static inline bool mount_line(const char *end, char *buf, size_t size)
{
	static char text[262144];
	char where[4096];
	bool found = false;

	REQUIRE(read_file("/proc/self/mountinfo", text, sizeof(text)) > 0);
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "%*d %*d %*s %*s %4095s", where) != 1 || strlen(where) < strlen(end) ||
		    strcmp(where + strlen(where) - strlen(end), end))
			continue;
		snprintf(buf, size, "%s", line);
		found = true;
	}
	return found;
}

/* A number behind a word of that line: shared:N, master:N; 0: not there. */
static inline int mount_group(const char *end, const char *word)
{
	char line[8192], *at;

	REQUIRE(mount_line(end, line, sizeof(line)));
	at = strstr(line, word);
	return at ? atoi(at + strlen(word)) : 0;
}
