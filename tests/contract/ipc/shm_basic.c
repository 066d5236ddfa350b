/* SPDX-License-Identifier: MIT */
/* shmget, shmat, shmdt: keys, sharing over fork, a segment that outlives its attachments, IPC_STAT's counts. */
#include "lib/contract.h"

#include <sys/ipc.h>
#include <sys/shm.h>

static struct shmid_ds stat_of(int id)
{
	struct shmid_ds ds;

	REQUIRE(shmctl(id, IPC_STAT, &ds) == 0);
	return ds;
}

void contract_main(void)
{
	key_t key = 0x43000000 + getpid();
	int id = CHECK_OK(shmget(key, 3 * PAGE + 5, IPC_CREAT | IPC_EXCL | 0640), "create by key");
	struct shmid_ds ds = stat_of(id);
	volatile char *p, *q;
	time_t now = time(NULL);
	pid_t pid;

	CHECK_INT(ds.shm_segsz, 3 * PAGE + 5, "size as asked for");
	CHECK(ds.shm_perm.__key == key && (ds.shm_perm.mode & 0777) == 0640 && ds.shm_perm.uid == geteuid() &&
	      ds.shm_perm.cuid == geteuid(), "key, mode and owner");
	CHECK(ds.shm_cpid == getpid() && ds.shm_lpid == 0 && ds.shm_nattch == 0 && ds.shm_atime == 0 &&
	      ds.shm_dtime == 0, "nothing attached yet");
	CHECK(ds.shm_ctime >= now - 5 && ds.shm_ctime <= now + 5, "ctime is now");
	CHECK_INT(shmget(key, 0, 0), id, "found by key");
	CHECK_INT(shmget(key, 3 * PAGE, IPC_CREAT | 0600), id, "IPC_CREAT finds it, a smaller size is fine");
	CHECK_ERR(shmget(key, 4 * PAGE, 0), EINVAL, "a larger size is not");
	CHECK_ERR(shmget(key, PAGE, IPC_CREAT | IPC_EXCL), EEXIST, "IPC_EXCL");
	CHECK_ERR(shmget(key + 0x1000000, PAGE, 0), ENOENT, "an unknown key");
	CHECK_ERR(shmget(IPC_PRIVATE, 0, 0600), EINVAL, "no bytes");

	p = shmat(id, NULL, 0);
	REQUIRE(p != (void *)-1);
	CHECK(p[0] == 0 && p[3 * PAGE + 4] == 0, "zeroes");
	p[0] = 'a';
	q = shmat(id, NULL, SHM_RDONLY);
	REQUIRE(q != (void *)-1 && q != p);
	CHECK(q[0] == 'a', "a second attachment shows the same");
	ds = stat_of(id);
	CHECK(ds.shm_nattch == 2 && ds.shm_lpid == getpid() && ds.shm_atime >= now - 5, "two attached");
	pid = fork_child();
	if (pid == 0) {
		p[1] = stat_of(id).shm_nattch == 4 ? 'b' : 'x';
		_exit(0);
	}
	CHECK_INT(wait_status(pid), 0, "child");
	CHECK(q[1] == 'b', "fork adds its two, and the child's store is seen");
	ds = stat_of(id);
	CHECK_INT(ds.shm_nattch, 2, "exit takes them away");
	CHECK_INT(ds.shm_lpid, pid, "the child was the last");
	CHECK_INT(shmdt((void *)q), 0, "detach");
	CHECK_ERR(shmdt((void *)q), EINVAL, "twice");
	CHECK_ERR(shmdt((char *)p + PAGE), EINVAL, "from its middle");
	CHECK_ERR(shmdt((char *)p + 1), EINVAL, "not at a page");
	CHECK_INT(shmdt((void *)p), 0, "detach the other");
	CHECK_INT(stat_of(id).shm_nattch, 0, "none left");
	p = shmat(id, NULL, 0);
	CHECK(p != (void *)-1 && p[0] == 'a', "content stays without attachments");
	shmdt((void *)p);
	CHECK_INT(shmctl(id, IPC_RMID, NULL), 0, "remove");
	CHECK_ERR(shmctl(id, IPC_STAT, &ds), EINVAL, "gone");
	CHECK_ERR(shmctl(id, IPC_RMID, NULL), EINVAL, "removed twice");
	CHECK(shmat(id, NULL, 0) == (void *)-1 && errno == EINVAL, "attach of what is gone");
	CHECK_ERR(shmget(key, 0, 0), ENOENT, "the key, too");
}
