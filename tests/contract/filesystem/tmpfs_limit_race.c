/* SPDX-License-Identifier: MIT */
/* Processes that fill a tmpfs together: it holds what size= says, not more, and all of it can be had. */
#include "lib/contract.h"

#include <sys/mount.h>

enum { ROUNDS = 40, WRITERS = 4, SIZE = 1 << 20, CHUNK = 96 << 10 };

/* Writes until nothing more fits. Exits 0 when ENOSPC ended it. */
static void fill(const char *name, bool *go)
{
	static char data[CHUNK];
	int fd = open(name, O_CREAT | O_WRONLY, 0600);

	while (!__atomic_load_n(go, __ATOMIC_ACQUIRE))
		;
	while (write(fd, data, sizeof(data)) > 0)
		;
	_exit(errno == ENOSPC ? 0 : 1);
}

void contract_main(void)
{
	bool *go = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned over = 0, under = 0, other = 0;
	pid_t pids[WRITERS];
	struct stat st;
	char name[32];

	need_root();
	tmp_dir();
	REQUIRE_OK(mkdir("m", 0755));
	for (unsigned i = 0; i < ROUNDS; i++) {
		long long sum = 0;

		REQUIRE_OK(mount("none", "m", "tmpfs", 0, "size=1m"));
		*go = false;
		for (unsigned j = 0; j < WRITERS; j++) {
			snprintf(name, sizeof(name), "m/%u", j);
			pids[j] = fork_child();
			if (!pids[j])
				fill(name, go);
		}
		__atomic_store_n(go, true, __ATOMIC_RELEASE);
		for (unsigned j = 0; j < WRITERS; j++) {
			other += wait_status(pids[j]) != 0;
			snprintf(name, sizeof(name), "m/%u", j);
			REQUIRE_OK(stat(name, &st));
			sum += st.st_blocks * 512;
		}
		over += sum > SIZE;
		under += sum < SIZE;
		REQUIRE_OK(umount("m"));
	}
	CHECK_INT(other, 0, "each ends with ENOSPC");
	CHECK_INT(over, 0, "never more than its size");
	CHECK_INT(under, 0, "and never less");
}
