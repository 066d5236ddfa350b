/* SPDX-License-Identifier: MIT */
/* What calls on files and folders say no to, and how; a mapping is an access, so is a read at the end. */
#include "lib/contract.h"
#include <sys/time.h>
#include <sys/xattr.h>

static void check_create_dots(void)
{
	static const char *const folders[] = { ".", "..", "e/.", "e/..", "e/", "/" };

	for (unsigned i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		CHECK_ERR(open(folders[i], O_RDWR | O_CREAT, 0644), EISDIR, "O_CREAT of %s", folders[i]);
		/* A trailing slash asks for a folder, which O_CREAT makes none of: before any look at what is there. */
		CHECK_ERR(open(folders[i], O_RDWR | O_CREAT | O_EXCL, 0644), strcmp(folders[i], "e/") ? EEXIST : EISDIR,
			  "O_CREAT | O_EXCL of %s", folders[i]);
	}
}

static void check_access_times(void)
{
	const struct timeval old[2] = { { 1000, 0 }, { 2000, 0 } };
	struct stat st;
	int fd = REQUIRE_OK(open("file", O_RDONLY));
	void *map;
	char byte;

	REQUIRE(utimes("file", old) == 0);
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	REQUIRE(map != MAP_FAILED && fstat(fd, &st) == 0);
	CHECK(st.st_atim.tv_sec > 2000, "a mapping is an access: %ld", (long)st.st_atim.tv_sec);
	munmap(map, 4096);
	REQUIRE(utimes("file", old) == 0);
	CHECK_INT(pread(fd, &byte, 0, 0), 0, "pread of nothing");
	REQUIRE(fstat(fd, &st) == 0);
	CHECK_INT(st.st_atim.tv_sec, 1000, "a read of nothing is no access");
	CHECK_INT(pread(fd, &byte, 1, 5), 0, "pread at the end");
	REQUIRE(fstat(fd, &st) == 0);
	CHECK(st.st_atim.tv_sec > 2000, "a read at the end is an access: %ld", (long)st.st_atim.tv_sec);
	close(fd);
}

void contract_main(void)
{
	int fd;

	tmp_dir();
	REQUIRE(mkdir("e", 0755) == 0);
	write_file("file", "hello", 5);
	fd = REQUIRE_OK(open("file", O_RDWR));
	check_create_dots();
	CHECK_ERR(syscall(SYS_utimensat, fd, NULL, NULL, AT_SYMLINK_NOFOLLOW), EINVAL, "flags for times by descriptor");
	CHECK_ERR(readahead(fd, 0, (size_t)-1), EINVAL, "readahead of -1 bytes");
	CHECK_ERR(fcntl(fd, F_SETPIPE_SZ, 4096), EBADF, "F_SETPIPE_SZ of a file");
	CHECK_ERR(fcntl(fd, F_GETPIPE_SZ), EBADF, "F_GETPIPE_SZ of a file");
	check_access_times();
	CHECK_ERR(setxattr("file", "user.none", "", 0, XATTR_REPLACE), ENODATA, "XATTR_REPLACE of no attribute");
}
