/* SPDX-License-Identifier: MIT */
/* socket, socketpair: unknown family EAFNOSUPPORT, type EINVAL, protocol EPROTONOSUPPORT; flags. */
#include "lib/contract.h"

#include <sys/socket.h>

void contract_main(void)
{
	int fd, pair[2];

	CHECK_ERR(socket(999, SOCK_STREAM, 0), EAFNOSUPPORT, "an unknown family is EAFNOSUPPORT");
	CHECK_ERR(socket(-1, SOCK_STREAM, 0), EAFNOSUPPORT, "a negative one too");
	CHECK_ERR(socket(AF_UNIX, 99, 0), EINVAL, "an unknown type is EINVAL");
	CHECK_ERR(socket(AF_UNIX, 7, 0), ESOCKTNOSUPPORT, "one unix has not is ESOCKTNOSUPPORT");
	CHECK_ERR(socket(AF_UNIX, SOCK_STREAM, 77), EPROTONOSUPPORT,
		  "an unknown protocol is EPROTONOSUPPORT");
	CHECK_ERR(syscall(SYS_socket, AF_UNIX, SOCK_STREAM | 0x100000, 0), EINVAL,
		  "an unknown flag is EINVAL");
	fd = (int)CHECK_OK(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "flags");
	CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK, "SOCK_NONBLOCK");
	CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC, "SOCK_CLOEXEC");
	CHECK_ERR(read(fd, pair, 1), EINVAL, "reading an unconnected stream is EINVAL");
	CHECK_ERR(listen(fd, 1), EINVAL, "listen without a name is EINVAL");
	CHECK_ERR(listen(1, 1), ENOTSOCK, "on another file ENOTSOCK");
	CHECK_ERR(socketpair(AF_UNIX, SOCK_STREAM, 0, bad_pointer()), EFAULT,
		  "socketpair: a bad pointer is EFAULT");
}
