/* SPDX-License-Identifier: MIT */
/*
 * Record locks: conflict between processes, split and merge, F_GETLK names the owner, close
 * drops all.
 */
#include "lib/contract.h"

static struct flock lock_of(short type, off_t start, off_t len)
{
	return (struct flock){ .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len };
}

static int in_child(void *arg)
{
	struct flock l = lock_of(F_WRLCK, 5, 1);
	pid_t parent = getppid();
	int fd = REQUIRE_OK(open("f", O_RDWR));

	CHECK_ERR(fcntl(fd, F_SETLK, &l), EAGAIN, "a locked byte is EAGAIN");
	CHECK_INT(fcntl(fd, F_GETLK, &l), 0, "F_GETLK");
	CHECK_INT(l.l_type, F_WRLCK, "tells the type");
	CHECK_INT(l.l_pid, parent, "the owner");
	CHECK(l.l_start == 0 && l.l_len == 10, "and the range");
	l = lock_of(F_WRLCK, 10, 5);
	CHECK_INT(fcntl(fd, F_SETLK, &l), 0, "the next byte is free");
	return 0;
}

static int after_split(void *arg)
{
	struct flock l = lock_of(F_RDLCK, 4, 2);
	int fd = REQUIRE_OK(open("f", O_RDWR));

	CHECK_INT(fcntl(fd, F_SETLK, &l), 0, "the unlocked middle is free");
	l = lock_of(F_RDLCK, 3, 1);
	CHECK_ERR(fcntl(fd, F_SETLK, &l), EAGAIN, "its left is locked");
	l = lock_of(F_RDLCK, 6, 1);
	CHECK_ERR(fcntl(fd, F_SETLK, &l), EAGAIN, "its right is locked");
	return 0;
}

static int all_free(void *arg)
{
	struct flock l = lock_of(F_WRLCK, 0, 0);
	int fd = REQUIRE_OK(open("f", O_RDWR));

	return fcntl(fd, F_SETLK, &l);
}

/* F_GETLK by another process. */
static int get_in_child(void *arg)
{
	struct flock *got = arg;
	int fd = REQUIRE_OK(open("f", O_RDWR));

	return fcntl(fd, F_GETLK, got);
}

/* The lock the child finds is the one that begins first, whichever was made first. */
static void first_in_file(int fd)
{
	struct flock *got = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct flock l = lock_of(F_WRLCK, 10, 5), all = lock_of(F_UNLCK, 0, 0);

	REQUIRE(got != MAP_FAILED);
	REQUIRE(fcntl(fd, F_SETLK, &l) == 0);
	l = lock_of(F_RDLCK, 1, 5);
	REQUIRE(fcntl(fd, F_SETLK, &l) == 0);
	l = lock_of(F_RDLCK, 20, 1);
	REQUIRE(fcntl(fd, F_SETLK, &l) == 0);
	*got = lock_of(F_WRLCK, 0, 0);
	CHECK_EXIT(get_in_child, got, 0, "F_GETLK of the whole file");
	CHECK(got->l_type == F_RDLCK && got->l_start == 1 && got->l_len == 5, "finds the first in the file");
	CHECK_INT(got->l_pid, getpid(), "and who holds it");
	*got = lock_of(F_WRLCK, 6, 0);
	CHECK_EXIT(get_in_child, got, 0, "F_GETLK behind it");
	CHECK(got->l_type == F_WRLCK && got->l_start == 10 && got->l_len == 5, "finds the second");
	REQUIRE(fcntl(fd, F_SETLK, &all) == 0);
	munmap(got, 4096);
}

void contract_main(void)
{
	struct flock l = lock_of(F_WRLCK, 0, 10);
	int fd, other;

	tmp_dir();
	fd = REQUIRE_OK(open("f", O_CREAT | O_RDWR, 0600));
	CHECK_INT(fcntl(fd, F_SETLK, &l), 0, "lock ten bytes");
	CHECK_INT(fcntl(fd, F_GETLK, &l), 0, "F_GETLK of one's own");
	CHECK_INT(l.l_type, F_UNLCK, "is no conflict");
	CHECK_EXIT(in_child, NULL, 0, "the conflicting child ends well");
	l = lock_of(F_UNLCK, 4, 2);
	CHECK_INT(fcntl(fd, F_SETLK, &l), 0, "unlock the middle");
	CHECK_EXIT(after_split, NULL, 0, "the second child ends well");
	other = REQUIRE_OK(open("f", O_RDONLY));
	close(other);
	CHECK_EXIT(all_free, NULL, 0, "closing any descriptor of the file drops all locks");
	l = lock_of(F_WRLCK, 0, 1);
	other = REQUIRE_OK(open("f", O_RDONLY));
	CHECK_ERR(fcntl(other, F_SETLK, &l), EBADF,
		  "a write lock by a read-only descriptor is EBADF");
	first_in_file(fd);
	l = lock_of(F_WRLCK, -5, 1);
	CHECK_ERR(fcntl(fd, F_SETLK, &l), EINVAL, "a negative start is EINVAL");
}
