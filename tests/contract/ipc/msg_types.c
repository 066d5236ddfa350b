/* SPDX-License-Identifier: MIT */
/* msgrcv's choice: the first, of a type, of another type, of the least type, MSG_COPY; sizes and MSG_NOERROR. */
#include "lib/contract.h"

#include <sys/ipc.h>
#include <sys/msg.h>

#ifndef MSG_COPY
#define MSG_COPY 040000
#endif

struct text { long type; char data[64]; };

static int queue;

static void send(long type, const char *text)
{
	struct text m = { .type = type };

	strcpy(m.data, text);
	REQUIRE(msgsnd(queue, &m, strlen(text), 0) == 0);
}

static bool get(long type, int flags, long want_type, const char *want)
{
	struct text m = { 0 };
	ssize_t n = msgrcv(queue, &m, sizeof(m.data), type, flags | IPC_NOWAIT);

	if (n != (ssize_t)strlen(want) || m.type != want_type || strncmp(m.data, want, (size_t)n)) {
		note("got %zd bytes of type %ld: %.64s", n, m.type, m.data);
		return false;
	}
	return true;
}

void contract_main(void)
{
	struct text m = { 0 };
	struct msqid_ds ds;

	queue = CHECK_OK(msgget(IPC_PRIVATE, 0600), "msgget");
	send(3, "three");
	send(1, "one");
	send(2, "two");
	send(1, "one again");
	CHECK(msgctl(queue, IPC_STAT, &ds) == 0 && ds.msg_qnum == 4 && ds.msg_lspid == getpid() && ds.msg_stime &&
	      ds.msg_qbytes >= 16384, "IPC_STAT counts four");
	CHECK(get(0, MSG_COPY, 3, "three"), "MSG_COPY of number 0");
	CHECK(get(2, MSG_COPY, 2, "two"), "and of number 2");
	CHECK_ERR(msgrcv(queue, &m, 64, 9, MSG_COPY | IPC_NOWAIT), ENOMSG, "of a number there is not");
	CHECK_ERR(msgrcv(queue, &m, 64, 0, MSG_COPY), EINVAL, "MSG_COPY without IPC_NOWAIT");
	CHECK_ERR(msgrcv(queue, &m, 64, 0, MSG_COPY | MSG_EXCEPT | IPC_NOWAIT), EINVAL, "with MSG_EXCEPT");
	CHECK(get(1, 0, 1, "one"), "the first of type 1");
	CHECK(get(3, MSG_EXCEPT, 2, "two"), "the first that is not of type 3");
	CHECK(get(-2, 0, 1, "one again"), "the least type up to 2");
	CHECK_ERR(msgrcv(queue, &m, 64, -2, IPC_NOWAIT), ENOMSG, "no more up to 2");
	CHECK_ERR(msgrcv(queue, &m, 64, 5, IPC_NOWAIT), ENOMSG, "none of type 5");
	CHECK_ERR(msgrcv(queue, &m, 3, 0, IPC_NOWAIT), E2BIG, "three bytes are too few");
	CHECK(msgctl(queue, IPC_STAT, &ds) == 0 && ds.msg_qnum == 1, "it is still there");
	CHECK_INT(msgrcv(queue, &m, 3, 0, MSG_NOERROR), 3, "MSG_NOERROR cuts it");
	CHECK(msgctl(queue, IPC_STAT, &ds) == 0 && ds.msg_qnum == 0 && ds.msg_lrpid == getpid() && ds.msg_rtime,
	      "and takes it off");
	send(5, "");
	CHECK(get(0, 0, 5, ""), "a message without text");
	m.type = 0;
	CHECK_ERR(msgsnd(queue, &m, 1, 0), EINVAL, "type 0");
	m.type = -1;
	CHECK_ERR(msgsnd(queue, &m, 1, 0), EINVAL, "type -1");
	m.type = 1;
	CHECK_ERR(msgsnd(queue, &m, 1 << 24, 0), EINVAL, "more than msgmax");
	CHECK_ERR(msgsnd(queue, bad_pointer(), 1, 0), EFAULT, "from nowhere");
	CHECK_ERR(msgsnd(-1, &m, 1, 0), EINVAL, "queue -1");
	CHECK_ERR(msgrcv(queue, &m, (size_t)-1, 0, IPC_NOWAIT), EINVAL, "a negative size");
	CHECK_INT(msgctl(queue, IPC_RMID, NULL), 0, "IPC_RMID");
	CHECK_ERR(msgsnd(queue, &m, 1, 0), EINVAL, "gone");
}
