/* SPDX-License-Identifier: MIT */
#include "lib/pattern.h"

#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

#include <dirent.h>

#define CHUNK 65536

static uint64_t word_at(uint64_t index, unsigned seed)
{
	uint64_t x = (index + 1) * 0x9e3779b97f4a7c15ULL + seed * 0xd1342543de82ef95ULL;

	return x ^ x >> 29;
}

static uint8_t byte_at(uint64_t at, unsigned seed)
{
	return (uint8_t)(word_at(at / 8, seed) >> at % 8 * 8);
}

void pattern_fill(void *buf, size_t n, uint64_t at, unsigned seed)
{
	uint8_t *to = buf;

	for (; n && at % 8; n--)
		*to++ = byte_at(at++, seed);
	for (; n >= 8; n -= 8, to += 8, at += 8) {
		uint64_t word = word_at(at / 8, seed);

		memcpy(to, &word, 8);
	}
	while (n--)
		*to++ = byte_at(at++, seed);
}

bool pattern_matches(const void *buf, size_t n, uint64_t at, unsigned seed)
{
	const uint8_t *p = buf;

	for (; n && at % 8; n--) {
		if (*p++ != byte_at(at++, seed))
			return false;
	}
	for (; n >= 8; n -= 8, p += 8, at += 8) {
		uint64_t word = word_at(at / 8, seed);

		if (memcmp(p, &word, 8))
			return false;
	}
	while (n--) {
		if (*p++ != byte_at(at++, seed))
			return false;
	}
	return true;
}

bool all_zero(const void *buf, size_t n)
{
	const char *p = buf;

	return !n || (!p[0] && !memcmp(p, p + 1, n - 1));
}

void pattern_write(int fd, uint64_t at, size_t n, unsigned seed)
{
	static _Thread_local char buf[CHUNK];

	while (n) {
		size_t part = n < CHUNK ? n : CHUNK;

		pattern_fill(buf, part, at, seed);
		REQUIRE(pwrite(fd, buf, part, (off_t)at) == (ssize_t)part);
		at += part;
		n -= part;
	}
}

static bool read_and(int fd, uint64_t at, size_t n, unsigned seed, bool zero)
{
	static _Thread_local char buf[CHUNK];

	while (n) {
		size_t part = n < CHUNK ? n : CHUNK;
		ssize_t got = pread(fd, buf, part, (off_t)at);

		if (got != (ssize_t)part) {
			note("read %zd of %zu bytes at %llu", got, part, (unsigned long long)at);
			return false;
		}
		if (zero ? !all_zero(buf, part) : !pattern_matches(buf, part, at, seed)) {
			note("other content in the %zu bytes at %llu", part, (unsigned long long)at);
			return false;
		}
		at += part;
		n -= part;
	}
	return true;
}

bool pattern_read(int fd, uint64_t at, size_t n, unsigned seed)
{
	return read_and(fd, at, n, seed, false);
}

bool zeroes_read(int fd, uint64_t at, size_t n)
{
	return read_and(fd, at, n, 0, true);
}

int pattern_file(const char *path, size_t n, unsigned seed)
{
	int fd = REQUIRE_OK(open(path, O_RDWR | O_CREAT | O_TRUNC, 0644));

	pattern_write(fd, 0, n, seed);
	return fd;
}

bool pattern_is(const char *path, size_t n, unsigned seed)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	bool good;

	if (fd < 0 || fstat(fd, &st) != 0) {
		note("%s: %s", path, strerror(errno));
		return false;
	}
	good = st.st_size == (off_t)n && pattern_read(fd, 0, n, seed);
	if (st.st_size != (off_t)n)
		note("%s has %lld bytes, not %zu", path, (long long)st.st_size, n);
	close(fd);
	return good;
}

struct stat stat_of(const char *path)
{
	struct stat st;

	REQUIRE(lstat(path, &st) == 0);
	return st;
}

off_t size_of(const char *path)
{
	return stat_of(path).st_size;
}

int count_names(const char *path)
{
	DIR *dir = opendir(path);
	int count = 0;

	if (!dir)
		return -1;
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

void need_extents(void)
{
	int fd = REQUIRE_OK(open("has-extents", O_RDWR | O_CREAT, 0644)), flags = 0;
	struct statfs fs;

	REQUIRE(fstatfs(fd, &fs) == 0 && unlink("has-extents") == 0);
	if (fs.f_type != EXT4_SUPER_MAGIC || ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0 || (flags & FS_EXTENT_FL)) {
		close(fd);
		return;
	}
	CHECK_ERR(fallocate(fd, 0, 0, 4096), EOPNOTSUPP, "without extents fallocate is EOPNOTSUPP");
	close(fd);
	skip_all("the volume has block maps");
}
