/* SPDX-License-Identifier: MIT */
/* A full queue and an empty one make their callers sleep; EINTR, EIDRM; a waiting receiver gets just its type. */
#include "lib/contract.h"

#include <sys/ipc.h>
#include <sys/msg.h>

struct text { long type; char data[8192]; };

static struct text m;

static void handler(int sig)
{
	(void)sig;
}

static int receive_interrupted(void *arg)
{
	on_signal(SIGALRM, handler, SA_RESTART);
	alarm(1);
	return msgrcv(*(int *)arg, &m, 64, 0, 0) == -1 && errno == EINTR ? 0 : 1;
}

static pid_t receiver(int queue, long type, size_t size)
{
	pid_t pid = fork_child();

	if (pid == 0) {
		ssize_t n = msgrcv(queue, &m, size, type, 0);

		_exit(n >= 0 ? (int)m.type : errno);
	}
	wait_asleep(pid);
	return pid;
}

static int exit_code(pid_t pid)
{
	int status = wait_status(pid);

	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void contract_main(void)
{
	int queue = msgget(IPC_PRIVATE, 0600);
	struct msqid_ds ds;
	pid_t a, b, c;

	REQUIRE(queue >= 0);
	CHECK_EXIT(receive_interrupted, &queue, 0, "EINTR in spite of SA_RESTART");
	a = receiver(queue, 7, 64);
	b = receiver(queue, 0, 2);
	c = receiver(queue, -9, 64);
	m.type = 8;
	CHECK_INT(msgsnd(queue, &m, 10, 0), 0, "ten bytes of type 8");
	CHECK_INT(exit_code(b), E2BIG, "a receiver with too small a buffer fails");
	CHECK_INT(exit_code(c), 8, "the next that wants it has it");
	m.type = 7;
	CHECK_INT(msgsnd(queue, &m, 10, 0), 0, "type 7");
	CHECK_INT(exit_code(a), 7, "goes to whom waited for it");
	CHECK(msgctl(queue, IPC_STAT, &ds) == 0 && ds.msg_qnum == 0, "nothing was queued");

	m.type = 1;
	REQUIRE(msgctl(queue, IPC_STAT, &ds) == 0);
	ds.msg_qbytes = 8192;
	CHECK_INT(msgctl(queue, IPC_SET, &ds), 0, "IPC_SET makes it smaller");
	CHECK_INT(msgsnd(queue, &m, 8000, IPC_NOWAIT), 0, "8000 of 8192 bytes");
	CHECK_ERR(msgsnd(queue, &m, 193, IPC_NOWAIT), EAGAIN, "193 more do not fit");
	CHECK_INT(msgsnd(queue, &m, 192, IPC_NOWAIT), 0, "192 do");
	a = fork_child();
	if (a == 0)
		_exit(msgsnd(queue, &m, 100, 0) ? errno : 0);
	wait_asleep(a);
	CHECK_INT(msgrcv(queue, &m, sizeof(m.data), 0, 0), 8000, "take one");
	CHECK_INT(exit_code(a), 0, "the sender goes on");
	CHECK_INT(msgsnd(queue, &m, 7900, IPC_NOWAIT), 0, "full again");
	a = fork_child();
	if (a == 0)
		_exit(msgsnd(queue, &m, 100, 0) ? errno : 0);
	wait_asleep(a);
	b = fork_child();
	if (b == 0) {
		msgrcv(queue, &m, sizeof(m.data), 99, 0);
		_exit(errno);
	}
	wait_asleep(b);
	CHECK_INT(msgctl(queue, IPC_RMID, NULL), 0, "IPC_RMID");
	CHECK_INT(exit_code(a), EIDRM, "a sleeping sender gets EIDRM");
	CHECK_INT(exit_code(b), EIDRM, "a sleeping receiver, too");
}
