/* SPDX-License-Identifier: MIT */
/*
 * Modes of files and folders: all bits are kept, and mean something to others than root.
 */
#include "lib/pattern.h"

static int as_nobody(void *arg)
{
	int fd;

	if (setgid(65534) || setuid(65534))
		return 1;
	if (open("m600", O_RDONLY) >= 0 || errno != EACCES)
		return 2;
	fd = open("m444", O_RDONLY);
	if (fd < 0 || open("m444", O_WRONLY) >= 0 || errno != EACCES)
		return 3;
	if (open("d700/x", O_RDONLY) >= 0 || errno != EACCES)
		return 4;
	if (open("new", O_CREAT | O_WRONLY, 0600) >= 0 || errno != EACCES)
		return 5;
	return chmod("m777", 0700) == 0 || errno != EPERM ? 6 : 0;
}

void contract_main(void)
{
	static const mode_t modes[] = { 0, 0400, 0444, 0600, 0644, 0700, 0755, 0777, 01777, 02755, 04755, 07777 };
	char name[32];

	need_root();
	tmp_dir();
	for (unsigned i = 0; i < ARRAY_SIZE(modes); i++) {
		snprintf(name, sizeof(name), "m%o", modes[i]);
		close(pattern_file(name, 1, 1));
		CHECK_INT(chmod(name, modes[i]), 0, "chmod %04o", modes[i]);
		CHECK_INT(stat_of(name).st_mode, S_IFREG | modes[i], "stays");
		snprintf(name, sizeof(name), "d%o", modes[i]);
		REQUIRE(mkdir(name, 0) == 0 && chmod(name, modes[i]) == 0);
		CHECK_INT(stat_of(name).st_mode, S_IFDIR | modes[i], "of a folder too");
	}
	close(pattern_file("d700/x", 1, 1));
	CHECK_EXIT(as_nobody, NULL, 0, "another user is kept out as they say");
}
