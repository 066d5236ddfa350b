/* SPDX-License-Identifier: MIT */
/*
 * inotify: every event, on files and on folders; self events, one-shot watches, masks that are added to, unmounting,
 * merging of equal events, overflow of the queue, FIONREAD and short buffers.
 */
#include "lib/mounts.h"

#include <sys/inotify.h>
#include <sys/ioctl.h>

static int fd;

static struct inotify_event *next(void)
{
	static char buf[sizeof(struct inotify_event) + NAME_MAX + 1] __attribute__((aligned(8)));
	static char all[65536];
	static size_t at, have;
	struct inotify_event *e = (struct inotify_event *)buf;

	if (at >= have) {
		ssize_t n = read(fd, all, sizeof(all));

		if (n <= 0)
			return NULL;
		have = (size_t)n;
		at = 0;
	}
	memcpy(e, all + at, sizeof(*e));
	memcpy(buf + sizeof(*e), all + at + sizeof(*e), e->len);
	at += sizeof(*e) + e->len;
	return e;
}

static uint32_t expect_at(int line, int wd, uint32_t mask, const char *name)
{
	struct inotify_event *e = next();
	bool good = e && e->wd == wd && e->mask == mask && !strcmp(e->len ? e->name : "", name);

	contract_check(good, __FILE__, line, "event %#x of '%s'", mask, name);
	if (!good)
		note("got wd %d %#x '%s'", e ? e->wd : 0, e ? e->mask : 0, e && e->len ? e->name : "");
	return e ? e->cookie : 0;
}
#define expect(wd, mask, name) expect_at(__LINE__, wd, mask, name)
#define expect_nothing() CHECK(!next(), "no more")

static void on_file(void)
{
	int wd, file, again;
	char c;

	write_file("f", "text", 4);
	wd = CHECK_OK(inotify_add_watch(fd, "f", IN_ALL_EVENTS), "watch a file");
	file = REQUIRE_OK(open("f", O_RDWR));
	expect(wd, IN_OPEN, "");
	REQUIRE(read(file, &c, 1) == 1);
	expect(wd, IN_ACCESS, "");
	REQUIRE(write(file, "x", 1) == 1 && write(file, "y", 1) == 1);
	expect(wd, IN_MODIFY, "");
	REQUIRE_OK(ftruncate(file, 1));
	expect(wd, IN_MODIFY, "");
	REQUIRE_OK(fallocate(file, 0, 0, 10));
	expect(wd, IN_MODIFY, "");
	REQUIRE_OK(fchmod(file, 0600));
	expect(wd, IN_ATTRIB, "");
	REQUIRE_OK(close(file));
	expect(wd, IN_CLOSE_WRITE, "");
	file = REQUIRE_OK(open("f", O_RDONLY));
	REQUIRE_OK(close(file));
	expect(wd, IN_OPEN, "");
	expect(wd, IN_CLOSE_NOWRITE, "");
	REQUIRE_OK(link("f", "g"));
	expect(wd, IN_ATTRIB, "");
	REQUIRE_OK(rename("f", "h"));
	expect(wd, IN_MOVE_SELF, "");
	again = inotify_add_watch(fd, "g", IN_DELETE_SELF | IN_ATTRIB);
	CHECK_INT(again, wd, "another name of it is the same watch");
	REQUIRE_OK(unlink("g"));
	expect(wd, IN_ATTRIB, "");
	file = REQUIRE_OK(open("h", O_RDONLY));
	REQUIRE_OK(unlink("h"));
	expect(wd, IN_ATTRIB, "");
	expect_nothing();
	REQUIRE_OK(close(file));
	expect(wd, IN_DELETE_SELF, "");
	expect(wd, IN_IGNORED, "");
	expect_nothing();
}

static void on_folder(void)
{
	uint32_t cookie;
	int wd, file;

	REQUIRE_OK(mkdir("d", 0755));
	REQUIRE_OK(mkdir("other", 0755));
	wd = CHECK_OK(inotify_add_watch(fd, "d", IN_ALL_EVENTS), "watch a folder");
	file = REQUIRE_OK(open("d/a", O_CREAT | O_RDWR, 0644));
	expect(wd, IN_CREATE, "a");
	expect(wd, IN_OPEN, "a");
	REQUIRE(write(file, "x", 1) == 1);
	expect(wd, IN_MODIFY, "a");
	REQUIRE_OK(close(file));
	expect(wd, IN_CLOSE_WRITE, "a");
	REQUIRE_OK(symlink("x", "d/l"));
	expect(wd, IN_CREATE, "l");
	REQUIRE_OK(link("d/a", "d/b"));
	expect(wd, IN_CREATE, "b");
	REQUIRE_OK(mkdir("d/s", 0755));
	expect(wd, IN_CREATE | IN_ISDIR, "s");
	REQUIRE_OK(chmod("d/s", 0700));
	expect(wd, IN_ATTRIB | IN_ISDIR, "s");
	REQUIRE_OK(chmod("d", 0700));
	expect(wd, IN_ATTRIB | IN_ISDIR, "");
	cookie = (REQUIRE_OK(rename("d/a", "d/c")), expect(wd, IN_MOVED_FROM, "a"));
	CHECK_INT(expect(wd, IN_MOVED_TO, "c"), cookie, "the same cookie");
	REQUIRE_OK(rename("d/c", "other/c"));
	CHECK(expect(wd, IN_MOVED_FROM, "c") != cookie, "another cookie");
	REQUIRE_OK(rename("other/c", "d/l"));
	expect(wd, IN_MOVED_TO, "l");
	REQUIRE_OK(unlink("d/l"));
	expect(wd, IN_DELETE, "l");
	REQUIRE_OK(rmdir("d/s"));
	expect(wd, IN_DELETE | IN_ISDIR, "s");
	REQUIRE_OK(unlink("d/b"));
	expect(wd, IN_DELETE, "b");
	REQUIRE_OK(rename("d", "other/d"));
	expect(wd, IN_MOVE_SELF, "");
	REQUIRE_OK(rmdir("other/d"));
	expect(wd, IN_DELETE_SELF, "");
	expect(wd, IN_IGNORED, "");
	expect_nothing();
}

static void masks(void)
{
	int wd, other;

	write_file("m", "", 0);
	wd = REQUIRE_OK(inotify_add_watch(fd, "m", IN_OPEN | IN_ONESHOT));
	close(REQUIRE_OK(open("m", O_RDONLY)));
	expect(wd, IN_OPEN, "");
	expect(wd, IN_IGNORED, "");
	other = REQUIRE_OK(inotify_add_watch(fd, "m", IN_OPEN));
	CHECK(other > wd, "numbers are not used again");
	CHECK_ERR(inotify_add_watch(fd, "m", IN_OPEN | IN_MASK_CREATE), EEXIST, "IN_MASK_CREATE where there is one");
	CHECK_INT(inotify_add_watch(fd, "m", IN_ATTRIB | IN_MASK_ADD), other, "IN_MASK_ADD");
	CHECK_ERR(inotify_add_watch(fd, "m", IN_ATTRIB | IN_MASK_ADD | IN_MASK_CREATE), EINVAL, "not both");
	close(REQUIRE_OK(open("m", O_RDONLY)));
	REQUIRE_OK(chmod("m", 0600));
	expect(other, IN_OPEN, "");
	expect(other, IN_ATTRIB, "");
	CHECK_ERR(inotify_add_watch(fd, "m", IN_OPEN | IN_ONLYDIR), ENOTDIR, "IN_ONLYDIR");
	CHECK_ERR(inotify_add_watch(0, "m", IN_OPEN), EINVAL, "another kind of descriptor");
	CHECK_ERR(inotify_add_watch(-1, "m", IN_OPEN), EBADF, "none");
	CHECK_ERR(inotify_init1(1), EINVAL, "a flag there is not");
	REQUIRE_OK(inotify_rm_watch(fd, other));
	expect(other, IN_IGNORED, "");
}

static void queueing(void)
{
	char small[20];
	int wd, n = 0, many = 0;
	struct inotify_event *e;

	REQUIRE_OK(mkdir("q", 0755));
	wd = REQUIRE_OK(inotify_add_watch(fd, "q", IN_CREATE | IN_ATTRIB));
	write_file("q/name", "", 0);
	CHECK_INT(ioctl(fd, FIONREAD, &n), 0, "FIONREAD");
	CHECK_INT(n, 32, "one event with a short name");
	CHECK_ERR(read(fd, small, sizeof(small)), EINVAL, "a buffer too small");
	expect(wd, IN_CREATE, "name");
	for (int i = 0; i < 20000; i++)
		REQUIRE_OK(chmod(i & 1 ? "q/name" : "q", 0700));
	while ((e = next()) != NULL && !(e->mask & IN_Q_OVERFLOW))
		many++;
	CHECK_INT(many, 16384, "a queue is full");
	CHECK(e && e->wd == -1, "says IN_Q_OVERFLOW");
	expect_nothing();
	REQUIRE_OK(inotify_rm_watch(fd, wd));
	expect(wd, IN_IGNORED, "");
}

void contract_main(void)
{
	int wd;

	private_tmpfs();
	fd = REQUIRE_OK(inotify_init1(IN_NONBLOCK));
	on_file();
	on_folder();
	masks();
	queueing();
	REQUIRE_OK(mkdir("mnt", 0755));
	REQUIRE_OK(mount("x", "mnt", "tmpfs", 0, NULL));
	wd = REQUIRE_OK(inotify_add_watch(fd, "mnt", IN_OPEN));
	REQUIRE_OK(umount("mnt"));
	expect(wd, IN_UNMOUNT | IN_ISDIR, "");
	expect(wd, IN_IGNORED, "");
	close(fd);
	REQUIRE_OK(chdir("/"));
}
