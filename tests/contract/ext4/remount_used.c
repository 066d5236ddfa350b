/* SPDX-License-Identifier: MIT */
/* A volume is remounted for reading while others make folders in it: what was reported made is there afterwards. */
#include "lib/volume.h"

#include <sys/mount.h>

enum { MAKERS = 3, ROUNDS = 12, MOST = 4000 };

struct shared {
	unsigned made[MAKERS];
	bool stop;
};

static void folder_name(char *name, unsigned round, unsigned maker, unsigned i)
{
	sprintf(name, "vol/r%u-%u-%u", round, maker, i);
}

/* Until the volume is read-only. */
static void make_folders(struct shared *shared, unsigned round, unsigned me)
{
	char name[64];

	for (unsigned i = 0; i < MOST; i++) {
		folder_name(name, round, me, i);
		if (mkdir(name, 0755))
			_exit(errno == EROFS || errno == ENOSPC ? 0 : 1);
		__atomic_store_n(&shared->made[me], i + 1, __ATOMIC_RELEASE);
	}
	_exit(0);
}

static void keep_committing(const struct shared *shared)
{
	int fd = open("vol", O_RDONLY);

	while (!__atomic_load_n(&shared->stop, __ATOMIC_RELAXED))
		fsync(fd);
	_exit(0);
}

static unsigned count_missing(const struct shared *shared, unsigned round)
{
	unsigned missing = 0;
	char name[64];

	for (unsigned m = 0; m < MAKERS; m++) {
		for (unsigned i = 0; i < shared->made[m]; i++) {
			folder_name(name, round, m, i);
			missing += access(name, F_OK) != 0;
			if (i >= 16)		/* so that the volume does not fill */
				rmdir(name);
		}
	}
	return missing;
}

static void one_round(struct shared *shared, unsigned round)
{
	pid_t pids[MAKERS], committer;
	int err;

	memset(shared, 0, sizeof(*shared));
	for (unsigned i = 0; i < MAKERS; i++) {
		pids[i] = fork_child();
		if (!pids[i])
			make_folders(shared, round, i);
	}
	committer = fork_child();
	if (!committer)
		keep_committing(shared);
	sleep_ms(10 + 7 * round);
	do {
		err = mount(NULL, "vol", NULL, MS_REMOUNT | MS_RDONLY, NULL);
	} while (err && errno == EBUSY);
	REQUIRE(err == 0);
	for (unsigned i = 0; i < MAKERS; i++)
		CHECK_INT(wait_status(pids[i]), 0, "maker %u of round %u ended", i, round);
	shared->stop = true;
	CHECK_INT(wait_status(committer), 0, "so did who called fsync");
	REQUIRE(mount(NULL, "vol", NULL, MS_REMOUNT, NULL) == 0);
	volume_umount();
	volume_mount_again();
	CHECK_INT(count_missing(shared, round), 0, "what was made in round %u is there", round);
}

void contract_main(void)
{
	struct shared *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	volume_mount();
	for (unsigned round = 0; round < ROUNDS; round++)
		one_round(shared, round);
	volume_umount();
}
