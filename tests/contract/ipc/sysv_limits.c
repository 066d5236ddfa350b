/* SPDX-License-Identifier: MIT */
/* /proc/sys/kernel/{shmmax,shmall,shmmni,sem,msgmax,msgmnb,msgmni} are read, written and obeyed, by namespace. */
#include "lib/contract.h"

#include <sched.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

static bool put(const char *name, const char *text)
{
	char path[128];
	int fd;
	bool done;

	snprintf(path, sizeof(path), "/proc/sys/kernel/%s", name);
	fd = open(path, O_WRONLY);
	done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return done;
}

static bool has(const char *name, const char *text)
{
	char path[128], buf[256];

	snprintf(path, sizeof(path), "/proc/sys/kernel/%s", name);
	if (read_file(path, buf, sizeof(buf)) <= 0 || strcmp(buf, text)) {
		note("%s: %s", name, buf);
		return false;
	}
	return true;
}

static int inside(void *arg)
{
	struct { long type; char text[64]; } m = { .type = 1 };
	int queue;

	(void)arg;
	REQUIRE(unshare(CLONE_NEWIPC) == 0);
	CHECK(has("shmmni", "4096\n"), "shmmni");
	CHECK(has("sem", "32000\t1024000000\t500\t32000\n"), "sem");
	CHECK(has("msgmax", "8192\n") && has("msgmnb", "16384\n") && has("msgmni", "32000\n"), "msg*");
	CHECK(has("shmmax", "18446744073692774399\n") && has("shmall", "18446744073692774399\n"), "shmmax, shmall");
	CHECK(put("shmmax", "8192") && has("shmmax", "8192\n"), "shmmax is set");
	CHECK_ERR(shmget(IPC_PRIVATE, 8193, 0600), EINVAL, "and obeyed");
	CHECK(put("shmmni", "1"), "shmmni is set");
	CHECK_OK(shmget(IPC_PRIVATE, 8192, 0600), "the first segment");
	CHECK_ERR(shmget(IPC_PRIVATE, 1, 0600), ENOSPC, "no second one");
	CHECK(put("shmmni", "4096") && put("shmall", "3"), "shmall: 3 pages");
	CHECK_ERR(shmget(IPC_PRIVATE, 8192, 0600), ENOSPC, "two more are too many");
	CHECK_OK(shmget(IPC_PRIVATE, 1, 0600), "one is not");
	CHECK(put("sem", "10 15 5 2") && has("sem", "10\t15\t5\t2\n"), "sem is set");
	CHECK_ERR(semget(IPC_PRIVATE, 11, 0600), EINVAL, "more than semmsl");
	CHECK_OK(semget(IPC_PRIVATE, 10, 0600), "ten");
	CHECK_ERR(semget(IPC_PRIVATE, 6, 0600), ENOSPC, "more than semmns");
	CHECK_OK(semget(IPC_PRIVATE, 5, 0600), "just as many");
	CHECK(put("msgmax", "32") && put("msgmnb", "40"), "msgmax and msgmnb are set");
	queue = CHECK_OK(msgget(IPC_PRIVATE, 0600), "a queue");
	CHECK_ERR(msgsnd(queue, &m, 33, IPC_NOWAIT), EINVAL, "more than msgmax");
	CHECK_INT(msgsnd(queue, &m, 32, IPC_NOWAIT), 0, "as much");
	CHECK_ERR(msgsnd(queue, &m, 9, IPC_NOWAIT), EAGAIN, "more than msgmnb");
	CHECK(has("msg_next_id", "-1\n") && has("sem_next_id", "-1\n") && has("shm_next_id", "-1\n"), "*_next_id");
	CHECK(put("msg_next_id", "98305") && has("msg_next_id", "98305\n"), "msg_next_id is set");
	CHECK_INT(msgget(IPC_PRIVATE, 0600), 98305, "and the next queue has it");
	CHECK(has("msg_next_id", "-1\n"), "once");
	CHECK(put("msg_next_id", "98305"), "that slot again");
	CHECK_INT(msgget(IPC_PRIVATE, 0600), 98306, "is taken: the one behind it");
	return 0;
}

void contract_main(void)
{
	need_root();
	CHECK_EXIT(inside, NULL, 0, "in a namespace of its own");
}
