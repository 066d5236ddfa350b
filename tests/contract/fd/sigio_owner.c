/* SPDX-License-Identifier: MIT */
/* F_SETOWN, F_GETOWN, their _EX forms, F_SETSIG, F_GETSIG, F_GETOWNER_UIDS, FIOASYNC: what is kept and what refused. */
#include "lib/contract.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#ifndef F_GETOWNER_UIDS
#define F_GETOWNER_UIDS 17
#endif
#ifndef FIOSETOWN
#define FIOSETOWN 0x8901
#define SIOCSPGRP 0x8902
#define FIOGETOWN 0x8903
#define SIOCGPGRP 0x8904
#endif

/* glibc and musl turn F_GETOWN into F_GETOWN_EX: small negative numbers would look like errors. */
static int getown(int fd)
{
	return fcntl(fd, F_GETOWN);
}

static int exits(void *arg)
{
	(void)arg;
	return 0;
}

static void numbers(int fd)
{
	struct f_owner_ex ex = { 9, 9 };
	pid_t child;

	CHECK_INT(getown(fd), 0, "nobody at first");
	CHECK_INT(fcntl(fd, F_GETOWN_EX, &ex), 0, "F_GETOWN_EX");
	CHECK(ex.type == F_OWNER_TID && ex.pid == 0, "nobody");
	CHECK_INT(fcntl(fd, F_SETOWN, getpid()), 0, "this process");
	CHECK_INT(getown(fd), getpid(), "is the owner");
	REQUIRE(fcntl(fd, F_GETOWN_EX, &ex) == 0);
	CHECK(ex.type == F_OWNER_PID && ex.pid == getpid(), "as a process");
	CHECK_INT(fcntl(fd, F_SETOWN, -getpgrp()), 0, "its group");
	CHECK_INT(getown(fd), -getpgrp(), "a negative number");
	REQUIRE(fcntl(fd, F_GETOWN_EX, &ex) == 0);
	CHECK(ex.type == F_OWNER_PGRP && ex.pid == getpgrp(), "as a group");
	ex = (struct f_owner_ex){ F_OWNER_TID, (int)syscall(SYS_gettid) };
	CHECK_INT(fcntl(fd, F_SETOWN_EX, &ex), 0, "a thread");
	CHECK_INT(getown(fd), ex.pid, "has a positive number");
	ex.type = 3;
	CHECK_ERR(fcntl(fd, F_SETOWN_EX, &ex), EINVAL, "an unknown type");
	CHECK_ERR(fcntl(fd, F_SETOWN_EX, bad_pointer()), EFAULT, "no owner there");
	CHECK_ERR(fcntl(fd, F_GETOWN_EX, bad_pointer()), EFAULT, "nor room for one");
	CHECK_ERR(fcntl(fd, F_SETOWN, INT_MIN), EINVAL, "the smallest number");
	child = fork_child();
	if (!child)
		_exit(exits(NULL));
	waitid(P_PID, (id_t)child, NULL, WEXITED | WNOWAIT);
	CHECK_INT(fcntl(fd, F_SETOWN, child), 0, "a zombie");
	wait_status(child);
	CHECK_INT(getown(fd), 0, "which is gone");
	CHECK_ERR(fcntl(fd, F_SETOWN, child), ESRCH, "and nobody");
	CHECK_ERR(fcntl(fd, F_SETOWN, -child), ESRCH, "no group either");
	CHECK_INT(fcntl(fd, F_SETOWN, 0), 0, "nobody");
	CHECK_INT(getown(fd), 0, "again");
}

static void signals(int fd)
{
	CHECK_INT(fcntl(fd, F_GETSIG), 0, "no signal of its own");
	CHECK_INT(fcntl(fd, F_SETSIG, SIGRTMIN), 0, "one");
	CHECK_INT(fcntl(fd, F_GETSIG), SIGRTMIN, "is kept");
	CHECK_ERR(fcntl(fd, F_SETSIG, 65), EINVAL, "signal 65");
	CHECK_ERR(fcntl(fd, F_SETSIG, -1), EINVAL, "signal -1");
	CHECK_INT(fcntl(fd, F_SETSIG, 0), 0, "none");
	CHECK_INT(fcntl(fd, F_GETSIG), 0, "again");
}

static void flags(int fd)
{
	int on = 1, off = 0, file = REQUIRE_OK(open("/proc/self/exe", O_RDONLY));

	CHECK_INT(ioctl(fd, FIOASYNC, &on), 0, "FIOASYNC");
	CHECK(fcntl(fd, F_GETFL) & O_ASYNC, "is O_ASYNC");
	CHECK_INT(fcntl(fd, F_SETFL, 0), 0, "F_SETFL");
	CHECK(!(fcntl(fd, F_GETFL) & O_ASYNC), "takes it away");
	CHECK_INT(ioctl(fd, FIOASYNC, &off), 0, "it is off");
	CHECK_ERR(ioctl(fd, FIOASYNC, bad_pointer()), EFAULT, "no flag there");
	CHECK_ERR(ioctl(file, FIOASYNC, &on), ENOTTY, "a file does not have it");
	CHECK_INT(ioctl(file, FIOASYNC, &off), 0, "so it is off");
	CHECK_INT(fcntl(file, F_SETFL, O_ASYNC), 0, "F_SETFL does not mind");
	CHECK(!(fcntl(file, F_GETFL) & O_ASYNC), "and leaves it off");
	close(file);
}

static void sockets(void)
{
	int s = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0)), who = getpid(), got = -1;

	CHECK_INT(ioctl(s, FIOSETOWN, &who), 0, "FIOSETOWN");
	CHECK_INT(getown(s), who, "is F_SETOWN");
	who = -getpgrp();
	CHECK_INT(ioctl(s, SIOCSPGRP, &who), 0, "SIOCSPGRP");
	CHECK(ioctl(s, SIOCGPGRP, &got) == 0 && got == who, "SIOCGPGRP");
	got = 0;
	CHECK(ioctl(s, FIOGETOWN, &got) == 0 && got == who, "FIOGETOWN");
	who = INT_MIN;
	CHECK_ERR(ioctl(s, FIOSETOWN, &who), EINVAL, "the smallest number");
	close(s);
}

void contract_main(void)
{
	uint32_t uids[2] = { 7, 7 };
	int p[2];

	REQUIRE(pipe(p) == 0);
	numbers(p[0]);
	signals(p[0]);
	flags(p[0]);
	REQUIRE(fcntl(p[0], F_SETOWN, getpid()) == 0);
	if (fcntl(p[0], F_GETOWNER_UIDS, uids) == 0)
		CHECK(uids[0] == getuid() && uids[1] == geteuid(), "F_GETOWNER_UIDS");
	else
		skip("F_GETOWNER_UIDS needs CONFIG_CHECKPOINT_RESTORE");
	sockets();
}
