/* SPDX-License-Identifier: MIT */
/*
 * utimensat: to the nanosecond, before 1970 and after 2038, now, and left alone.
 */
#include "lib/pattern.h"

static void set(const char *path, int64_t seconds, long ns)
{
	struct timespec ts[2] = { { seconds, ns }, { seconds + 1, ns } };
	struct stat st;

	CHECK_INT(utimensat(AT_FDCWD, path, ts, 0), 0, "set to %lld.%09ld", (long long)seconds, ns);
	st = stat_of(path);
	CHECK(st.st_atim.tv_sec == seconds && st.st_atim.tv_nsec == ns, "the access time");
	CHECK(st.st_mtim.tv_sec == seconds + 1 && st.st_mtim.tv_nsec == ns, "the modification time");
}

void contract_main(void)
{
	struct timespec ts[2], now;
	struct stat before, st;

	tmp_dir();
	close(pattern_file("file", 10, 1));
	set("file", 0, 0);
	set("file", 1234567890, 123456789);
	set("file", 0x7fffffff, 999999999);
	set("file", 0x100000000, 1);
	set("file", 15032385533, 5);
	set("file", -1000000000, 7);
	ts[0] = (struct timespec){ 1LL << 40, 6 };
	ts[1] = (struct timespec){ -(1LL << 40), 5 };
	CHECK_INT(utimensat(AT_FDCWD, "file", ts, 0), 0, "times that are too far away");
	st = stat_of("file");
	CHECK(st.st_atim.tv_sec == 15032385535 && !st.st_atim.tv_nsec, "become the last there is");
	CHECK(st.st_mtim.tv_sec == INT32_MIN && !st.st_mtim.tv_nsec, "and the first");
	set("file", -1000000000, 7);
	REQUIRE(mkdir("dir", 0755) == 0);
	set("dir", 1000000000, 42);
	before = stat_of("file");
	REQUIRE(clock_gettime(CLOCK_REALTIME_COARSE, &now) == 0);
	ts[0] = (struct timespec){ 0, UTIME_OMIT };
	ts[1] = (struct timespec){ 0, UTIME_NOW };
	CHECK_INT(utimensat(AT_FDCWD, "file", ts, 0), 0, "one left, one to now");
	st = stat_of("file");
	CHECK_INT(st.st_atim.tv_sec, before.st_atim.tv_sec, "left");
	CHECK(st.st_mtim.tv_sec >= now.tv_sec && st.st_mtim.tv_sec < now.tv_sec + 100, "now");
	CHECK(st.st_ctim.tv_sec >= now.tv_sec, "the change time is now");
	REQUIRE(symlink("file", "link") == 0);
	ts[0] = ts[1] = (struct timespec){ 5, 6 };
	CHECK_INT(utimensat(AT_FDCWD, "link", ts, AT_SYMLINK_NOFOLLOW), 0, "of a link");
	CHECK_INT(stat_of("link").st_mtim.tv_nsec, 6, "itself");
	ts[0].tv_nsec = 1000000000;
	CHECK_ERR(utimensat(AT_FDCWD, "file", ts, 0), EINVAL, "too many nanoseconds are EINVAL");
}
