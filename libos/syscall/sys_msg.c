/* SPDX-License-Identifier: MIT */
/*
 * System calls that send and receive messages: addresses, vectors and control messages in and out; net/ does the work.
 * Source: send(2), recv(2), sendmmsg(2), recvmmsg(2), cmsg(3), unix(7).
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/time.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/signal.h"
#include "proc/task.h"
#include "syscall/sys_socket.h"
#include "syscall/syscall.h"
#include "time/clock.h"
#include "vfs/cred.h"
#include "vfs/file.h"

#define CONTROL_MAX	20480		/* net.core.optmem_max */
#define CMSG_ALIGN_(n)	(((n) + sizeof(long) - 1) & ~(sizeof(long) - 1))
#define CMSG_DATA_	CMSG_ALIGN_(sizeof(struct cmsghdr))

/* --- Control messages in ----------------------------------------------------------------------- */

static int take_rights(struct scm *scm, const int *fds, unsigned nr)
{
	struct file **all;
	unsigned i;

	if (!nr)
		return 0;
	if (nr + scm->nr > SCM_MAX_FD)
		return -EINVAL;
	all = kcalloc(nr + scm->nr, sizeof(*all), GFP_KERNEL);
	if (!all)
		return -ENOMEM;
	if (scm->nr)
		memcpy(all, scm->files, scm->nr * sizeof(*all));
	kfree(scm->files);
	scm->files = all;
	for (i = 0; i < nr; i++) {
		struct file *file = fget(current->vfs.files, fds[i]);

		if (!file)
			return -EBADF;
		scm->files[scm->nr++] = file;
	}
	return 0;
}

static bool may_claim(const struct ucred *c)
{
	const struct cred *me = current->cred;

	return (c->pid == task_tgid(current) || cred_capable(me, CAP_SYS_ADMIN)) &&
	       (c->uid == me->uid || c->uid == me->euid || c->uid == me->suid || cred_capable(me, CAP_SETUID)) &&
	       (c->gid == me->gid || c->gid == me->egid || c->gid == me->sgid || cred_capable(me, CAP_SETGID));
}

static int take_credentials(struct scm *scm, const char *data, size_t size)
{
	if (size != sizeof(scm->cred))
		return -EINVAL;
	memcpy(&scm->cred, data, size);
	if (!may_claim(&scm->cred))
		return -EPERM;
	scm->has_cred = true;
	return 0;
}

static int take_control(struct scm *scm, const char *control, size_t size)
{
	struct cmsghdr h;
	size_t at = 0, n;
	int err = 0;

	while (!err && size - at >= sizeof(h)) {
		memcpy(&h, control + at, sizeof(h));
		if (h.cmsg_len < sizeof(h) || h.cmsg_len > size - at)
			return -EINVAL;
		n = h.cmsg_len - min(CMSG_DATA_, h.cmsg_len);
		if (h.cmsg_level == SOL_SOCKET && h.cmsg_type == SCM_RIGHTS)
			err = take_rights(scm, (const int *)(control + at + CMSG_DATA_), (unsigned)(n / sizeof(int)));
		else if (h.cmsg_level == SOL_SOCKET && h.cmsg_type == SCM_CREDENTIALS)
			err = take_credentials(scm, control + at + CMSG_DATA_, n);
		else if (h.cmsg_level == SOL_SOCKET)
			err = -EINVAL;
		at += min(CMSG_ALIGN_(h.cmsg_len), size - at);
	}
	return err;
}

static int control_in(struct scm *scm, const struct msghdr *h)
{
	char *control;
	int err;

	if (!h->msg_control || !h->msg_controllen)
		return 0;
	if (h->msg_controllen > CONTROL_MAX)
		return -ENOBUFS;
	control = kmalloc(h->msg_controllen, GFP_KERNEL);
	if (!control)
		return -ENOMEM;
	err = copy_from_user(control, h->msg_control, h->msg_controllen) ? -EFAULT : 0;
	if (!err)
		err = take_control(scm, control, h->msg_controllen);
	kfree(control);
	if (err)
		scm_clear(scm);
	return err;
}

/* --- Control messages out ---------------------------------------------------------------------- */

/* Where control messages go. */
struct control_out {
	char __user *at;
	size_t room;
	unsigned flags;			/* MSG_CTRUNC */
};

/* A header, and how far it reaches into the room. 0 or -EFAULT. */
static int put_header(struct control_out *out, int type, size_t data)
{
	struct cmsghdr h = { .cmsg_len = CMSG_DATA_ + data, .cmsg_level = SOL_SOCKET, .cmsg_type = type };

	return copy_to_user(out->at, &h, sizeof(h)) ? -EFAULT : 0;
}

static void advance(struct control_out *out, size_t data)
{
	size_t n = min(CMSG_ALIGN_(CMSG_DATA_ + data), out->room);

	out->at += n;
	out->room -= n;
}

static int put_credentials(struct control_out *out, const struct ucred *cred)
{
	size_t n = sizeof(*cred);

	if (out->room < CMSG_DATA_) {
		out->flags |= MSG_CTRUNC;
		return 0;
	}
	if (out->room < CMSG_DATA_ + n) {
		out->flags |= MSG_CTRUNC;
		n = out->room - CMSG_DATA_;
	}
	if (put_header(out, SCM_CREDENTIALS, n) || copy_to_user(out->at + CMSG_DATA_, cred, n))
		return -EFAULT;
	advance(out, n);
	return 0;
}

/* One descriptor for a received file; the reference stays the scm's. */
static int install_one(struct file *file, int __user *where, bool cloexec)
{
	int fd = fd_reserve(current->vfs.files, 0, current_nofile(), cloexec);

	if (fd < 0)
		return fd;
	if (put_user(fd, where)) {
		fd_unreserve(current->vfs.files, fd);
		return -EFAULT;
	}
	fd_install(current->vfs.files, fd, get_file(file));
	return 0;
}

/* As many as have room; those without are closed, and MSG_CTRUNC says so. */
static int put_rights(struct control_out *out, const struct scm *scm, bool cloexec)
{
	unsigned max_fds = out->room > CMSG_DATA_ ? (unsigned)((out->room - CMSG_DATA_) / sizeof(int)) : 0, i;
	int __user *fds = (int __user *)(out->at + CMSG_DATA_);
	int err = 0;

	for (i = 0; i < min(max_fds, scm->nr) && !err; i++)
		err = install_one(scm->files[i], fds + i, cloexec);
	if (err)
		i--;
	if (i < scm->nr)
		out->flags |= MSG_CTRUNC;
	if (!i)
		return 0;
	if (put_header(out, SCM_RIGHTS, i * sizeof(int)))
		return -EFAULT;
	advance(out, i * sizeof(int));
	return 0;
}

/* --- Sending ----------------------------------------------------------------------------------- */

static ssize_t send_message(struct sock_fd *f, struct sock_msg *m)
{
	ssize_t n;

	if (!f->s->ops->sendmsg)
		return -EOPNOTSUPP;
	n = f->s->ops->sendmsg(f->s, m, f->nonblock || (m->flags & MSG_DONTWAIT));
	scm_clear(&m->scm);
	if (n == -EPIPE && f->s->type == SOCK_STREAM && !(m->flags & MSG_NOSIGNAL))
		signal_kernel(current, SIGPIPE, SIGNAL_THREAD);
	return n;
}

long sys_sendto(int fd, const void __user *buf, size_t len, unsigned int flags, const void __user *addr, int addrlen)
{
	struct sock_msg m = { .flags = flags };
	struct sock_addr name;
	struct sock_fd f;
	struct iovec one;
	long n = sock_get(fd, &f);

	if (n)
		return n;
	if (addr) {
		n = sock_addr_in(&name, addr, addrlen);
		m.name = &name;
	}
	len = min(len, MAX_RW_COUNT);
	if (!n && !user_range_ok(buf, len))
		n = -EFAULT;
	if (!n) {
		iov_init_user(&m.it, &one, (void __user *)buf, len);
		n = send_message(&f, &m);
	}
	sock_put(&f);
	return n;
}

static long send_header(struct sock_fd *f, const struct msghdr *h, unsigned flags)
{
	struct sock_msg m = { .flags = flags };
	struct iovec fast[IOV_FAST], *own = NULL;
	struct sock_addr name;
	long n = 0;

	if (h->msg_iovlen > UIO_MAXIOV_)
		return -EMSGSIZE;
	if (h->msg_name && h->msg_namelen) {
		n = sock_addr_in(&name, h->msg_name, min_t(int, h->msg_namelen, sizeof(name.storage)));
		m.name = &name;
	}
	if (!n)
		n = iov_import(&m.it, h->msg_iov, h->msg_iovlen, fast, &own);
	if (!n)
		n = control_in(&m.scm, h);
	if (!n)
		n = send_message(f, &m);
	kfree(own);
	return n;
}

long sys_sendmsg(int fd, struct msghdr __user *msg, unsigned int flags)
{
	struct msghdr h;
	struct sock_fd f;
	long n = sock_get(fd, &f);

	if (n)
		return n;
	n = copy_from_user(&h, msg, sizeof(h)) ? -EFAULT : send_header(&f, &h, flags);
	sock_put(&f);
	return n;
}

long sys_sendmmsg(int fd, struct mmsghdr __user *msgs, unsigned int count, unsigned int flags)
{
	struct msghdr h;
	struct sock_fd f;
	unsigned i;
	long n = sock_get(fd, &f);

	if (n)
		return n;
	count = min_t(unsigned, count, UIO_MAXIOV_);
	for (i = 0; i < count; i++) {
		n = copy_from_user(&h, &msgs[i].msg_hdr, sizeof(h)) ? -EFAULT : send_header(&f, &h, flags);
		if (n >= 0 && put_user((unsigned)n, &msgs[i].msg_len))
			n = -EFAULT;
		if (n < 0)
			break;
	}
	sock_put(&f);
	return i ? (long)i : n;
}

/* --- Receiving --------------------------------------------------------------------------------- */

static ssize_t receive_message(struct sock_fd *f, struct sock_msg *m)
{
	if (!f->s->ops->recvmsg)
		return -EOPNOTSUPP;
	return f->s->ops->recvmsg(f->s, m, f->nonblock || (m->flags & MSG_DONTWAIT));
}

long sys_recvfrom(int fd, void __user *buf, size_t len, unsigned int flags, void __user *addr, int __user *addrlen)
{
	struct sock_addr name = { .len = 0 };
	struct sock_msg m = { .flags = flags, .name = &name };
	struct sock_fd f;
	struct iovec one;
	long n = sock_get(fd, &f);

	if (n)
		return n;
	len = min(len, MAX_RW_COUNT);
	if (user_range_ok(buf, len)) {
		iov_init_user(&m.it, &one, buf, len);
		n = receive_message(&f, &m);
		scm_clear(&m.scm);
	} else {
		n = -EFAULT;
	}
	if (n >= 0 && addr && sock_addr_out(addr, addrlen, &name))
		n = -EFAULT;
	sock_put(&f);
	return n;
}

/* What came with the data goes into the caller's header. 0 or -EFAULT. */
static int finish_header(struct msghdr __user *msg, const struct msghdr *h, struct sock_msg *m)
{
	struct control_out out = { h->msg_control, h->msg_control ? h->msg_controllen : 0, 0 };
	int room = min_t(int, h->msg_namelen, (int)m->name->len), err = 0;

	if (h->msg_name && copy_to_user(h->msg_name, &m->name->storage, (size_t)max(room, 0)))
		return -EFAULT;
	if (h->msg_name && put_user((int)m->name->len, &msg->msg_namelen))
		return -EFAULT;
	if (m->scm.has_cred)
		err = put_credentials(&out, &m->scm.cred);
	if (!err && m->scm.nr)
		err = put_rights(&out, &m->scm, m->flags & MSG_CMSG_CLOEXEC);
	if (err)
		return err;
	if (put_user(m->out_flags | out.flags | (m->flags & MSG_CMSG_CLOEXEC), &msg->msg_flags))
		return -EFAULT;
	return put_user(h->msg_control ? (size_t)(out.at - (char __user *)h->msg_control) : 0, &msg->msg_controllen);
}

static long receive_header(struct sock_fd *f, struct msghdr __user *msg, unsigned flags)
{
	struct sock_addr name = { .len = 0 };
	struct sock_msg m = { .flags = flags, .name = &name };
	struct iovec fast[IOV_FAST], *own = NULL;
	struct msghdr h;
	long n;

	if (copy_from_user(&h, msg, sizeof(h)))
		return -EFAULT;
	if (h.msg_iovlen > UIO_MAXIOV_)
		return -EMSGSIZE;
	if (h.msg_name && h.msg_namelen < 0)
		return -EINVAL;
	n = iov_import(&m.it, h.msg_iov, h.msg_iovlen, fast, &own);
	if (!n)
		n = receive_message(f, &m);
	if (n >= 0 && finish_header(msg, &h, &m))
		n = -EFAULT;
	scm_clear(&m.scm);
	kfree(own);
	return n;
}

long sys_recvmsg(int fd, struct msghdr __user *msg, unsigned int flags)
{
	struct sock_fd f;
	long n = sock_get(fd, &f);

	if (n)
		return n;
	n = receive_header(&f, msg, flags);
	sock_put(&f);
	return n;
}

/* recvmmsg(2): the deadline is looked at after each message only. */
static long receive_many(struct sock_fd *f, struct mmsghdr __user *msgs, unsigned count, unsigned flags,
			 uint64_t deadline)
{
	unsigned i;
	long n = 0;

	for (i = 0; i < count; i++) {
		n = receive_header(f, &msgs[i].msg_hdr, flags & ~MSG_WAITFORONE);
		if (n >= 0 && put_user((unsigned)n, &msgs[i].msg_len))
			n = -EFAULT;
		if (n < 0)
			break;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		if (clock_ns() >= deadline) {
			i++;
			break;
		}
	}
	return i ? (long)i : n;
}

long sys_recvmmsg(int fd, struct mmsghdr __user *msgs, unsigned int count, unsigned int flags,
		  struct __kernel_timespec __user *timeout)
{
	uint64_t deadline = WAIT_FOREVER, now, left;
	struct __kernel_timespec ts;
	struct sock_fd f;
	long n;

	if (timeout) {
		if (copy_from_user(&ts, timeout, sizeof(ts)))
			return -EFAULT;
		if (ts.tv_sec < 0 || ts.tv_nsec < 0 || ts.tv_nsec >= 1000000000)
			return -EINVAL;
		deadline = clock_ns() + (uint64_t)min_t(int64_t, ts.tv_sec, INT32_MAX) * 1000000000UL +
			   (uint64_t)ts.tv_nsec;
	}
	n = sock_get(fd, &f);
	if (n)
		return n;
	n = receive_many(&f, msgs, min_t(unsigned, count, UIO_MAXIOV_), flags, deadline);
	sock_put(&f);
	if (n <= 0 || !timeout)
		return n;
	now = clock_ns();
	left = now < deadline ? deadline - now : 0;
	ts.tv_sec = (int64_t)(left / 1000000000UL);
	ts.tv_nsec = (int64_t)(left % 1000000000UL);
	return copy_to_user(timeout, &ts, sizeof(ts)) ? -EFAULT : n;
}
