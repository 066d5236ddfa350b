/* SPDX-License-Identifier: MIT */
/*
 * Calls on files: lengths below zero, what F_GETFL says of O_TMPFILE, FIOQSIZE, events of an exchange, XATTR_REPLACE.
 */
#include "lib/contract.h"
#include <poll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/xattr.h>

static uint32_t moved_from_second(void)
{
	char buf[4096] __attribute__((aligned(8)));
	int fd = REQUIRE_OK(inotify_init1(IN_NONBLOCK)), seen = 0;
	ssize_t n;

	REQUIRE(mkdir("a", 0755) == 0 && mkdir("b", 0755) == 0 && mkdir("a/dir", 0755) == 0);
	write_file("b/file", "x", 1);
	REQUIRE(inotify_add_watch(fd, "a", IN_MOVE) > 0 && inotify_add_watch(fd, "b", IN_MOVE) > 0);
	REQUIRE(syscall(SYS_renameat2, AT_FDCWD, "a/dir", AT_FDCWD, "b/file", 2) == 0);
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (char *at = buf; at < buf + n;) {
			struct inotify_event *event = (void *)at;

			if (event->mask & IN_MOVED_FROM && ++seen == 2)
				return event->mask;
			at += sizeof(*event) + event->len;
		}
	}
	return 0;
}

void contract_main(void)
{
	static const char large[60000];
	int fd, out, tmp, p[2];
	loff_t size = 0;

	tmp_dir();
	write_file("file", "hello", 5);
	fd = REQUIRE_OK(open("file", O_RDWR));
	out = REQUIRE_OK(open("out", O_RDWR | O_CREAT, 0644));
	REQUIRE(pipe(p) == 0);
	CHECK_ERR(sendfile(out, fd, NULL, (size_t)-1), EINVAL, "sendfile of -1 bytes");
	REQUIRE(lseek(fd, 0, SEEK_SET) == 0);
	CHECK_ERR(splice(fd, NULL, p[1], NULL, (size_t)-1, SPLICE_F_NONBLOCK), EINVAL, "splice of -1 bytes");
	CHECK_INT(ioctl(fd, FIOQSIZE, &size), 0, "FIOQSIZE");
	tmp = REQUIRE_OK(open(".", O_TMPFILE | O_RDWR, 0600));
	CHECK_INT(fcntl(tmp, F_GETFL) & O_TMPFILE, O_TMPFILE, "F_GETFL tells O_TMPFILE");
	CHECK_ERR(setxattr("file", "user.none", large, sizeof(large), XATTR_REPLACE), ENODATA,
		  "XATTR_REPLACE of no attribute, with a value that finds no place");
	CHECK_INT(moved_from_second(), IN_MOVED_FROM, "the file of an exchange is no folder");
}
