/* SPDX-License-Identifier: MIT */
/*
 * getdents64: ., .., each entry once with its type and inode; small buffers lose none; EINVAL,
 * ENOTDIR (lesson 20).
 */
#include "lib/contract.h"

#include <dirent.h>

struct dent {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

#define FILES 200

/* Lists "." with buffers of this size; returns how many names were missing, doubled or mistyped. */
static int list(size_t size)
{
	static char buf[65536] __attribute__((aligned(8)));
	int seen[FILES] = { 0 }, dots = 0, bad = 0, fd = REQUIRE_OK(open(".", O_RDONLY));
	long n;

	while ((n = syscall(SYS_getdents64, fd, buf, size)) > 0) {
		for (long at = 0; at < n;) {
			struct dent *d = (struct dent *)(buf + at);
			struct stat st;
			int i;

			REQUIRE(lstat(d->name, &st) == 0);
			/* The inode of .. may be that of what is mounted over; all others agree. */
			bad += strcmp(d->name, "..") && st.st_ino != d->ino;
			bad += d->reclen % 8 != 0;
			if (!strcmp(d->name, ".") || !strcmp(d->name, ".."))
				dots += d->type == DT_DIR;
			else if (sscanf(d->name, "%*[a-z]%d", &i) == 1 && i < FILES)
				seen[i]++, bad += d->type != (i % 3 == 0 ? DT_REG : i % 3 == 1 ? DT_DIR : DT_LNK);
			else
				bad++;
			at += d->reclen;
		}
	}
	bad += n != 0 || dots != 2;
	for (int i = 0; i < FILES; i++)
		bad += seen[i] != 1;
	close(fd);
	return bad;
}

void contract_main(void)
{
	static const size_t sizes[] = { 65536, 32768, 4096, 1024, 300, 100, 64 };
	char name[64], buf[64];
	int fd;

	tmp_dir();
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "%.*s%d", i % 23 + 1, "abcdefghijklmnopqrstuvwxyz", i);
		if (i % 3 == 0)
			write_file(name, "", 0);
		else
			REQUIRE((i % 3 == 1 ? mkdir(name, 0755) : symlink("target", name)) == 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		CHECK_INT(list(sizes[i]), 0, "a buffer of %zu bytes", sizes[i]);
	fd = REQUIRE_OK(open(".", O_RDONLY));
	CHECK_ERR(syscall(SYS_getdents64, fd, buf, 16), EINVAL,
		  "a buffer too small for one entry is EINVAL");
	CHECK_ERR(syscall(SYS_getdents64, open(name, O_PATH | O_NOFOLLOW), buf, 64), EBADF,
		  "O_PATH is EBADF");
	CHECK_ERR(syscall(SYS_getdents64, open("/dev/null", O_RDONLY), buf, 64), ENOTDIR,
		  "a file is ENOTDIR");
	CHECK_ERR(read(fd, buf, 10), EISDIR, "read of a folder is EISDIR");
}
