/* SPDX-License-Identifier: MIT */
/* memfd_create: a file without a name; write, read, truncate, map, seals; its link in /proc. */
#include "lib/contract.h"

/* Linux 6.3: files that may not be made executable. */
static void never_executed(void)
{
	struct stat st;
	int fd = memfd_create("x", 0x8 /* MFD_NOEXEC_SEAL */);

	if (fd < 0 && errno == EINVAL)
		return;
	REQUIRE(fd >= 0 && fstat(fd, &st) == 0);
	CHECK_INT(st.st_mode, S_IFREG | 0666, "MFD_NOEXEC_SEAL: not executable");
	CHECK_INT(fcntl(fd, F_GET_SEALS), 0x20, "F_SEAL_EXEC is set, others may be");
	CHECK_ERR(fchmod(fd, 0755), EPERM, "and it stays so");
	CHECK_INT(fchmod(fd, 0600), 0, "other bits change");
	CHECK_ERR(memfd_create("x", 0x18), EINVAL, "with MFD_EXEC it is EINVAL");
	fd = REQUIRE_OK(memfd_create("x", 0x10 | MFD_ALLOW_SEALING));
	CHECK_INT(fcntl(fd, F_ADD_SEALS, 0x20), 0, "F_SEAL_EXEC of what is executable");
	CHECK_INT(fcntl(fd, F_GET_SEALS), 0x20 | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE,
		  "seals the content, too");
}

void contract_main(void)
{
	char buf[64] = "", *p;
	struct stat st;
	int fd;

	fd = (int)CHECK_OK(memfd_create("thing", MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create");
	CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC, "close-on-exec as asked");
	CHECK_INT(write(fd, "0123456789", 10), 10, "write");
	REQUIRE(lseek(fd, 0, SEEK_SET) == 0);
	CHECK_INT(read(fd, buf, 64), 10, "read");
	CHECK(memcmp(buf, "0123456789", 10) == 0, "the same");
	REQUIRE(fstat(fd, &st) == 0);
	CHECK_INT(st.st_size, 10, "fstat size");
	CHECK_INT(st.st_mode, S_IFREG | 0777, "mode 0777");
	CHECK_INT(st.st_nlink, 0, "no link");
	CHECK_INT(ftruncate(fd, PAGE), 0, "ftruncate");
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(p != MAP_FAILED);
	CHECK(memcmp(p, "0123456789\0", 11) == 0, "a mapping shows it");
	snprintf(buf, sizeof(buf), "/proc/self/fd/%d", fd);
	memset(buf + 32, 0, 32);
	CHECK_INT(readlink(buf, buf + 32, 31), 22, "its link in /proc");
	CHECK_STR(buf + 32, "/memfd:thing (deleted)", "says what it is");
	CHECK_INT(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0, "seal the size");
	CHECK_ERR(ftruncate(fd, 10), EPERM, "shrinking is EPERM");
	CHECK_ERR(ftruncate(fd, 2 * PAGE), EPERM, "growing is EPERM");
	CHECK_ERR(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY,
		  "F_SEAL_WRITE with a shared writable map is EBUSY");
	REQUIRE(munmap(p, PAGE) == 0);
	CHECK_INT(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0, "without it it works");
	CHECK_ERR(pwrite(fd, "x", 1, 0), EPERM, "writing is EPERM");
	CHECK_INT(fallocate(fd, 0, 0, PAGE), 0, "fallocate inside the file changes nothing, and may");
	CHECK_ERR(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 2 * PAGE), EPERM, "beyond it F_SEAL_GROW forbids it");
	CHECK_ERR(fallocate(fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, 0, PAGE), EPERM, "a hole is a write");
	CHECK_INT(fcntl(fd, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE,
		  "the seals read back");
	fd = REQUIRE_OK(memfd_create("x", 0));
	CHECK_ERR(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), EPERM, "without MFD_ALLOW_SEALING EPERM");
	CHECK_ERR(memfd_create("x", 0x8000), EINVAL, "an unknown flag is EINVAL");
	never_executed();
}
