/* SPDX-License-Identifier: MIT */
/* Descriptors, names and small reads and writes: devices and files of a memory file system. */
#include "../lib/bench.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static int open_device(const char *path)
{
	return MUST(open(path, O_RDWR));
}

BENCH(read_null, 500000, 5000)
{
	int fd = open_device("/dev/null");
	char byte;

	BENCH_LOOP(b, read(fd, &byte, 1));
	close(fd);
}

BENCH(write_null, 500000, 5000)
{
	int fd = open_device("/dev/null");

	BENCH_LOOP(b, write(fd, "x", 1));
	close(fd);
}

BENCH(read_zero, 200000, 2000)
{
	int fd = open_device("/dev/zero");
	char page[4096];

	BENCH_LOOP(b, read(fd, page, sizeof(page)));
	b->bytes = (uint64_t)b->iterations * sizeof(page);
	close(fd);
}

BENCH(pread, 500000, 5000)
{
	int fd = open_device("/dev/null");
	char byte;

	BENCH_LOOP(b, pread(fd, &byte, 1, 0));
	close(fd);
}

BENCH(writev, 500000, 5000)
{
	int fd = open_device("/dev/null");
	struct iovec one = { "x", 1 };

	BENCH_LOOP(b, writev(fd, &one, 1));
	close(fd);
}

BENCH(open_close, 100000, 2000)
{
	const char *path = bench_file("open", 0);

	bench_start(b);
	for (long i = 0; i < b->iterations; i++)
		close(MUST(open(path, O_RDONLY)));
	bench_stop(b);
	unlink(path);
}

BENCH(stat, 200000, 5000)
{
	struct stat st;

	BENCH_LOOP(b, stat("/tmp", &st));
}

/* musl 1.2.3 has neither the structure (256 bytes) nor STATX_BASIC_STATS (0x7ff). */
BENCH(statx, 200000, 5000)
{
	uint64_t st[256 / 8];

	BENCH_LOOP(b, syscall(SYS_statx, AT_FDCWD, "/tmp", 0, 0x7ff, st));
}

BENCH(fstat, 500000, 5000)
{
	const char *path = bench_file("fstat", 0);
	int fd = MUST(open(path, O_RDONLY));
	struct stat st;

	BENCH_LOOP(b, fstat(fd, &st));
	close(fd);
	unlink(path);
}

BENCH(access, 200000, 5000)
{
	const char *path = bench_file("access", 0);

	BENCH_LOOP(b, access(path, R_OK));
	unlink(path);
}

BENCH(readlink, 200000, 5000)
{
	const char *path = bench_file("link", -1);
	char target[64];

	unlink(path);
	MUST(symlink("/tmp", path));
	BENCH_LOOP(b, readlink(path, target, sizeof(target)));
	unlink(path);
}

BENCH(lseek, 1000000, 10000)
{
	const char *path = bench_file("lseek", 0);
	int fd = MUST(open(path, O_RDONLY));

	BENCH_LOOP(b, lseek(fd, 0, SEEK_CUR));
	close(fd);
	unlink(path);
}

BENCH(getcwd, 500000, 5000)
{
	char path[256];

	BENCH_LOOP(b, syscall(SYS_getcwd, path, sizeof(path)));
}

BENCH(dup_close, 500000, 5000)
{
	bench_start(b);
	for (long i = 0; i < b->iterations; i++)
		close(MUST(dup(0)));
	bench_stop(b);
}

BENCH(fcntl_getfl, 1000000, 10000)
{
	BENCH_LOOP(b, fcntl(0, F_GETFL));
}

BENCH(fcntl_lock, 200000, 5000)
{
	const char *path = bench_file("lock", 100);
	int fd = MUST(open(path, O_RDWR));
	struct flock lock = { .l_type = F_WRLCK, .l_len = 10 }, unlock = { .l_type = F_UNLCK, .l_len = 10 };

	bench_start(b);
	for (long i = 0; i < b->iterations; i++) {
		MUST(fcntl(fd, F_SETLK, &lock));
		MUST(fcntl(fd, F_SETLK, &unlock));
	}
	bench_stop(b);
	close(fd);
	unlink(path);
}

BENCH(flock, 200000, 5000)
{
	const char *path = bench_file("flock", 0);
	int fd = MUST(open(path, O_RDWR));

	bench_start(b);
	for (long i = 0; i < b->iterations; i++) {
		MUST(flock(fd, LOCK_EX));
		MUST(flock(fd, LOCK_UN));
	}
	bench_stop(b);
	close(fd);
	unlink(path);
}

BENCH(getdents64, 100000, 1000)
{
	char entries[1024];

	bench_start(b);
	for (long i = 0; i < b->iterations; i++) {
		int fd = MUST(open("/tmp", O_RDONLY | O_DIRECTORY));

		MUST(syscall(SYS_getdents64, fd, entries, sizeof(entries)));
		close(fd);
	}
	bench_stop(b);
}

/* Make 2 folders and 10 files, read the folders, remove all. */
BENCH(file_tree, 50, 10)
{
	char path[64], entries[1024];

	bench_start(b);
	for (long i = 0; i < b->iterations; i++) {
		for (int d = 0; d < 2; d++) {
			snprintf(path, sizeof(path), "/tmp/bench-tree%d", d);
			MUST(mkdir(path, 0755));
			for (int f = 0; f < 5; f++) {
				snprintf(path, sizeof(path), "/tmp/bench-tree%d/file%d", d, f);
				close(MUST(open(path, O_CREAT | O_WRONLY, 0644)));
			}
		}
		for (int d = 0; d < 2; d++) {
			int fd;

			snprintf(path, sizeof(path), "/tmp/bench-tree%d", d);
			fd = MUST(open(path, O_RDONLY | O_DIRECTORY));
			while (MUST(syscall(SYS_getdents64, fd, entries, sizeof(entries))) > 0)
				;
			close(fd);
			for (int f = 0; f < 5; f++) {
				snprintf(path, sizeof(path), "/tmp/bench-tree%d/file%d", d, f);
				MUST(unlink(path));
			}
			snprintf(path, sizeof(path), "/tmp/bench-tree%d", d);
			MUST(rmdir(path));
		}
	}
	bench_stop(b);
}
