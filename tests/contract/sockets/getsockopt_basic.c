/* SPDX-License-Identifier: MIT */
/* getsockopt: SO_TYPE, SO_ERROR, SO_DOMAIN, SO_ACCEPTCONN, SO_PEERCRED; short buffers; errors. */
#include "lib/contract.h"

#include <sys/socket.h>

static int get(int fd, int option)
{
	socklen_t len = sizeof(int);
	int value = -1;

	REQUIRE(getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 && len == sizeof(int));
	return value;
}

void contract_main(void)
{
	struct { pid_t pid; uid_t uid; gid_t gid; } cred;
	socklen_t len = sizeof(cred);
	char bytes[8] = "########";
	int pair[2], dgram;

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	dgram = REQUIRE_OK(socket(AF_UNIX, SOCK_DGRAM, 0));
	CHECK_INT(get(pair[0], SO_TYPE), SOCK_STREAM, "SO_TYPE of a stream");
	CHECK_INT(get(dgram, SO_TYPE), SOCK_DGRAM, "of a datagram socket");
	CHECK_INT(get(pair[0], SO_DOMAIN), AF_UNIX, "SO_DOMAIN");
	CHECK_INT(get(pair[0], SO_ERROR), 0, "SO_ERROR");
	CHECK_INT(get(pair[0], SO_ACCEPTCONN), 0, "SO_ACCEPTCONN");
	CHECK_INT(get(pair[0], SO_REUSEADDR), 0, "SO_REUSEADDR is off at first");
	CHECK_INT(getsockopt(pair[0], SOL_SOCKET, SO_PEERCRED, &cred, &len), 0, "SO_PEERCRED");
	CHECK(cred.pid == getpid() && cred.uid == geteuid() && cred.gid == getegid(),
	      "is who made the pair");
	len = 2;
	CHECK_INT(getsockopt(pair[0], SOL_SOCKET, SO_TYPE, bytes, &len), 0, "into 2 bytes");
	CHECK(bytes[0] == SOCK_STREAM && bytes[1] == 0 && bytes[2] == '#', "only 2 are written");
	CHECK_INT(len, 2, "and told");
	len = 4;
	CHECK_ERR(getsockopt(pair[0], SOL_SOCKET, 9999, bytes, &len), ENOPROTOOPT,
		  "an unknown option is ENOPROTOOPT");
	CHECK_ERR(getsockopt(1, SOL_SOCKET, SO_TYPE, bytes, &len), ENOTSOCK,
		  "another file is ENOTSOCK");
	len = (socklen_t)-1;
	CHECK_ERR(getsockopt(pair[0], SOL_SOCKET, SO_TYPE, bytes, &len), EINVAL,
		  "a negative length is EINVAL");
}
