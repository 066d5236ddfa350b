/* SPDX-License-Identifier: MIT */
/* ABI of socket(2), send(2), recv(2), cmsg(3), unix(7): UAPI headers, and what they leave to the C library. */
#pragma once

#include <asm/ioctls.h>
#include <asm/socket.h>
#include <linux/socket.h>
#include <linux/sockios.h>
#include <linux/un.h>

#include "lib/compiler.h"
#include "lib/types.h"

/* Families: socket(2). */
enum { AF_UNSPEC = 0, AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10, AF_NETLINK = 16, AF_PACKET = 17, AF_MAX = 46 };

enum { SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_RAW = 3, SOCK_RDM = 4, SOCK_SEQPACKET = 5, SOCK_DCCP = 6,
       SOCK_PACKET = 10, SOCK_MAX = 11 };
#define SOCK_TYPE_MASK	0xf
#define SOCK_CLOEXEC	02000000
#define SOCK_NONBLOCK	04000

enum { SHUT_RD = 0, SHUT_WR = 1, SHUT_RDWR = 2 };
#define SOMAXCONN	4096

#define MSG_OOB		0x1U
#define MSG_PEEK	0x2U
#define MSG_CTRUNC	0x8U
#define MSG_TRUNC	0x20U
#define MSG_DONTWAIT	0x40U
#define MSG_EOR		0x80U
#define MSG_WAITALL	0x100U
#define MSG_NOSIGNAL	0x4000U
#define MSG_WAITFORONE	0x10000U
#define MSG_CMSG_CLOEXEC	0x40000000U

#define SCM_RIGHTS	1
#define SCM_CREDENTIALS	2
#define SCM_MAX_FD	253	/* unix(7) */
#define UIO_MAXIOV_	1024

struct ucred {
	int pid;
	uint32_t uid;
	uint32_t gid;
};

struct linger {
	int l_onoff;
	int l_linger;
};

struct cmsghdr {
	size_t cmsg_len;
	int cmsg_level;
	int cmsg_type;
};

struct iovec;

struct msghdr {
	void __user *msg_name;
	int msg_namelen;
	struct iovec __user *msg_iov;
	size_t msg_iovlen;
	void __user *msg_control;
	size_t msg_controllen;
	unsigned msg_flags;
};

struct mmsghdr {
	struct msghdr msg_hdr;
	unsigned msg_len;
};
