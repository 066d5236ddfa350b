/* SPDX-License-Identifier: MIT */
/*
 * Locks on files: POSIX locks die with any close, OFD locks live with the open file, flock with it too; the kinds
 * that know of each other; deadlock detection; F_GETLK tells who.
 */
#include "lib/contract.h"

#include <sys/file.h>

#ifndef F_OFD_SETLK
#define F_OFD_GETLK 36
#define F_OFD_SETLK 37
#endif

static int lock(int fd, int cmd, int type, off_t start, off_t len)
{
	struct flock l = { .l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = len };

	return fcntl(fd, cmd, &l);
}

static int locked_out(void *arg)
{
	int fd = open("f", O_RDWR);

	(void)arg;
	return lock(fd, F_SETLK, F_WRLCK, 0, 10) == -1 ? errno : 0;
}

static int other_gets(void *arg)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 100 };
	int fd = open("f", O_RDWR);

	(void)arg;
	if (fcntl(fd, F_GETLK, &l) || l.l_type != F_WRLCK || l.l_start != 5 || l.l_len != 10)
		return 1;
	return l.l_pid == getppid() ? 0 : 2;
}

static int deadlock_child(void *arg)
{
	int *pipes = arg, fd = open("f", O_RDWR), ret;
	char c;

	if (lock(fd, F_SETLK, F_WRLCK, 1, 1))
		return 1;
	REQUIRE(write(pipes[1], "x", 1) == 1);
	REQUIRE(read(pipes[2], &c, 1) == 1);
	ret = lock(fd, F_SETLKW, F_WRLCK, 0, 1);
	return ret ? 2 : 0;
}

static void posix_locks(int fd)
{
	int second;

	REQUIRE_OK(lock(fd, F_SETLK, F_WRLCK, 5, 10));
	CHECK_EXIT(locked_out, NULL, EAGAIN, "a lock in the way");
	CHECK_EXIT(other_gets, NULL, 0, "F_GETLK tells place and owner");
	CHECK_INT(lock(fd, F_SETLK, F_UNLCK, 8, 2), 0, "a hole in it");
	CHECK_INT(lock(fd, F_SETLK, F_RDLCK, 6, 1), 0, "another kind in it");
	CHECK_INT(lock(fd, F_SETLK, F_WRLCK, 0, 0), 0, "all over");
	second = REQUIRE_OK(open("f", O_RDONLY));
	REQUIRE_OK(close(second));
	CHECK_EXIT(locked_out, NULL, 0, "closing any descriptor of the file drops them");
	CHECK_ERR(lock(fd, F_SETLK, 77, 0, 1), EINVAL, "a type there is not");
	CHECK_ERR(lock(fd, F_SETLK, F_WRLCK, -1, 1), EINVAL, "a start before the file");
	second = REQUIRE_OK(open("f", O_RDONLY));
	CHECK_ERR(lock(second, F_SETLK, F_WRLCK, 0, 1), EBADF, "a write lock on a file open for reading");
	close(second);
}

static void ofd_locks(int fd)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1 };
	int other = REQUIRE_OK(open("f", O_RDWR)), copy;

	CHECK_INT(lock(fd, F_OFD_SETLK, F_WRLCK, 0, 10), 0, "an OFD lock");
	CHECK_ERR(lock(other, F_OFD_SETLK, F_WRLCK, 5, 1), EAGAIN, "is in the way of another open file");
	CHECK_ERR(lock(other, F_SETLK, F_WRLCK, 5, 1), EAGAIN, "and of POSIX locks");
	CHECK_INT(fcntl(other, F_OFD_GETLK, &l), 0, "F_OFD_GETLK");
	CHECK_INT(l.l_pid, -1, "has no process to tell");
	l.l_pid = 1;
	CHECK_ERR(fcntl(other, F_OFD_SETLK, &l), EINVAL, "nor takes one");
	copy = REQUIRE_OK(dup(fd));
	REQUIRE_OK(close(copy));
	CHECK_ERR(lock(other, F_OFD_SETLK, F_WRLCK, 5, 1), EAGAIN, "closing a copy leaves it");
	CHECK_INT(lock(fd, F_OFD_SETLK, F_UNLCK, 0, 0), 0, "unlock");
	CHECK_INT(lock(other, F_OFD_SETLK, F_WRLCK, 5, 1), 0, "then it is free");
	REQUIRE_OK(close(other));
	CHECK_INT(lock(fd, F_OFD_SETLK, F_WRLCK, 5, 1), 0, "the last close unlocks");
	REQUIRE_OK(lock(fd, F_OFD_SETLK, F_UNLCK, 0, 0));
}

static void flocks(int fd)
{
	int other = REQUIRE_OK(open("f", O_RDWR));

	REQUIRE_OK(flock(fd, LOCK_EX));
	CHECK_ERR(flock(other, LOCK_SH | LOCK_NB), EWOULDBLOCK, "flock");
	CHECK_INT(lock(other, F_SETLK, F_WRLCK, 0, 1), 0, "and record locks do not know of each other");
	CHECK_INT(flock(fd, LOCK_SH), 0, "made shared");
	CHECK_INT(flock(other, LOCK_SH | LOCK_NB), 0, "two may have it");
	CHECK_ERR(flock(fd, LOCK_EX | LOCK_NB), EWOULDBLOCK, "neither alone");
	CHECK_ERR(flock(fd, 77), EINVAL, "an operation there is not");
	close(other);
	CHECK_INT(flock(fd, LOCK_EX | LOCK_NB), 0, "the other's close");
}

void contract_main(void)
{
	int fd, there[2], back[2], pipes[3];
	pid_t pid;
	char c;

	tmp_dir();
	write_file("f", "", 0);
	fd = REQUIRE_OK(open("f", O_RDWR));
	posix_locks(fd);
	ofd_locks(fd);
	flocks(fd);
	REQUIRE_OK(lock(fd, F_SETLK, F_WRLCK, 0, 1));
	REQUIRE(!pipe(there) && !pipe(back));
	pipes[1] = there[1];
	pipes[2] = back[0];
	pid = fork_child();
	if (!pid)
		_exit(deadlock_child(pipes));
	REQUIRE(read(there[0], &c, 1) == 1);
	REQUIRE(write(back[1], "x", 1) == 1);
	wait_asleep(pid);
	CHECK_ERR(lock(fd, F_SETLKW, F_WRLCK, 1, 1), EDEADLK, "two that wait for each other");
	REQUIRE_OK(lock(fd, F_SETLK, F_UNLCK, 0, 1));
	CHECK_INT(wait_status(pid), 0, "the other gets its lock");
}
