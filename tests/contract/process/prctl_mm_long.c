/* SPDX-License-Identifier: MIT */
/* /proc/PID/cmdline and environ are as long as PR_SET_MM says, and are read at any place. */
#include "lib/contract.h"

#include <sys/prctl.h>

#define SIZE	(32L << 20)

static char byte_at(long at)
{
	return at == SIZE - 1 ? 0 : (char)('a' + (at / (long)PAGE + at) % 26);
}

static void whole(const char *path)
{
	static char buf[1 << 16];
	int fd = REQUIRE_OK(open(path, O_RDONLY));
	long done = 0, wrong = 0;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			wrong += buf[i] != byte_at(done + i);
		done += n;
	}
	CHECK_INT(n, 0, "%s: read to the end", path);
	CHECK_INT(done, SIZE, "%s: all of it", path);
	CHECK_INT(wrong, 0, "%s: as it is in memory", path);
	CHECK_INT(pread(fd, buf, 10, SIZE - 4), 4, "%s: the end of it", path);
	CHECK(buf[2] == byte_at(SIZE - 2) && !buf[3], "%s: and what stands there", path);
	CHECK_INT(pread(fd, buf, 10, SIZE), 0, "%s: nothing behind it", path);
	CHECK_ERR(pread(fd, bad_pointer(), 10, 0), EFAULT, "%s: a bad pointer", path);
	close(fd);
}

static int child(void *arg)
{
	static char title[3 * PAGE];
	char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)arg;
	REQUIRE(p != MAP_FAILED);
	for (long i = 0; i < SIZE; i++)
		p[i] = byte_at(i);
	if (prctl(PR_SET_MM, PR_SET_MM_ARG_START, p, 0, 0) && (errno == EINVAL || errno == EPERM)) {
		skip("a Linux built without PR_SET_MM, or a root without CAP_SYS_RESOURCE");
		return 0;
	}
	REQUIRE(prctl(PR_SET_MM, PR_SET_MM_ARG_END, p + SIZE, 0, 0) == 0);
	whole("/proc/self/cmdline");
	REQUIRE(prctl(PR_SET_MM, PR_SET_MM_ENV_START, p, 0, 0) == 0);
	REQUIRE(prctl(PR_SET_MM, PR_SET_MM_ENV_END, p + SIZE, 0, 0) == 0);
	whole("/proc/self/environ");
	p[SIZE - 1] = 'x';
	p[PAGE / 2] = 0;
	CHECK_INT(read_file("/proc/self/cmdline", title, sizeof(title)), PAGE / 2 + 1, "a title: to its first NUL");
	memset(p, 'y', 2 * PAGE);
	CHECK_INT(read_file("/proc/self/cmdline", title, sizeof(title)), PAGE, "of a page at most");
	return 0;
}

void contract_main(void)
{
	need_root();
	CHECK_EXIT(child, NULL, 0, "32 MiB of arguments");
}
