/* SPDX-License-Identifier: MIT */
/*
 * BusyBox on this file system: tar in and out, cp, find, sort, du, rm of a tree.
 */
#include "lib/pattern.h"

static int sh(const char *line)
{
	int status;
	pid_t pid = fork_child();

	if (!pid) {
		execl("/bin/busybox", "sh", "-c", line, NULL);
		_exit(127);
	}
	status = wait_status(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void contract_main(void)
{
	if (access("/bin/busybox", X_OK) != 0)
		skip_all("no busybox");
	tmp_dir();
	CHECK_INT(sh("mkdir -p tree/a/b tree/c && for i in 1 2 3 4 5 6 7 8 9; do echo $i >tree/a/b/$i; "
		     "ln tree/a/b/$i tree/c/l$i; ln -s ../a/b/$i tree/c/s$i; done"), 0, "a tree");
	CHECK_INT(sh("dd if=/dev/zero bs=1k count=300 2>/dev/null | tr '\\0' z >tree/large"), 0, "a large file");
	CHECK_INT(sh("tar cf t.tar tree && mkdir out && tar xf t.tar -C out"), 0, "tar in and out");
	CHECK_INT(sh("cd tree && find . -type f | sort | xargs cat | md5sum >../sum1"), 0, "its sum");
	CHECK_INT(sh("cd out/tree && find . -type f | sort | xargs cat | md5sum >../../sum2"), 0, "the copy's sum");
	CHECK_INT(sh("cmp sum1 sum2"), 0, "are the same");
	CHECK_INT(sh("cp -a tree copy && [ $(find copy | wc -l) = $(find tree | wc -l) ]"), 0, "cp -a");
	CHECK_INT(sh("[ $(readlink copy/c/s5) = ../a/b/5 ] && [ $(cat copy/c/s5) = 5 ]"), 0, "with its links");
	CHECK_INT(sh("gzip t.tar && gunzip t.tar.gz && tar tf t.tar >/dev/null"), 0, "gzip and back");
	CHECK_INT(sh("sed -i s/5/five/ tree/a/b/5 && grep -q five tree/c/s5"), 0, "sed -i replaces a file");
	CHECK_INT(sh("du -s tree >/dev/null && rm -r out copy && [ ! -e out ]"), 0, "rm -r");
}
