/* SPDX-License-Identifier: MIT */
/* cgroup.h: control groups for tests: a cgroup2 mount of the test's own, and files by group and name. */
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "lib/contract.h"

static char cg_top[300];		/* a fresh group for the test, below the root of the mount */

static const char *cg_path(const char *group, const char *file)
{
	static char paths[4][600];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s%s%s%s%s", cg_top, *group ? "/" : "", group, *file ? "/" : "", file);
	return path;
}

/* Mounts it where nobody else sees it. */
static void cg_setup(void)
{
	char root[200];

	need_root();
	REQUIRE_OK(unshare(CLONE_NEWNS));
	REQUIRE_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	snprintf(root, sizeof(root), "%s/cg", tmp_dir());
	REQUIRE_OK(mkdir(root, 0755));
	REQUIRE_OK(mount("none", root, "cgroup2", 0, NULL));
	snprintf(cg_top, sizeof(cg_top), "%s/test-%d", root, (int)getpid());
	REQUIRE_OK(mkdir(cg_top, 0755));
}

static void cg_remove(const char *group)
{
	CHECK(EVENTUALLY(rmdir(cg_path(group, "")) == 0, 2000), "group '%s' can be removed", group);
}

/* All groups below are gone. */
static void cg_cleanup(void)
{
	cg_remove("");
	*strrchr(cg_top, '/') = 0;
	CHECK_OK(umount(cg_top), "umount");
}

/* Bytes written, or -1 with errno. */
static inline int cg_write(const char *group, const char *file, const char *text)
{
	int fd = open(cg_path(group, file), O_WRONLY), n, e;

	if (fd < 0)
		return -1;
	n = (int)write(fd, text, strlen(text));
	e = errno;
	close(fd);
	errno = e;
	return n;
}

static inline int cg_put(const char *group, pid_t pid)
{
	char text[20];

	snprintf(text, sizeof(text), "%d", (int)pid);
	return cg_write(group, "cgroup.procs", text) > 0 ? 0 : -1;
}

static inline const char *cg_read(const char *group, const char *file)
{
	static char text[4][2000];
	static int next;
	char *buf = text[next++ % 4];
	ssize_t n = read_file(cg_path(group, file), buf, sizeof(text[0]));

	if (n < 0)
		snprintf(buf, sizeof(text[0]), "error %d", errno);
	return buf;
}

/* The value of one name in a file like cgroup.events; -1: not there. */
static inline long cg_value(const char *group, const char *file, const char *name)
{
	const char *at = strstr(cg_read(group, file), name);

	return at ? atol(at + strlen(name)) : -1;
}

/* Does the list of numbers hold pid? */
static inline bool cg_lists(const char *group, const char *file, pid_t pid)
{
	char want[20];
	const char *at = cg_read(group, file);
	size_t len = (size_t)snprintf(want, sizeof(want), "%d\n", (int)pid);

	for (; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
		if (!strncmp(at, want, len))
			return true;
	}
	return false;
}

/* What /proc says after "0::". */
static inline const char *cg_of(const char *proc)
{
	static char buf[2000];
	char path[64], *line, *end;

	snprintf(path, sizeof(path), "/proc/%s/cgroup", proc);
	if (read_file(path, buf, sizeof(buf)) <= 0)
		return "unreadable";
	line = strncmp(buf, "0::", 3) ? strstr(buf, "\n0::") : buf - 1;
	if (!line)
		return "no line";
	line += 4;
	end = strchr(line, '\n');
	if (end)
		*end = 0;
	return line;
}
