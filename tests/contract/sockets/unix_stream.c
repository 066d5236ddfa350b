/* SPDX-License-Identifier: MIT */
/*
 * AF_UNIX: bind, listen, connect, accept, exchange; abstract names; EADDRINUSE, ECONNREFUSED,
 * ENOENT; permission.
 */
#include "lib/contract.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static int client(void *arg)
{
	int fd = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	char buf[16];

	REQUIRE(connect(fd, arg, sizeof(struct sockaddr_un)) == 0);
	REQUIRE(write(fd, "ping", 4) == 4);
	REQUIRE(read(fd, buf, 16) == 4 && !memcmp(buf, "pong", 4));
	return read(fd, buf, 16) == 0 ? 0 : 1;
}

static int no_permission(void *arg)
{
	int fd = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));

	REQUIRE(setresuid(1000, 1000, 1000) == 0);
	CHECK_ERR(connect(fd, arg, sizeof(struct sockaddr_un)), EACCES,
		  "connect without write permission is EACCES");
	return 0;
}

void contract_main(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "sock" }, abstract = { .sun_family = AF_UNIX };
	int server, fd, other;
	socklen_t len;
	struct stat st;
	char buf[16];
	pid_t pid;

	tmp_dir();
	server = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	fd = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	CHECK_ERR(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), ENOENT,
		  "nothing there: ENOENT");
	CHECK_INT(bind(server, (struct sockaddr *)&addr, sizeof(addr)), 0, "bind");
	REQUIRE(stat("sock", &st) == 0);
	CHECK(S_ISSOCK(st.st_mode), "makes a socket file");
	CHECK_ERR(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), ECONNREFUSED,
		  "nobody listens: ECONNREFUSED");
	CHECK_ERR(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), EADDRINUSE,
		  "a used name is EADDRINUSE");
	CHECK_INT(listen(server, 5), 0, "listen");
	pid = fork_child();
	if (pid == 0)
		_exit(client(&addr));
	fd = (int)CHECK_OK(accept(server, NULL, NULL), "accept");
	CHECK_INT(read(fd, buf, 16), 4, "the request");
	CHECK_INT(write(fd, "pong", 4), 4, "the answer");
	close(fd);
	CHECK_INT(wait_status(pid), 0, "the client ends well");
	memcpy(abstract.sun_path, "\0coracle-test", 13);
	len = offsetof(struct sockaddr_un, sun_path) + 13;
	other = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	CHECK_INT(bind(other, (struct sockaddr *)&abstract, len), 0, "an abstract name");
	REQUIRE(listen(other, 1) == 0);
	fd = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	CHECK_INT(connect(fd, (struct sockaddr *)&abstract, len), 0, "connects");
	close(other);
	other = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	CHECK_ERR(connect(other, (struct sockaddr *)&abstract, len), ECONNREFUSED,
		  "it goes with its socket");
	CHECK_ERR(open("sock", O_RDWR), ENXIO, "open of a socket file is ENXIO");
	need_root();
	REQUIRE(chmod("sock", 0755) == 0 && chmod(".", 0755) == 0);
	CHECK_EXIT(no_permission, &addr, 0, "the unprivileged child ends well");
}
