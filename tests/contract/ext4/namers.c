/* SPDX-License-Identifier: MIT */
/*
 * Four processes make, rename, link and remove names in the same two folders at once.
 */
#include "lib/pattern.h"

enum { NAMERS = 4, STEPS = 600, NAMES = 40 };

static void name_of(char *out, unsigned number)
{
	sprintf(out, "%s/name-%u", number & 1 ? "a" : "b", number / 2 % NAMES);
}

static int namer(unsigned id)
{
	unsigned state = id * 12345 + 1;
	char one[32], two[32];

	for (int i = 0; i < STEPS; i++) {
		int err = 0;

		state = state * 1103515245 + 12345;
		name_of(one, state >> 8);
		name_of(two, state >> 17);
		switch (state >> 28 & 7) {
		case 0: case 1: case 2:
			err = open(one, O_CREAT | O_WRONLY, 0644);
			if (err >= 0)
				close(err);
			break;
		case 3: case 4: err = rename(one, two); break;
		case 5: err = link(one, two); break;
		case 6: err = unlink(one); break;
		default: err = (int)syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, two, 2); break;
		}
		if (err < 0 && errno != ENOENT && errno != EEXIST)
			return 1;
	}
	return 0;
}

/* Are all names' links counted? */
static int wrong_counts(void)
{
	struct { ino_t ino; unsigned links, found; } files[NAMES * 2] = { { 0 } };
	int nr = 0, wrong = 0;

	for (unsigned i = 0; i < NAMES * 2; i++) {
		char name[32];
		struct stat st;
		int at = 0;

		name_of(name, i);
		if (lstat(name, &st) != 0)
			continue;
		while (at < nr && files[at].ino != st.st_ino)
			at++;
		nr += at == nr;
		files[at].ino = st.st_ino;
		files[at].links = (unsigned)st.st_nlink;
		files[at].found++;
	}
	for (int i = 0; i < nr; i++)
		wrong += files[i].links != files[i].found;
	return wrong;
}

void contract_main(void)
{
	pid_t pids[NAMERS];

	tmp_dir();
	REQUIRE(mkdir("a", 0755) == 0 && mkdir("b", 0755) == 0);
	for (unsigned i = 0; i < NAMERS; i++) {
		pids[i] = fork_child();
		if (!pids[i])
			_exit(namer(i));
	}
	for (unsigned i = 0; i < NAMERS; i++)
		CHECK_INT(wait_status(pids[i]), 0, "process %u has only the errors it should", i);
	CHECK_INT(wrong_counts(), 0, "each file has as many links as names");
	CHECK(count_names("a") + count_names("b") <= NAMES * 2, "no name is there twice");
}
