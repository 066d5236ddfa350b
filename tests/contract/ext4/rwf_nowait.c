/* SPDX-License-Identifier: MIT */
/* preadv2 with RWF_NOWAIT: what is in the page cache, or EAGAIN; a buffered write cannot promise that. */
#include "lib/volume.h"

#include <sys/uio.h>

#define RWF_NOWAIT 8L

#define PAGES	16
#define TRIES	50

static char data[PAGES * PAGE];

static long read_now(int fd, off_t offset, size_t n)
{
	struct iovec vec = { data, n };

	return syscall(SYS_preadv2, fd, &vec, 1L, (long)offset, 0L, RWF_NOWAIT);
}

static long write_now(int fd, off_t offset, size_t n)
{
	struct iovec vec = { data, n };

	return syscall(SYS_pwritev2, fd, &vec, 1L, (long)offset, 0L, RWF_NOWAIT);
}

static int make_file(void)
{
	int fd = REQUIRE_OK(open("f", O_CREAT | O_RDWR, 0600));

	for (int i = 0; i < PAGES; i++)
		memset(data + i * PAGE, 'a' + i, PAGE);
	CHECK_INT(write(fd, data, sizeof(data)), (long)sizeof(data), "a file of %d pages", PAGES);
	memset(data, 0, sizeof(data));
	CHECK_INT(read_now(fd, 0, sizeof(data)), (long)sizeof(data), "is in the cache: it is read at once");
	CHECK(data[0] == 'a' && data[sizeof(data) - 1] == 'a' + PAGES - 1, "with its bytes");
	return fd;
}

/* Without its pages, but for the first. */
static void drop(int fd)
{
	REQUIRE_OK(-posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
	REQUIRE_OK(pread(fd, data, PAGE, 0));
}

/* Who asks starts the disk, and a fast one may be done first (seen on Linux): only the guest is sure to see EAGAIN. */
static void check_absent(int fd)
{
	int again = 0, less = 0, wrong = 0;
	long n = -1;

	CHECK_OK(fsync(fd), "fsync");
	if (volume_data_journalled()) {
		skip("data=journal keeps pages");
		return;
	}
	REQUIRE_OK(-posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM));
	for (int i = 0; i < TRIES; i++) {
		drop(fd);
		less += read_now(fd, 100, sizeof(data)) == PAGE - 100;
		drop(fd);
		n = read_now(fd, 5 * PAGE, PAGE);
		again += n < 0 && errno == EAGAIN;
		wrong += n == PAGE ? data[0] != 'a' + 5 : errno != EAGAIN;
	}
	CHECK_INT(wrong, 0, "a page, or EAGAIN");
	if (getenv("CONTRACT_GUEST")) {
		CHECK(less, "what is there is read, and not more");
		CHECK(again, "what is not there would have to be waited for");
	}
	CHECK_INT(read_now(fd, sizeof(data), PAGE), 0, "behind the end is the end");
	CHECK_INT(read_now(fd, 5 * PAGE, 0), 0, "nothing is there at once");
	for (int i = 0; n < 0 && i < 10000; i++) {
		usleep(1000);
		n = read_now(fd, 5 * PAGE, PAGE);
	}
	CHECK(n == PAGE && data[0] == 'a' + 5, "who asks comes to find it there");
}

void contract_main(void)
{
	int fd;

	tmp_dir();
	fd = make_file();
	check_absent(fd);
	CHECK_ERR(write_now(fd, 0, PAGE), EOPNOTSUPP, "a buffered write may wait for the disk");
	CHECK_INT(write_now(fd, 0, 0), 0, "of nothing it does not");
	CHECK_INT(fcntl(fd, F_SETFL, O_NONBLOCK), 0, "O_NONBLOCK");
	CHECK_INT(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0, "without the cache");
	CHECK_INT(pread(fd, data, PAGE, 7 * PAGE), PAGE, "waits for a disk");
	CHECK_INT(write(fd, data, PAGE), PAGE, "and writes");
}
