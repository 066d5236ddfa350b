/* SPDX-License-Identifier: MIT */
/*
 * Calls that move data without the program: copy_file_range, sendfile, splice, vmsplice, sync_file_range, syncfs,
 * readahead, fallocate's modes in memory, SEEK_DATA and SEEK_HOLE: results and refusals.
 */
#include "lib/mounts.h"

#include <linux/falloc.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

static void ranges(void)
{
	int in = REQUIRE_OK(open("in", O_RDWR)), out = REQUIRE_OK(open("out", O_CREAT | O_RDWR, 0600));
	int ro = REQUIRE_OK(open("in", O_RDONLY)), app = REQUIRE_OK(open("out", O_WRONLY | O_APPEND));
	char buf[16] = "";
	off_t from = 2, to = 4;

	CHECK_INT(copy_file_range(in, &from, out, &to, 4, 0), 4, "copy_file_range");
	CHECK_INT(from, 6, "moves one offset");
	CHECK_INT(to, 8, "and the other");
	CHECK_INT(lseek(in, 0, SEEK_CUR), 0, "not the position");
	CHECK_INT(pread(out, buf, 8, 0), 8, "what is there");
	CHECK_INT(memcmp(buf, "\0\0\0\0" "2345", 8), 0, "is right");
	CHECK_ERR(copy_file_range(in, NULL, ro, NULL, 4, 0), EBADF, "to one for reading");
	CHECK_ERR(copy_file_range(in, NULL, app, NULL, 4, 0), EBADF, "to one that appends");
	CHECK_ERR(copy_file_range(in, NULL, out, NULL, 4, 1), EINVAL, "with flags");
	from = 0, to = 2;
	CHECK_ERR(copy_file_range(in, &from, in, &to, 4, 0), EINVAL, "overlapping");
	from = 100;
	CHECK_INT(copy_file_range(in, &from, out, NULL, 4, 0), 0, "past the end");
	from = 8;
	CHECK_INT(sendfile(out, in, &from, 100), 2, "sendfile to the end");
	CHECK_INT(from, 10, "moves its offset");
	CHECK_ERR(sendfile(app, in, NULL, 1), EINVAL, "to one that appends");
	close(in);
	close(out);
	close(ro);
	close(app);
}

static void splices(void)
{
	char data[8] = "vmtext", buf[16] = "";
	struct iovec iov = { data, 6 };
	int fd = REQUIRE_OK(open("in", O_RDWR)), p[2], q[2];
	off_t at = 1;

	REQUIRE(!pipe(p) && !pipe(q));
	CHECK_INT(splice(fd, &at, p[1], NULL, 4, 0), 4, "splice from a file");
	CHECK_INT(at, 5, "moves the offset");
	CHECK_INT(vmsplice(p[1], &iov, 1, 0), 6, "vmsplice behind it");
	CHECK_INT(tee(p[0], q[1], 100, 0), 10, "tee");
	CHECK_INT(read(q[0], buf, sizeof(buf)), 10, "gives the same");
	CHECK_STR(buf, "1234vmtext", "text");
	at = 20;
	CHECK_INT(splice(p[0], NULL, fd, &at, 10, 0), 10, "splice to a file");
	CHECK_ERR(splice(p[0], NULL, q[1], NULL, 1, SPLICE_F_NONBLOCK), EAGAIN, "an empty pipe");
	CHECK_ERR(splice(p[0], &at, q[1], NULL, 1, 0), ESPIPE, "an offset for a pipe");
	CHECK_ERR(splice(fd, NULL, fd, NULL, 1, 0), EINVAL, "without a pipe");
	CHECK_ERR(splice(fd, NULL, p[1], NULL, 1, 0x80), EINVAL, "an unknown flag");
	CHECK_ERR(tee(p[0], p[1], 1, 0), EINVAL, "a pipe with itself");
	close(p[0]);
	close(p[1]);
	close(q[0]);
	close(q[1]);
	close(fd);
}

static void holes(void)
{
	int fd = REQUIRE_OK(open("holes", O_CREAT | O_RDWR, 0600)), p[2];
	struct stat st;

	REQUIRE(pwrite(fd, "a", 1, 0) == 1 && pwrite(fd, "b", 1, 8 * PAGE) == 1);
	CHECK_INT(lseek(fd, 0, SEEK_HOLE), PAGE, "SEEK_HOLE");
	CHECK_INT(lseek(fd, PAGE, SEEK_DATA), 8 * PAGE, "SEEK_DATA");
	CHECK_ERR(lseek(fd, 10 * PAGE, SEEK_DATA), ENXIO, "past the end");
	CHECK_INT(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 20 * PAGE), 0, "fallocate, keeping the size");
	REQUIRE_OK(fstat(fd, &st));
	CHECK_INT(st.st_size, 8 * PAGE + 1, "it is kept");
	CHECK_INT(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE), 0, "a hole");
	CHECK_INT(pread(fd, &p, 1, 0), 1, "is read");
	CHECK_INT(*(char *)&p, 0, "as zero");
	CHECK_ERR(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, PAGE), EOPNOTSUPP, "without keeping the size");
	CHECK_ERR(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, PAGE), EOPNOTSUPP, "collapse, which tmpfs has not");
	CHECK_ERR(fallocate(fd, 0, 0, 0), EINVAL, "no length");
	CHECK_ERR(fallocate(fd, 0, -1, 1), EINVAL, "a start that is none");
	CHECK_INT(sync_file_range(fd, 0, PAGE, 7), 0, "sync_file_range");
	CHECK_ERR(sync_file_range(fd, 0, PAGE, 8), EINVAL, "with an unknown flag");
	CHECK_ERR(sync_file_range(fd, -1, PAGE, 7), EINVAL, "from nowhere");
	CHECK_INT(syncfs(fd), 0, "syncfs");
	CHECK_ERR(syncfs(-1), EBADF, "of nothing");
	REQUIRE(!pipe(p));
	CHECK_ERR(sync_file_range(p[0], 0, 1, 0), ESPIPE, "of a pipe");
	CHECK_ERR(fsync(p[0]), EINVAL, "fsync of a pipe");
	CHECK_ERR(lseek(p[0], 0, SEEK_SET), ESPIPE, "lseek of one");
	CHECK_ERR(ftruncate(p[1], 0), EINVAL, "ftruncate of one");
	CHECK_ERR(fallocate(p[1], 0, 0, 1), ESPIPE, "fallocate of one");
	close(p[0]);
	close(p[1]);
	close(fd);
}

void contract_main(void)
{
	private_tmpfs();
	write_file("in", "0123456789", 10);
	ranges();
	splices();
	holes();
	REQUIRE_OK(chdir("/"));
}
