/* SPDX-License-Identifier: MIT */
/*
 * A writer faster than the disk is slowed, not killed: what is dirty and on its way stays below vm.dirty_ratio of
 * memory, and everything written is there.
 */
#include "lib/pattern.h"

#include <sys/statvfs.h>
#include <sys/wait.h>

#define CHUNK	(1 << 20)

static long meminfo(const char *name)
{
	char line[128], format[64];
	FILE *f = fopen("/proc/meminfo", "r");
	long kib = -1;

	REQUIRE(f);
	snprintf(format, sizeof(format), "%s: %%ld", name);
	while (fgets(line, sizeof(line), f) && sscanf(line, format, &kib) != 1)
		;
	fclose(f);
	REQUIRE(kib >= 0);
	return kib;
}

/* Both of one reading: pages go from the one to the other all the time. */
static long unclean(void)
{
	char text[4096];
	const char *dirty, *writeback;

	REQUIRE(read_file("/proc/meminfo", text, sizeof(text)) > 0);
	dirty = strstr(text, "\nDirty:");
	writeback = strstr(text, "\nWriteback:");
	REQUIRE(dirty && writeback);
	return strtol(dirty + strlen("\nDirty:"), NULL, 10) + strtol(writeback + strlen("\nWriteback:"), NULL, 10);
}

static long ratio(void)
{
	FILE *f = fopen("/proc/sys/vm/dirty_ratio", "r");
	long percent = 0;

	if (f && fscanf(f, "%ld", &percent) != 1)
		percent = 0;
	if (f)
		fclose(f);
	return percent > 0 ? percent : 20;
}

static void writer(uint64_t bytes)
{
	static char buf[CHUNK];
	int fd = open("large", O_WRONLY | O_CREAT | O_TRUNC, 0644);

	for (uint64_t at = 0; at < bytes; at += CHUNK) {
		pattern_fill(buf, 4096, at, 7);		/* the rest is zeroes: the disk is what is to be slow */
		if (pwrite(fd, buf, CHUNK, (off_t)at) != CHUNK)
			_exit(1);
	}
	_exit(0);
}

void contract_main(void)
{
	long total = meminfo("MemTotal"), limit = total / 100 * ratio(), most = 0, now;
	uint64_t bytes = (uint64_t)(limit + limit / 2) << 10;
	struct statvfs st;
	int status, fd;
	pid_t pid;

	tmp_dir();
	bytes = (bytes < 256u << 20 ? bytes : 256u << 20) / CHUNK * CHUNK;
	REQUIRE(statvfs(".", &st) == 0);
	if (st.f_bavail * st.f_frsize < 2 * bytes)
		skip_all("not enough room");
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid)
		writer(bytes);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		now = unclean();
		most = now > most ? now : most;
		usleep(2000);
	}
	note("%llu MiB written, %ld of %ld MiB dirty at most, limit %ld", (unsigned long long)bytes >> 20, most >> 10,
	     total >> 10, limit >> 10);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the writer comes to its end");
	/* Linux counts from what is available, and lets each task run a little over it. */
	CHECK(most <= limit + limit / 8 + 8192, "dirty memory is bounded");
	fd = REQUIRE_OK(open("large", O_RDONLY));
	CHECK_INT(fsync(fd), 0, "fsync");
	CHECK_INT(size_of("large"), bytes, "all is written");
	for (uint64_t at = 0; at < bytes; at += bytes / 8 / CHUNK * CHUNK)
		CHECK(pattern_read(fd, at, 4096, 7), "content at %llu", (unsigned long long)at);
	close(fd);
	CHECK_INT(unlink("large"), 0, "removed");
}
