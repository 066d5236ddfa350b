/* SPDX-License-Identifier: MIT */
/* Each IPC namespace has queues of its own; a mount shows those of whoever mounted it, and outlives its namespace. */
#include "lib/contract.h"

#include <mqueue.h>
#include <sched.h>
#include <sys/mount.h>

#define NAME "/contract_mq_ns"

/* In the new namespace. */
static int inside(void *arg)
{
	mqd_t outer = *(mqd_t *)arg, q;

	if (unshare(CLONE_NEWIPC))
		return 1;
	CHECK_ERR(mq_open(NAME, O_RDWR), ENOENT, "the other namespace's name is not here");
	q = CHECK_OK(mq_open(NAME, O_CREAT | O_EXCL | O_RDWR, 0600, NULL), "one of that name");
	CHECK_INT(mq_send(outer, "from inside", 11, 0), 0, "an open descriptor goes on working");
	CHECK_INT(mq_send(q, "inside", 6, 0), 0, "the own one, too");
	CHECK_INT(mount("none", "mnt", "mqueue", 0, NULL), 0, "mount the new one");
	CHECK_INT(access("mnt" NAME, F_OK), 0, "its queue");
	return 0;
}

void contract_main(void)
{
	char buf[8192];
	mqd_t q;
	int fd;

	need_root();
	if (unshare(CLONE_NEWIPC | CLONE_NEWNS))
		skip_all("no namespaces");
	REQUIRE(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	tmp_dir();
	REQUIRE(mkdir("mnt", 0700) == 0);
	q = REQUIRE_OK(mq_open(NAME, O_CREAT | O_RDWR | O_NONBLOCK, 0600, NULL));
	CHECK_EXIT(inside, &q, 0, "a new namespace");
	CHECK_INT(mq_receive(q, buf, sizeof(buf), NULL), 11, "the message from inside");
	CHECK_ERR(mq_receive(q, buf, sizeof(buf), NULL), EAGAIN, "and no other");
	/* The namespace is gone, its mount is not. */
	fd = CHECK_OK(open("mnt" NAME, O_RDWR | O_NONBLOCK), "its queue is still there");
	CHECK_INT(mq_receive(fd, buf, sizeof(buf), NULL), 6, "with its message");
	CHECK_ERR(open("mnt/new", O_CREAT | O_RDWR, 0600), EACCES, "but no new ones are made");
	close(fd);
	CHECK_INT(unlink("mnt" NAME), 0, "unlink");
	CHECK_INT(umount("mnt"), 0, "umount");
	CHECK_INT(mq_unlink(NAME), 0, "ours");
}
