/* SPDX-License-Identifier: MIT */
/*
 * Datagrams keep their boundaries, carry the sender's address, and need a receiver: ENOENT,
 * ECONNREFUSED.
 */
#include "lib/contract.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

void contract_main(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "a" };
	struct sockaddr_un b = { .sun_family = AF_UNIX, .sun_path = "b" };
	struct sockaddr_un from, none = { .sun_family = AF_UNIX, .sun_path = "none" };
	socklen_t len = sizeof(from);
	int sa, sb;
	char buf[16];

	tmp_dir();
	sa = REQUIRE_OK(socket(AF_UNIX, SOCK_DGRAM, 0));
	sb = REQUIRE_OK(socket(AF_UNIX, SOCK_DGRAM, 0));
	REQUIRE(bind(sa, (struct sockaddr *)&a, sizeof(a)) == 0 && bind(sb, (struct sockaddr *)&b, sizeof(b)) == 0);
	CHECK_INT(sendto(sa, "one", 3, 0, (struct sockaddr *)&b, sizeof(b)), 3, "sendto");
	CHECK_INT(sendto(sa, "three", 5, 0, (struct sockaddr *)&b, sizeof(b)), 5, "and another");
	CHECK_INT(recvfrom(sb, buf, 16, 0, (struct sockaddr *)&from, &len), 3,
		  "recvfrom returns one");
	CHECK_STR(from.sun_path, "a", "with its sender");
	CHECK_INT(len, offsetof(struct sockaddr_un, sun_path) + 2, "and the length");
	CHECK_INT(recvfrom(sb, buf, 16, 0, NULL, NULL), 5, "then the other");
	CHECK_INT(sendto(sa, "", 0, 0, (struct sockaddr *)&b, sizeof(b)), 0, "an empty datagram");
	CHECK_INT(recv(sb, buf, 16, 0), 0, "arrives");
	CHECK_ERR(sendto(sa, "x", 1, 0, (struct sockaddr *)&none, sizeof(none)), ENOENT,
		  "nobody bound there: ENOENT");
	close(sb);
	CHECK_ERR(sendto(sa, "x", 1, 0, (struct sockaddr *)&b, sizeof(b)), ECONNREFUSED,
		  "the socket of that path is closed: ECONNREFUSED");
	CHECK_ERR(send(sa, "x", 1, 0), ENOTCONN, "send without a peer is ENOTCONN");
}
