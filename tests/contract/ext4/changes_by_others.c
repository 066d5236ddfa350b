/* SPDX-License-Identifier: MIT */
/*
 * What a user without privileges does to files of root that he may write: set-id bits and file capabilities go with a
 * change of the content or the size, times are the owner's to choose, a whiteout is no device.
 */
#include "lib/pattern.h"

#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

enum { USER = 1000 };

static void make(const char *name, mode_t mode)
{
	write_file(name, "0123456789", 10);
	REQUIRE(chmod(name, mode) == 0);
}

static unsigned mode_of(const char *name)
{
	return stat_of(name).st_mode & 07777;
}

static int rename_with(const char *from, const char *to, unsigned flags)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static void change_content(void)
{
	int fd = REQUIRE_OK(open("written", O_WRONLY));

	CHECK_INT(write(fd, "", 0), 0, "nothing written");
	CHECK_INT(mode_of("written"), 06777, "changes no mode");
	CHECK_INT(write(fd, "x", 1), 1, "a byte");
	CHECK_INT(mode_of("written"), 0777, "takes set-user-ID and set-group-ID");
	CHECK_INT(truncate("cut", 3), 0, "truncate");
	CHECK_INT(mode_of("cut"), 0777, "takes both");
	fd = REQUIRE_OK(open("more", O_WRONLY));
	if (fallocate(fd, 0, 0, 100000) && errno == EOPNOTSUPP)
		skip("block maps: no fallocate");
	else
		CHECK_INT(mode_of("more"), 0777, "fallocate takes both");
	fd = REQUIRE_OK(open("holed", O_WRONLY));
	CHECK_INT(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4), 0, "a hole");
	CHECK_INT(mode_of("holed"), 0777, "takes both");
}

static void change_names(void)
{
	struct timespec now_omit[2] = { { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_OMIT } };
	struct timespec now_now[2] = { { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_NOW } };

	CHECK_ERR(utimensat(AT_FDCWD, "written", now_omit, 0), EPERM, "one time to now is EPERM for a writer");
	CHECK_INT(utimensat(AT_FDCWD, "written", now_now, 0), 0, "both may be");
	CHECK_ERR(chown("kept", (uid_t)-1, (gid_t)-1), EPERM, "chown of a program of root's is EPERM, also to nobody");
	CHECK_INT(chown("own", (uid_t)-1, (gid_t)-1), 0, "chown of his own to nobody");
	CHECK_INT(mode_of("own"), 0755, "takes the set-id bits");
	CHECK_ERR(mknod("device", S_IFCHR | 0666, makedev(1, 3)), EPERM, "a device is EPERM");
	CHECK_INT(mknod("whiteout", S_IFCHR | 0600, 0), 0, "device 0:0 is not");
	CHECK_INT(rename_with("own", "moved", RENAME_WHITEOUT), 0, "RENAME_WHITEOUT");
	CHECK_INT(stat_of("own").st_mode & S_IFMT, S_IFCHR, "leaves one");
	CHECK_INT(stat_of("own").st_uid, USER, "that is his");
}

static int by_user(void *unused)
{
	(void)unused;
	REQUIRE(setresgid(USER, USER, USER) == 0 && setresuid(USER, USER, USER) == 0);
	change_content();
	change_names();
	return 0;
}

void contract_main(void)
{
	static const unsigned char caps[20] = { 1, 0, 0, 2, 1 };	/* version 2, effective: CAP_CHOWN */
	int fd;

	need_root();
	tmp_dir();
	REQUIRE(chmod(".", 0777) == 0);
	make("written", 06777);
	make("cut", 06777);
	make("more", 06777);
	make("holed", 06777);
	make("kept", 06755);
	make("own", 0755);
	REQUIRE(chown("own", USER, USER) == 0 && chmod("own", 06755) == 0);
	CHECK_EXIT(by_user, NULL, 0, "a user without privileges");
	CHECK_INT(mode_of("kept"), 06755, "what he could not change is as it was");

	fd = REQUIRE_OK(open("cut", O_WRONLY));
	REQUIRE(setxattr("cut", "security.capability", caps, sizeof(caps), 0) == 0);
	CHECK_INT(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 10), 0, "fallocate by root");
	CHECK_ERR(getxattr("cut", "security.capability", NULL, 0), ENODATA, "takes file capabilities");
	CHECK_INT(pwrite(fd, "", 0, 1L << 60), 0, "nothing written beyond all limits");
}
