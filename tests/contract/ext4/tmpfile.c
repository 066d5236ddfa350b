/* SPDX-License-Identifier: MIT */
/*
 * O_TMPFILE: a file without a name that linkat names, once, or never (O_EXCL).
 */
#include "lib/pattern.h"

static int name_it(int fd, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

void contract_main(void)
{
	struct stat st;
	int fd;

	tmp_dir();
	fd = CHECK_OK(open(".", O_TMPFILE | O_RDWR, 0640), "O_TMPFILE");
	REQUIRE(fd >= 0 && fstat(fd, &st) == 0);
	CHECK_INT(st.st_nlink, 0, "has no links");
	CHECK_INT(st.st_mode, S_IFREG | 0640, "is a file");
	CHECK_INT(count_names("."), 0, "and no name");
	pattern_write(fd, 0, 100000, 1);
	CHECK_INT(name_it(fd, "named"), 0, "linkat gives it one");
	CHECK(pattern_is("named", 100000, 1), "and there it is");
	CHECK_INT(stat_of("named").st_nlink, 1, "with one link");
	CHECK_ERR(name_it(fd, "named"), EEXIST, "the same name again is EEXIST");
	CHECK_INT(name_it(fd, "again"), 0, "another is one more link");
	CHECK_INT(stat_of("named").st_nlink, 2, "two");
	pattern_write(fd, 100000, 5, 1);
	close(fd);
	CHECK(pattern_is("again", 100005, 1), "it was still open");
	fd = CHECK_OK(open(".", O_TMPFILE | O_RDWR | O_EXCL, 0600), "O_TMPFILE with O_EXCL");
	CHECK_ERR(name_it(fd, "never"), ENOENT, "never gets a name");
	close(fd);
	for (int i = 0; i < 100; i++) {
		fd = REQUIRE_OK(open(".", O_TMPFILE | O_WRONLY, 0600));
		pattern_write(fd, 0, 5000, 1);
		close(fd);
	}
	CHECK_INT(count_names("."), 2, "a hundred more leave nothing");
	CHECK_ERR(open(".", O_TMPFILE | O_RDONLY, 0600), EINVAL, "for reading only is EINVAL");
}
