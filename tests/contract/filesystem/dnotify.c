/* SPDX-License-Identifier: MIT */
/* F_NOTIFY: signals for changes in a folder: which, once or until closed, to whom. */
#include "lib/pending.h"

static int count(void)
{
	int n = 0;

	while (next())
		n++;
	return n;
}

static int watch(const char *dir, unsigned long mask)
{
	int fd = REQUIRE_OK(open(dir, O_RDONLY | O_DIRECTORY));

	REQUIRE(fcntl(fd, F_SETSIG, SIGRTMIN) == 0);
	REQUIRE(fcntl(fd, F_NOTIFY, mask) == 0);
	return fd;
}

static void arguments(void)
{
	int file = REQUIRE_OK(open("file", O_CREAT | O_RDWR, 0600)), dir = REQUIRE_OK(open(".", O_RDONLY));
	struct f_owner_ex ex;

	CHECK_ERR(fcntl(file, F_NOTIFY, DN_MODIFY), ENOTDIR, "a file is no folder");
	CHECK_INT(fcntl(file, F_NOTIFY, 0), 0, "nothing may be asked of it");
	CHECK_INT(fcntl(dir, F_NOTIFY, DN_MULTISHOT), 0, "nothing, often");
	CHECK_INT(fcntl(dir, F_NOTIFY, DN_CREATE), 0, "something");
	CHECK(fcntl(dir, F_GETOWN_EX, &ex) == 0 && ex.type == F_OWNER_PID && ex.pid == getpid(), "makes an owner");
	close(file);
	close(dir);
}

static void once(void)
{
	int dir = REQUIRE_OK(open(".", O_RDONLY)), fd;

	REQUIRE(fcntl(dir, F_NOTIFY, DN_CREATE) == 0);
	fd = REQUIRE_OK(open("a", O_CREAT | O_RDWR, 0600));
	CHECK_INT(next(), SIGIO, "a new file");
	CHECK_INT(info.si_code, SI_KERNEL, "plain");
	close(fd);
	close(REQUIRE_OK(open("b", O_CREAT | O_RDWR, 0600)));
	CHECK_INT(next(), 0, "is told once");
	REQUIRE(fcntl(dir, F_SETSIG, SIGRTMIN) == 0 && fcntl(dir, F_NOTIFY, DN_DELETE) == 0);
	REQUIRE(unlink("b") == 0);
	CHECK(next() == SIGRTMIN && info.si_fd == dir && info.si_code == POLL_MSG, "F_SETSIG: the descriptor");
	close(dir);
}

static void kinds(void)
{
	int dir = watch(".", DN_MODIFY | DN_MULTISHOT), fd = REQUIRE_OK(open("a", O_RDWR));
	char c;

	REQUIRE(write(fd, "x", 1) == 1 && write(fd, "y", 1) == 1);
	CHECK_INT(count(), 2, "DN_MODIFY: each write");
	REQUIRE(fchmod(fd, 0640) == 0 && lseek(fd, 0, SEEK_SET) == 0 && read(fd, &c, 1) == 1);
	CHECK_INT(count(), 0, "nothing else");
	REQUIRE(ftruncate(fd, 0) == 0);
	CHECK_INT(count(), 1, "and ftruncate");
	close(dir);
	REQUIRE(write(fd, "x", 1) == 1);
	CHECK_INT(count(), 0, "closed: no more");

	dir = watch(".", DN_ATTRIB | DN_MULTISHOT);
	REQUIRE(fchmod(fd, 0600) == 0);
	CHECK_INT(count(), 1, "DN_ATTRIB");
	REQUIRE(fcntl(dir, F_NOTIFY, DN_ACCESS | DN_MULTISHOT) == 0);
	REQUIRE(lseek(fd, 0, SEEK_SET) == 0 && read(fd, &c, 1) == 1 && fchmod(fd, 0640) == 0);
	CHECK_INT(count(), 2, "DN_ACCESS is added to it");
	REQUIRE(fcntl(dir, F_NOTIFY, 0) == 0);
	REQUIRE(fchmod(fd, 0600) == 0);
	CHECK_INT(count(), 0, "all taken back");
	close(fd);
	close(dir);
}

static void names(void)
{
	int dir = watch(".", DN_RENAME | DN_MULTISHOT), sub;

	REQUIRE(mkdir("sub", 0700) == 0);
	CHECK_INT(count(), 0, "a new folder is no rename");
	REQUIRE(rename("a", "c") == 0);
	CHECK_INT(count(), 1, "DN_RENAME within the folder");
	REQUIRE(rename("c", "sub/c") == 0);
	CHECK_INT(count(), 0, "not out of it");
	REQUIRE(rename("sub/c", "a") == 0);
	CHECK_INT(count(), 0, "nor into it");
	close(dir);
	dir = watch(".", DN_DELETE | DN_MULTISHOT);
	sub = watch("sub", DN_CREATE | DN_MULTISHOT);
	REQUIRE(rename("a", "sub/a") == 0);
	CHECK(next() == SIGRTMIN && info.si_fd == dir, "DN_DELETE: moved away");
	CHECK(next() == SIGRTMIN && info.si_fd == sub, "DN_CREATE: moved here");
	REQUIRE(link("sub/a", "sub/b") == 0);
	CHECK_INT(count(), 1, "DN_CREATE: another name");
	REQUIRE(unlink("sub/a") == 0 && unlink("sub/b") == 0 && rmdir("sub") == 0);
	CHECK_INT(count(), 1, "DN_DELETE: the folder itself");
	close(sub);
	close(dir);
}

static int child(void *arg)
{
	close(*(int *)arg);
	return 0;
}

void contract_main(void)
{
	int dir, copy;
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	tmp_dir();
	arguments();
	once();
	kinds();
	names();
	dir = watch(".", DN_CREATE | DN_MULTISHOT);
	CHECK_EXIT(child, &dir, 0, "a child closes its copy");
	count();
	REQUIRE(mkdir("one", 0700) == 0);
	CHECK_INT(count(), 1, "which ends nothing");
	copy = REQUIRE_OK(dup(dir));
	close(copy);
	REQUIRE(mkdir("two", 0700) == 0);
	CHECK_INT(count(), 0, "closing a copy of one's own does");
}
