/* SPDX-License-Identifier: MIT */
/*
 * BusyBox's shell in scripts: many background jobs, pipes between them, wait; a script by #!, a
 * function, getopts.
 */
#include "lib/contract.h"

static int script(void *name)
{
	setenv("PATH", "/bin:/usr/bin:/sbin:/usr/sbin", 1);
	execl((char *)name, (char *)name, "one", "two words", (char *)NULL);
	return 126;
}

static void make(const char *name, const char *text)
{
	write_file(name, text, strlen(text));
	REQUIRE(chmod(name, 0755) == 0);
}

void contract_main(void)
{
	char buf[64];

	if (access("/bin/busybox", X_OK) != 0)
		skip_all("no /bin/busybox");
	tmp_dir();
	make("jobs", "#!/bin/busybox sh\n"
	     "i=0\n"
	     "while [ $i -lt 100 ]; do\n"
	     "	(echo $i | busybox cat > out.$i) &\n"
	     "	i=$((i + 1))\n"
	     "done\n"
	     "wait\n"
	     "busybox cat out.* | busybox sort -n | busybox tail -n 1 > last\n"
	     "busybox ls out.* | busybox wc -l > count\n");
	CHECK_EXIT(script, "./jobs", 0, "100 background jobs of two processes each");
	CHECK(read_file("last", buf, sizeof(buf)) > 0 && !strcmp(buf, "99\n"), "all wrote");
	CHECK(read_file("count", buf, sizeof(buf)) > 0 && atoi(buf) == 100, "100 files");
	make("args", "#!/bin/busybox sh\n[ $# = 2 ] && [ \"$2\" = 'two words' ] && [ \"$0\" = ./args ] && exit 33\n");
	CHECK_EXIT(script, "./args", 33, "a script gets its name and arguments");
	make("fifo", "#!/bin/busybox sh\nbusybox mkfifo p\n(echo through > p) &\nread line < p\n"
	     "[ \"$line\" = through ] && exit 44\n");
	CHECK_EXIT(script, "./fifo", 44, "a FIFO between two shells");
	make("exec", "#!/bin/busybox sh\nexec 3> third; echo x >&3; exec 3>&-; exec busybox sh -c 'exit 55'\n");
	CHECK_EXIT(script, "./exec", 55, "exec replaces the shell");
	CHECK(read_file("third", buf, sizeof(buf)) == 2, "and descriptor 3 was written");
}
