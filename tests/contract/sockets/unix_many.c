/* SPDX-License-Identifier: MIT */
/* AF_UNIX under load: many processes connect, talk, pass a descriptor and leave, while others do; short backlogs. */
#include "lib/contract.h"

#include <sys/socket.h>
#include <sys/un.h>

#define CLIENTS	6
#define ROUNDS	60

static struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "server" };

static int talk(int id)
{
	char control[CMSG_SPACE(sizeof(int))], c;
	struct msghdr m = { .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	struct iovec v = { &id, sizeof(id) };
	int fd = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0)), pipefd[2];

	REQUIRE(pipe(pipefd) == 0);
	REQUIRE(connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0);
	m.msg_iov = &v;
	m.msg_iovlen = 1;
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(h), &pipefd[1], sizeof(int));
	REQUIRE(sendmsg(fd, &m, 0) == sizeof(id));
	close(pipefd[1]);
	/* The server writes its answer to the pipe it was given, and closes it. */
	if (read(pipefd[0], &c, 1) != 1 || c != (char)id || read(pipefd[0], &c, 1) != 0)
		return 1;
	close(pipefd[0]);
	close(fd);
	return 0;
}

static int client(int id)
{
	int bad = 0;

	for (int i = 0; i < ROUNDS; i++)
		bad += talk(id);
	return bad != 0;
}

static int answer(int fd)
{
	char control[CMSG_SPACE(sizeof(int))];
	int id = 0, out;
	struct iovec v = { &id, sizeof(id) };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	char c;

	REQUIRE(recvmsg(fd, &m, 0) == sizeof(id) && m.msg_controllen == sizeof(control));
	memcpy(&out, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(out));
	c = (char)id;
	REQUIRE(write(out, &c, 1) == 1);
	close(out);
	close(fd);
	return 0;
}

static int serve(int listener)
{
	for (int i = 0; i < CLIENTS * ROUNDS / 2; i++)
		answer(REQUIRE_OK(accept(listener, NULL, NULL)));
	return 0;
}

void contract_main(void)
{
	int listener, good = 0;
	pid_t pid[CLIENTS + 2];

	tmp_dir();
	listener = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	REQUIRE(bind(listener, (struct sockaddr *)&name, sizeof(name)) == 0 && listen(listener, 1) == 0);
	for (int i = 0; i < CLIENTS + 2; i++) {
		pid[i] = fork_child();
		if (pid[i] == 0)
			_exit(i < CLIENTS ? client(i + 1) : serve(listener));
	}
	for (int i = 0; i < CLIENTS + 2; i++)
		good += wait_status(pid[i]) == 0;
	CHECK_INT(good, CLIENTS + 2, "all are served");
}
