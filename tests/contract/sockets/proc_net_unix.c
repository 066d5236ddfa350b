/* SPDX-License-Identifier: MIT */
/* /proc/net/unix: each AF_UNIX socket with type, state, inode and name, as `ss -x` reads them. */
#include "lib/contract.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static char text[1 << 20];

/* What stands in the line of a socket. */
struct line {
	unsigned long refs, protocol, flags, type, state, ino;
	char name[160];
};

static bool parse(const char *at, struct line *l)
{
	unsigned long number;
	int used = 0;

	memset(l, 0, sizeof(*l));
	if (sscanf(at, "%lx: %lx %lx %lx %lx %lx %lu%n", &number, &l->refs, &l->protocol, &l->flags, &l->type,
		   &l->state, &l->ino, &used) != 7)
		return false;
	if (at[used] == ' ')
		sscanf(at + used, " %159[^\n]", l->name);
	return true;
}

/* Of the socket with this inode, or (0) the one of this name that was not accepted yet. */
static bool find(const char *path, unsigned long ino, const char *name, struct line *l)
{
	FILE *f = fopen(path, "r");
	size_t n;

	REQUIRE(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = 0;
	for (char *at = strchr(text, '\n'); at && at[1]; at = strchr(at + 1, '\n')) {
		if (parse(at + 1, l) && l->ino == ino && (!name || !strcmp(l->name, name)))
			return true;
	}
	return false;
}

static unsigned long inode_of(int fd)
{
	struct stat st;

	REQUIRE(fstat(fd, &st) == 0);
	return st.st_ino;
}

static bool has(int fd, unsigned long type, unsigned long state, unsigned long flags, const char *name)
{
	struct line l;

	return find("/proc/net/unix", inode_of(fd), NULL, &l) && l.type == type && l.state == state &&
	       l.flags == flags && !strcmp(l.name, name) && l.refs && !l.protocol;
}

static void names(struct sockaddr_un *file, struct sockaddr_un *abstract, socklen_t *len)
{
	int n;

	*file = (struct sockaddr_un){ .sun_family = AF_UNIX };
	*abstract = *file;
	snprintf(file->sun_path, sizeof(file->sun_path), "sock");
	n = snprintf(abstract->sun_path + 1, sizeof(abstract->sun_path) - 1, "unix.%d", (int)getpid());
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (unsigned)n);
}

void contract_main(void)
{
	int pair[2], listener, client, server, dgram;
	struct sockaddr_un file, abstract;
	socklen_t abstract_len;
	char link[64] = "", shown[64];
	unsigned long gone;
	struct line l;

	tmp_dir();
	names(&file, &abstract, &abstract_len);
	REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	CHECK(has(pair[0], SOCK_SEQPACKET, 3, 0, "") && has(pair[1], SOCK_SEQPACKET, 3, 0, ""), "a pair is connected");
	listener = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	CHECK(has(listener, SOCK_STREAM, 1, 0, ""), "a new socket is not");
	REQUIRE(bind(listener, (struct sockaddr *)&file, sizeof(file)) == 0 && listen(listener, 3) == 0);
	CHECK(has(listener, SOCK_STREAM, 1, 0x10000, "sock"), "a listener: its flag and its path");
	client = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	REQUIRE(connect(client, (struct sockaddr *)&file, sizeof(file)) == 0);
	CHECK(has(client, SOCK_STREAM, 3, 0, ""), "a client is connected");
	CHECK(find("/proc/net/unix", 0, "sock", &l) && l.state == 2, "the other half has no inode before accept");
	server = REQUIRE_OK(accept(listener, NULL, NULL));
	CHECK(has(server, SOCK_STREAM, 3, 0, "sock"), "then it has, and the listener's name");
	dgram = REQUIRE_OK(socket(AF_UNIX, SOCK_DGRAM, 0));
	REQUIRE(bind(dgram, (struct sockaddr *)&abstract, abstract_len) == 0);
	snprintf(shown, sizeof(shown), "@unix.%d", (int)getpid());
	CHECK(has(dgram, SOCK_DGRAM, 1, 0, shown), "an abstract name begins with @");
	gone = inode_of(client);
	close(client);
	CHECK(!find("/proc/net/unix", gone, NULL, &l), "a closed socket is not listed");
	CHECK(find("/proc/self/net/unix", inode_of(dgram), NULL, &l), "/proc/self/net is the same");
	CHECK_INT(readlink("/proc/net", link, sizeof(link) - 1), 8, "/proc/net is a link");
	CHECK_STR(link, "self/net", "to the reader's");
}
