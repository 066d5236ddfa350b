/* SPDX-License-Identifier: MIT */
/*
 * inotify: IN_CREATE, IN_MODIFY, IN_MOVED pairs, IN_DELETE arrive in order with their names;
 * errors.
 */
#include "lib/contract.h"

#include <poll.h>
#include <sys/inotify.h>

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
}
