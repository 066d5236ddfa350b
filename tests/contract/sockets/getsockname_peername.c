/* SPDX-License-Identifier: MIT */
/*
 * getsockname, getpeername: families of a pair, the bound path, lengths cut to the caller's
 * (lesson 21), ENOTCONN.
 */
#include "lib/contract.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

void contract_main(void)
{
	struct { struct sockaddr_un a; char guard[16]; } got;
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "the-path" };
	socklen_t len = sizeof(got.a);
	int pair[2], bound, lone;

	tmp_dir();
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	CHECK_INT(getsockname(pair[0], (struct sockaddr *)&got.a, &len), 0,
		  "getsockname of a pair");
	CHECK(got.a.sun_family == AF_UNIX && len == 2, "a family and no name");
	len = sizeof(got.a);
	CHECK_INT(getpeername(pair[0], (struct sockaddr *)&got.a, &len), 0,
		  "getpeername of a pair");
	CHECK(got.a.sun_family == AF_UNIX && len == 2, "a family and no name");
	bound = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	REQUIRE(bind(bound, (struct sockaddr *)&addr, sizeof(addr)) == 0);
	len = sizeof(got.a);
	CHECK_INT(getsockname(bound, (struct sockaddr *)&got.a, &len), 0,
		  "getsockname of a bound one");
	CHECK_STR(got.a.sun_path, "the-path", "its path");
	CHECK_INT(len, offsetof(struct sockaddr_un, sun_path) + 9, "its length with the 0");
	memset(&got, '#', sizeof(got));
	len = 5;
	CHECK_INT(getsockname(bound, (struct sockaddr *)&got.a, &len), 0, "into 5 bytes");
	CHECK(!memcmp(got.a.sun_path, "the#", 4), "only 5 are written");
	CHECK_INT(len, offsetof(struct sockaddr_un, sun_path) + 9, "the true length is told");
	CHECK_ERR(getpeername(bound, (struct sockaddr *)&got.a, &len), ENOTCONN,
		  "not connected is ENOTCONN");
	lone = REQUIRE_OK(socket(AF_UNIX, SOCK_DGRAM, 0));
	CHECK_ERR(getpeername(lone, (struct sockaddr *)&got.a, &len), ENOTCONN,
		  "for datagrams too");
	CHECK_ERR(getsockname(1, (struct sockaddr *)&got.a, &len), ENOTSOCK,
		  "another file is ENOTSOCK");
}
