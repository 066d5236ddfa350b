/* SPDX-License-Identifier: MIT */
/*
 * inotify: IN_CREATE, IN_MODIFY, IN_MOVED pairs, IN_DELETE arrive in order with their names;
 * errors.
 */
#include "lib/contract.h"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/sysmacros.h>

static int fd;

static struct inotify_event *next(void)
{
	static char buf[4096] __attribute__((aligned(8)));
	static size_t at, have;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct inotify_event *e;

	if (at >= have) {
		if (poll(&pfd, 1, 500 * contract_slow()) != 1)
			return NULL;
		have = (size_t)REQUIRE_OK(read(fd, buf, sizeof(buf)));
		at = 0;
	}
	e = (struct inotify_event *)(buf + at);
	at += sizeof(*e) + e->len;
	return e;
}

static uint32_t expect(uint32_t mask, const char *name)
{
	struct inotify_event *e = next();

	CHECK(e && e->mask == mask && !strcmp(e->len ? e->name : "", name), "event %#x of '%s'",
	      mask, name);
	if (e && e->mask != mask)
		note("got %#x '%s'", e->mask, e->len ? e->name : "");
	return e ? e->cookie : 0;
}

/* A watch's line; the device is in Linux's own form: major << 20 | minor. */
static void described(int wd, const char *path, uint32_t mask)
{
	char name[64], text[4096], want[128];
	struct stat st;

	REQUIRE(stat(path, &st) == 0);
	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
	REQUIRE(read_file(name, text, sizeof(text)) > 0);
	snprintf(want, sizeof(want), "\ninotify wd:%x ino:%lx sdev:%x mask:%x ignored_mask:0", (unsigned)wd,
		 (unsigned long)st.st_ino, major(st.st_dev) << 20 | minor(st.st_dev), mask);
	CHECK(strstr(text, want), "fdinfo has%s", want + 1);
}

/* More lines than a page holds: each is there once. */
static void many_described(void)
{
	enum { COUNT = 100 };
	static char text[COUNT * 128];
	unsigned found = 0;
	char name[64];
	int many = REQUIRE_OK(inotify_init1(0));

	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		REQUIRE(mkdir(name, 0755) == 0 && inotify_add_watch(many, name, IN_OPEN) == i + 1);
	}
	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", many);
	REQUIRE(read_file(name, text, sizeof(text)) > 0);
	for (const char *at = text; (at = strstr(at, "\ninotify wd:")); at++)
		found++;
	CHECK_INT(found, COUNT, "lines of fdinfo");
	close(many);
}

void contract_main(void)
{
	uint32_t cookie;
	char buf[8];
	int wd, file;

	tmp_dir();
	REQUIRE(mkdir("d", 0755) == 0);
	fd = REQUIRE_OK(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
	CHECK_ERR(read(fd, buf, 8), EAGAIN, "nothing yet: EAGAIN");
	wd = (int)CHECK_OK(inotify_add_watch(fd, "d", IN_CREATE | IN_MODIFY | IN_MOVE | IN_DELETE), "add a watch");
	described(wd, "d", IN_CREATE | IN_MODIFY | IN_MOVE | IN_DELETE);
	REQUIRE(mkdir("e", 0755) == 0);
	described((int)REQUIRE_OK(inotify_add_watch(fd, "e", IN_OPEN | IN_ONESHOT | IN_EXCL_UNLINK)), "e",
		  IN_OPEN | IN_ONESHOT | IN_EXCL_UNLINK);
	file = REQUIRE_OK(open("d/a", O_CREAT | O_RDWR, 0600));
	expect(IN_CREATE, "a");
	REQUIRE(write(file, "x", 1) == 1);
	expect(IN_MODIFY, "a");
	REQUIRE(mkdir("d/sub", 0755) == 0);
	expect(IN_CREATE | IN_ISDIR, "sub");
	REQUIRE(rename("d/a", "d/b") == 0);
	cookie = expect(IN_MOVED_FROM, "a");
	CHECK(expect(IN_MOVED_TO, "b") == cookie && cookie,
	      "both halves of a move have one cookie");
	REQUIRE(unlink("d/b") == 0);
	expect(IN_DELETE, "b");
	CHECK_INT(inotify_rm_watch(fd, wd), 0, "remove the watch");
	expect(IN_IGNORED, "");
	CHECK_ERR(inotify_rm_watch(fd, wd), EINVAL, "twice is EINVAL");
	CHECK_ERR(inotify_add_watch(fd, "none", IN_CREATE), ENOENT, "a missing path is ENOENT");
	CHECK_ERR(inotify_add_watch(fd, "d", 0), EINVAL, "no event is EINVAL");
	many_described();
}
