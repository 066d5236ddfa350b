/* SPDX-License-Identifier: MIT */
/* A folder is mounted on while another process removes it: nothing stays mounted where nobody can reach it. */
#include "lib/mounts.h"

enum { ROUNDS = 500 };

static void remover(const bool *stop)
{
	while (!__atomic_load_n(stop, __ATOMIC_RELAXED))
		rmdir("p");
	_exit(0);
}

void contract_main(void)
{
	static char text[262144];
	bool *stop = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned mounted = 0, gone = 0;
	pid_t pid;

	private_tmpfs();
	pid = fork_child();
	if (!pid)
		remover(stop);
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (mkdir("p", 0755) && errno != EEXIST)
			CHECK(false, "mkdir says %s", strerror(errno));
		if (mount("none", "p", "tmpfs", 0, NULL) == 0)
			mounted++;
		else if (errno != ENOENT)
			CHECK(false, "mount says %s", strerror(errno));
		else
			gone++;
		umount2("p", 0);
	}
	*stop = true;
	CHECK_INT(wait_status(pid), 0, "the remover ended");
	while (umount2("p", 0) == 0)
		;
	rmdir("p");
	note("%u mounted, %u too late", mounted, gone);
	REQUIRE(read_file("/proc/self/mountinfo", text, sizeof(text)) > 0);
	CHECK(!strstr(text, "/play/p"), "no mount is left");
}
