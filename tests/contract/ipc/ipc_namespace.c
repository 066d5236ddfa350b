/* SPDX-License-Identifier: MIT */
/* CLONE_NEWIPC: a namespace of its own, setns back, its objects end with it; /proc/PID/ns/ipc; tables in /proc. */
#include "lib/contract.h"

#include <sched.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

static int lines(const char *path)
{
	char buf[65536];
	ssize_t n = read_file(path, buf, sizeof(buf));
	int count = 0;

	for (ssize_t i = 0; i < n; i++)
		count += buf[i] == '\n';
	return count;
}

static int inside(void *arg)
{
	key_t key = *(key_t *)arg;
	int home = open("/proc/self/ns/ipc", O_RDONLY);
	char before[64] = "", after[64] = "";

	if (readlink("/proc/self/ns/ipc", before, sizeof(before) - 1) <= 0 || strncmp(before, "ipc:[", 5))
		return 1;
	if (unshare(CLONE_NEWIPC))
		return 2;
	readlink("/proc/self/ns/ipc", after, sizeof(after) - 1);
	if (!strcmp(before, after))
		return 3;
	if (shmget(key, 0, 0) != -1 || errno != ENOENT)
		return 4;
	if (lines("/proc/sysvipc/shm") != 1 || lines("/proc/sysvipc/sem") != 1 || lines("/proc/sysvipc/msg") != 1)
		return 5;
	if (shmget(key, PAGE, IPC_CREAT | 0600) < 0 || semget(key, 1, IPC_CREAT | 0600) < 0 ||
	    msgget(key, IPC_CREAT | 0600) < 0)
		return 6;
	if (lines("/proc/sysvipc/shm") != 2 || lines("/proc/sysvipc/sem") != 2 || lines("/proc/sysvipc/msg") != 2)
		return 7;
	if (setns(home, CLONE_NEWIPC))
		return 8;
	return shmget(key, 0, 0) >= 0 && semget(key, 0, 0) == -1 && errno == ENOENT ? 0 : 9;
}

static int attached_inside(void *arg)
{
	char *p;
	int id;

	(void)arg;
	if (unshare(CLONE_NEWIPC))
		return 1;
	id = shmget(IPC_PRIVATE, PAGE, 0600);
	p = shmat(id, NULL, 0);
	if (p == (void *)-1)
		return 2;
	strcpy(p, "x");
	if (unshare(CLONE_NEWIPC))
		return 3;
	return p[0] == 'x' && shmdt(p) == 0 ? 0 : 4;
}

static int nobody(void *arg)
{
	(void)arg;
	if (setuid(65534))
		return 50;
	return unshare(CLONE_NEWIPC) == -1 && errno == EPERM ? 0 : 1;
}

void contract_main(void)
{
	key_t key = 0x46000000 + getpid();
	int id;

	need_root();
	id = shmget(key, PAGE, IPC_CREAT | 0600);
	REQUIRE(id >= 0);
	CHECK_EXIT(inside, &key, 0, "unshare, objects of its own, and back by setns");
	CHECK_EXIT(attached_inside, NULL, 0, "an attachment outlives the namespace's last task");
	CHECK_EXIT(nobody, NULL, 0, "CAP_SYS_ADMIN is needed");
	CHECK_ERR(syscall(SYS_clone, CLONE_NEWIPC | CLONE_SYSVSEM | SIGCHLD, NULL, NULL, NULL, 0), EINVAL,
		  "CLONE_NEWIPC with CLONE_SYSVSEM");
	shmctl(id, IPC_RMID, NULL);
}
