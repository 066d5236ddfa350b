/* SPDX-License-Identifier: MIT */
/* mmap, munmap, mprotect: the errors of bad arguments. */
#include "lib/contract.h"

static void check_map(void *addr, size_t len, int prot, int flags, int fd, off_t off, int want, const char *text)
{
	void *p;

	errno = 0;
	p = (void *)syscall(SYS_mmap, addr, len, prot, flags, fd, off);
	CHECK(p == MAP_FAILED && errno == want, "mmap: %s is %s (got %d)", text, strerror(want),
	      errno);
	if (p != MAP_FAILED)
		munmap(p, len);
}

/* mremap lets an area grow past the last position of its file. */
static void check_past_last(void)
{
	int fd = REQUIRE_OK((int)syscall(SYS_memfd_create, "last", 0));
	char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)(INT64_MAX - 2 * PAGE + 1));

	REQUIRE(p != MAP_FAILED);
	p = mremap(p, PAGE, 4 * PAGE, MREMAP_MAYMOVE);
	REQUIRE(p != MAP_FAILED);
	CHECK_INT(msync(p, 4 * PAGE, MS_SYNC), 0, "msync past the last position");
	CHECK_ERR(madvise(p, 4 * PAGE, MADV_REMOVE), EFBIG, "MADV_REMOVE past the last position");
	REQUIRE_OK(munmap(p, 4 * PAGE));
	close(fd);
}

void contract_main(void)
{
	int ro, wo, fds[2];
	char *p;

	tmp_dir();
	write_file("f", "x", 1);
	ro = REQUIRE_OK(open("f", O_RDONLY));
	wo = REQUIRE_OK(open("f", O_WRONLY));
	REQUIRE(pipe(fds) == 0);
	check_map(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, EINVAL, "length 0");
	check_map(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0, EINVAL,
		  "neither shared nor private");
	check_map(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0, EBADF, "no descriptor");
	check_map(NULL, PAGE, PROT_READ, MAP_PRIVATE, ro, 100, EINVAL, "an unaligned offset");
	check_map(NULL, PAGE, PROT_READ, MAP_PRIVATE, ro, (off_t)(INT64_MAX - PAGE + 1), EOVERFLOW,
		  "an end behind the last position of a file");
	check_map((void *)100, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0,
		  EINVAL,
		  "an unaligned fixed address");
	check_map(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, ro, 0, EACCES,
		  "shared writing of a read-only file");
	check_map(NULL, PAGE, PROT_READ, MAP_PRIVATE, wo, 0, EACCES, "a write-only file");
	check_map(NULL, PAGE, PROT_READ, MAP_PRIVATE, fds[0], 0, ENODEV, "a pipe");
	check_map(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0, EINVAL,
		  "shared memory that grows down");
	check_map(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_GROWSDOWN, ro, 0, EINVAL, "a file that does");
	check_map(NULL, 1UL << 47, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, ENOMEM,
		  "more than all addresses");
	check_map(NULL, -PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, ENOMEM,
		  "a length that wraps");
	check_map((void *)(1UL << 56), PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		  0, ENOMEM,
		  "a fixed address above user memory");
	p = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(p != MAP_FAILED);
	check_map(p, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0,
		  EEXIST,
		  "MAP_FIXED_NOREPLACE over a mapping");
	CHECK_ERR(munmap(p + 1, PAGE), EINVAL, "munmap: an unaligned address");
	check_past_last();
	CHECK_ERR(munmap(p, 0), EINVAL, "munmap: length 0");
	CHECK(mremap(p, -PAGE, PAGE, 0) == MAP_FAILED && errno == EINVAL, "mremap: an old length that wraps");
	CHECK_INT(munmap(p, 2 * PAGE), 0, "munmap");
	CHECK_INT(munmap(p, 2 * PAGE), 0, "munmap of nothing is 0");
	CHECK_ERR(mprotect(p, PAGE, PROT_READ), ENOMEM, "mprotect of nothing is ENOMEM");
	CHECK_ERR(syscall(SYS_mprotect, p + 1, PAGE, PROT_READ), EINVAL,
		  "mprotect: an unaligned address");
	CHECK_INT(mprotect(p, 0, PROT_READ), 0, "mprotect: length 0 is fine");
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, ro, 0);
	REQUIRE(p != MAP_FAILED);
	CHECK_ERR(mprotect(p, PAGE, PROT_READ | PROT_WRITE), EACCES,
		  "mprotect: a shared mapping of a read-only file cannot become writable");
}
