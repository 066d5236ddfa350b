/* SPDX-License-Identifier: MIT */
/* The limits of /proc/sys/fs/mqueue and RLIMIT_MSGQUEUE, and whom they hold. In an IPC namespace of its own. */
#include "lib/contract.h"

#include <mqueue.h>
#include <sched.h>
#include <sys/resource.h>

#define DIR "/proc/sys/fs/mqueue/"
#define NAME "/contract_limits"

static long get(const char *name)
{
	char path[64], text[32];

	snprintf(path, sizeof(path), DIR "%s", name);
	return read_file(path, text, sizeof(text)) > 0 ? atol(text) : -1;
}

static int set(const char *name, const char *value)
{
	char path[64];
	int fd, ret;

	snprintf(path, sizeof(path), DIR "%s", name);
	fd = REQUIRE_OK(open(path, O_WRONLY));
	ret = write(fd, value, strlen(value)) < 0 ? errno : 0;
	close(fd);
	return ret;
}

/* Root of a container may be without it. */
static bool capable(void)
{
	char text[4096];
	const char *caps = read_file("/proc/self/status", text, sizeof(text)) > 0 ? strstr(text, "CapEff:") : NULL;

	return caps && (strtoull(caps + 7, NULL, 16) >> 24 & 1);
}

/* errno of making a queue, which is gone again. */
static int try(long max, long size)
{
	struct mq_attr attr = { .mq_maxmsg = max, .mq_msgsize = size };
	mqd_t q = mq_open(NAME, O_CREAT | O_EXCL | O_RDWR, 0600, max ? &attr : NULL);

	if (q < 0)
		return errno;
	mq_close(q);
	mq_unlink(NAME);
	return 0;
}

static void values(void)
{
	CHECK_INT(get("queues_max"), 256, "queues_max");
	CHECK_INT(get("msg_max"), 10, "msg_max");
	CHECK_INT(get("msgsize_max"), 8192, "msgsize_max");
	CHECK_INT(get("msg_default"), 10, "msg_default");
	CHECK_INT(get("msgsize_default"), 8192, "msgsize_default");
	CHECK_INT(set("msg_max", "0\n"), EINVAL, "msg_max 0");
	CHECK_INT(set("msg_max", "65537\n"), EINVAL, "msg_max 65537");
	CHECK_INT(set("msgsize_max", "127\n"), EINVAL, "msgsize_max 127");
	CHECK_INT(set("msgsize_max", "16777217\n"), EINVAL, "msgsize_max 16 MiB and 1");
	CHECK_INT(set("msg_default", "0"), EINVAL, "msg_default 0");
	CHECK_INT(set("msgsize_default", "1"), EINVAL, "msgsize_default 1");
	CHECK_INT(set("msg_default", "20"), 0, "msg_default above msg_max");
}

static void defaults(void)
{
	struct mq_attr attr;
	mqd_t q = REQUIRE_OK(mq_open(NAME, O_CREAT | O_RDWR, 0600, NULL));

	REQUIRE(mq_getattr(q, &attr) == 0);
	CHECK_INT(attr.mq_maxmsg, 10, "the lesser counts");
	CHECK_INT(attr.mq_msgsize, 8192, "the default size");
	mq_close(q);
	mq_unlink(NAME);
}

static int as_user(void *arg)
{
	(void)arg;
	if (setgid(4242) || setuid(4242))
		return 100;
	CHECK_INT(try(10, 8192), 0, "at the limits");
	CHECK_INT(try(11, 64), EINVAL, "more messages than msg_max");
	CHECK_INT(try(1, 8193), EINVAL, "larger ones than msgsize_max");
	return 0;
}

/* What a queue costs: its text, and 48 bytes each for a message and for a priority. */
static int charged(void *arg)
{
	long cost = 4 * 1000 + 4 * (48 + 48);
	struct rlimit rl = { (rlim_t)(2 * cost), (rlim_t)(2 * cost) };
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 1000 };
	mqd_t a, b;

	(void)arg;
	if (setrlimit(RLIMIT_MSGQUEUE, &rl) || setgid(4243) || setuid(4243))
		return 100;
	a = CHECK_OK(mq_open("/contract_a", O_CREAT | O_RDWR, 0600, &attr), "one of two that fit");
	b = CHECK_OK(mq_open("/contract_b", O_CREAT | O_RDWR, 0600, &attr), "the other");
	CHECK_INT(try(1, 1), EMFILE, "nothing more");
	mq_unlink("/contract_a");
	CHECK_INT(try(1, 1), EMFILE, "a queue without a name counts");
	mq_close(a);
	CHECK_INT(try(4, 1000), 0, "until it is closed");
	CHECK_INT(try(4, 1001), EMFILE, "a little more than is free");
	mq_unlink("/contract_b");
	mq_close(b);
	return 0;
}

static void count(void)
{
	mqd_t q[3];

	REQUIRE(set("queues_max", "2") == 0);
	q[0] = REQUIRE_OK(mq_open("/contract_0", O_CREAT | O_RDWR, 0600, NULL));
	q[1] = REQUIRE_OK(mq_open("/contract_1", O_CREAT | O_RDWR, 0600, NULL));
	if (capable()) {
		q[2] = CHECK_OK(mq_open("/contract_2", O_CREAT | O_RDWR, 0600, NULL), "CAP_SYS_RESOURCE makes a third");
		mq_unlink("/contract_2");
		mq_close(q[2]);
	} else {
		skip("CAP_SYS_RESOURCE makes a third: not capable");
	}
	REQUIRE(setresuid(1000, 1000, 0) == 0);
	CHECK_ERR(mq_open("/contract_2", O_CREAT | O_RDWR, 0600, NULL), ENOSPC, "others it does");
	REQUIRE(setresuid(0, 0, 0) == 0);
	mq_unlink("/contract_0");
	mq_unlink("/contract_1");
	mq_close(q[0]);
	mq_close(q[1]);
	REQUIRE(setresuid(1000, 1000, 0) == 0);
	CHECK_INT(try(0, 0), 0, "room again");
	REQUIRE(setresuid(0, 0, 0) == 0);
}

void contract_main(void)
{
	struct rlimit rl = { RLIM_INFINITY, RLIM_INFINITY };

	need_root();
	CHECK_INT(getrlimit(RLIMIT_MSGQUEUE, &rl), 0, "RLIMIT_MSGQUEUE");
	CHECK_INT(rl.rlim_cur, 819200, "its default");
	if (unshare(CLONE_NEWIPC))
		skip_all("no IPC namespaces");
	values();
	defaults();
	CHECK_EXIT(as_user, NULL, 0, "a user");
	if (capable())
		CHECK_INT(try(20, 10000), 0, "CAP_SYS_RESOURCE goes beyond");
	else
		skip("CAP_SYS_RESOURCE goes beyond: not capable");
	CHECK_EXIT(charged, NULL, 0, "RLIMIT_MSGQUEUE");
	count();
}
