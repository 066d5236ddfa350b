/* SPDX-License-Identifier: MIT */
/* mq_open(3), mq_unlink(3), mq_getattr(3): names, flags, rights, what a queue is like, how long it lives. */
#include "lib/contract.h"

#include <mqueue.h>

#define NAME "/contract_mq_open"

static long sys_open(const char *name, int flags, int mode, struct mq_attr *attr)
{
	return syscall(SYS_mq_open, name, flags, mode, attr);
}

static void names(void)
{
	char name[300];

	CHECK_ERR(sys_open("", O_CREAT | O_RDWR, 0600, NULL), ENOENT, "an empty name");
	CHECK_ERR(sys_open("/a", O_CREAT | O_RDWR, 0600, NULL), EACCES, "a slash, for the system call");
	CHECK_ERR(sys_open("a/b", O_CREAT | O_RDWR, 0600, NULL), EACCES, "a slash inside");
	CHECK_ERR(sys_open(".", O_CREAT | O_RDWR, 0600, NULL), EACCES, ".");
	CHECK_ERR(sys_open("..", O_RDWR, 0600, NULL), EACCES, "..");
	CHECK_ERR(sys_open(bad_pointer(), O_RDWR, 0600, NULL), EFAULT, "a name that cannot be read");
	CHECK_ERR(sys_open("x", O_CREAT | O_RDWR, 0600, bad_pointer()), EFAULT, "attributes that cannot be read");
	CHECK_ERR(sys_open("contract_none", O_RDWR, 0, bad_pointer()), EFAULT, "even without O_CREAT");
	memset(name, 'n', sizeof(name));
	name[256] = '\0';
	CHECK_ERR(sys_open(name, O_CREAT | O_RDWR, 0600, NULL), ENAMETOOLONG, "256 letters");
	name[255] = '\0';
	close((int)CHECK_OK(sys_open(name, O_CREAT | O_RDWR, 0600, NULL), "255 letters"));
	CHECK_OK(syscall(SYS_mq_unlink, name), "unlinked");
	CHECK_ERR(syscall(SYS_mq_unlink, name), ENOENT, "once");
	CHECK_ERR(syscall(SYS_mq_unlink, "a/b"), EACCES, "unlink of a name with a slash");
	CHECK_ERR(syscall(SYS_mq_unlink, ""), ENOENT, "unlink of an empty name");
}

static void bad_attributes(long max, long size, int err, const char *what)
{
	struct mq_attr attr = { .mq_maxmsg = max, .mq_msgsize = size };

	CHECK_ERR(sys_open("contract_bad", O_CREAT | O_RDWR, 0600, &attr), err, "%s", what);
}

static void attributes(void)
{
	struct mq_attr attr = { .mq_flags = O_NONBLOCK, .mq_maxmsg = 3, .mq_msgsize = 200, .mq_curmsgs = 7 }, got, old;
	struct stat st;
	mqd_t q;

	bad_attributes(0, 10, EINVAL, "no messages");
	bad_attributes(-1, 10, EINVAL, "less than none");
	bad_attributes(10, 0, EINVAL, "no bytes");
	bad_attributes(65537, 1, EINVAL, "more messages than anybody may");
	bad_attributes(1, (16 << 20) + 1, EINVAL, "larger ones than anybody may");
	CHECK_ERR(syscall(SYS_mq_unlink, "contract_bad"), ENOENT, "nothing was made");

	q = CHECK_OK(mq_open(NAME, O_CREAT | O_EXCL | O_RDWR, 0640, &attr), "a queue");
	CHECK_INT(mq_getattr(q, &got), 0, "mq_getattr");
	CHECK_INT(got.mq_flags, 0, "O_NONBLOCK is a flag of the open, not of the attributes");
	CHECK_INT(got.mq_maxmsg, 3, "mq_maxmsg");
	CHECK_INT(got.mq_msgsize, 200, "mq_msgsize");
	CHECK_INT(got.mq_curmsgs, 0, "mq_curmsgs");
	CHECK_INT(fcntl(q, F_GETFD), FD_CLOEXEC, "closed on exec");
	REQUIRE(fstat(q, &st) == 0);
	CHECK(S_ISREG(st.st_mode) && st.st_size == 80 && st.st_nlink == 1, "a file of 80 bytes");
	attr = (struct mq_attr){ .mq_flags = O_NONBLOCK, .mq_maxmsg = 99, .mq_msgsize = 99 };
	CHECK_INT(mq_setattr(q, &attr, &old), 0, "mq_setattr");
	CHECK_INT(old.mq_flags, 0, "what it was");
	REQUIRE(mq_getattr(q, &got) == 0);
	CHECK(got.mq_flags == O_NONBLOCK && got.mq_maxmsg == 3 && got.mq_msgsize == 200, "only the flag changes");
	CHECK(fcntl(q, F_GETFL) & O_NONBLOCK, "F_GETFL shows it");
	attr.mq_flags = O_APPEND;
	CHECK_ERR(mq_setattr(q, &attr, NULL), EINVAL, "no other flag");
	CHECK_ERR(mq_getattr(-1, &got), EBADF, "no descriptor");
	CHECK_ERR(mq_getattr(0, &got), EBADF, "no queue");
	CHECK_ERR(syscall(SYS_mq_getsetattr, q, NULL, bad_pointer()), EFAULT, "nowhere to put them");

	CHECK_ERR(mq_open(NAME, O_CREAT | O_EXCL | O_RDWR, 0600, NULL), EEXIST, "O_EXCL");
	CHECK_ERR(mq_open(NAME, O_ACCMODE), EINVAL, "access mode 3");
	attr = (struct mq_attr){ .mq_maxmsg = -1 };
	mq_close(CHECK_OK(mq_open(NAME, O_CREAT | O_RDONLY, 0600, &attr), "attributes do not matter to what exists"));
	CHECK_INT(mq_unlink(NAME), 0, "unlink");
	CHECK_ERR(mq_open(NAME, O_RDWR), ENOENT, "the name is gone");
	REQUIRE(fstat(q, &st) == 0);
	CHECK_INT(st.st_nlink, 0, "no name");
	CHECK_INT(mq_send(q, "still", 6, 0), 0, "the queue is not");
	mq_close(q);
}

static int as_user(void *arg)
{
	(void)arg;
	if (setgid(1000) || setuid(1000))
		return 100;
	CHECK_ERR(mq_open(NAME, O_RDONLY), EACCES, "others may not read");
	mq_close(CHECK_OK(mq_open(NAME, O_WRONLY), "but write"));
	CHECK_ERR(mq_open(NAME, O_RDWR), EACCES, "not both");
	CHECK_ERR(syscall(SYS_mq_unlink, &NAME[1]), EPERM, "nor remove it: the folder is sticky");
	mq_close(CHECK_OK(mq_open(NAME "2", O_CREAT | O_RDWR, 0600, NULL), "they make their own"));
	CHECK_INT(mq_unlink(NAME "2"), 0, "and remove it");
	return 0;
}

void contract_main(void)
{
	struct stat st;
	mqd_t q;

	need_root();
	names();
	attributes();
	umask(022);
	q = CHECK_OK(mq_open(NAME, O_CREAT | O_RDWR, 0666, NULL), "a queue under a umask");
	REQUIRE(fstat(q, &st) == 0);
	CHECK_INT(st.st_mode & 07777, 0644, "its mode");
	CHECK_INT(fchmod(q, 0602), 0, "fchmod");
	CHECK_EXIT(as_user, NULL, 0, "another user");
	CHECK_INT(mq_unlink(NAME), 0, "unlink");
	mq_close(q);
}
