/* SPDX-License-Identifier: MIT */
/*
 * accept4: SOCK_NONBLOCK and SOCK_CLOEXEC on the accepted descriptor; accept without; EAGAIN;
 * unknown flags.
 */
#include "lib/contract.h"

#include <sys/socket.h>
#include <sys/un.h>

void contract_main(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "sock" };
	int server, client[2], fd;

	tmp_dir();
	server = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
	REQUIRE(bind(server, (struct sockaddr *)&addr, sizeof(addr)) == 0 && listen(server, 5) == 0);
	CHECK_ERR(accept4(server, NULL, NULL, 0), EAGAIN, "nobody there: EAGAIN");
	for (int i = 0; i < 2; i++) {
		client[i] = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
		REQUIRE(connect(client[i], (struct sockaddr *)&addr, sizeof(addr)) == 0);
	}
	fd = (int)CHECK_OK(accept4(server, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), "accept4");
	CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK, "SOCK_NONBLOCK");
	CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC, "SOCK_CLOEXEC");
	fd = (int)CHECK_OK(accept(server, NULL, NULL), "accept");
	CHECK(!(fcntl(fd, F_GETFL) & O_NONBLOCK), "does not inherit O_NONBLOCK");
	CHECK_INT(fcntl(fd, F_GETFD), 0, "nor close-on-exec");
	CHECK_ERR(syscall(SYS_accept4, server, NULL, NULL, 0x1000000), EINVAL,
		  "an unknown flag is EINVAL");
	CHECK_ERR(accept4(client[0], NULL, NULL, 0), EINVAL,
		  "a socket that does not listen is EINVAL");
	CHECK_ERR(accept4(1, NULL, NULL, 0), ENOTSOCK, "another file is ENOTSOCK");
}
