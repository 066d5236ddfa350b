/* SPDX-License-Identifier: MIT */
/* System calls of sockets but for messages (sys_msg.c): net/ does the work. Source: socket(2) and its relatives. */
#include "syscall/sys_socket.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "core/init.h"
#include "lib/bits.h"
#include "mm/uaccess.h"
#include "proc/task.h"
#include "syscall/path.h"
#include "syscall/syscall.h"
#include "vfs/cred.h"
#include "vfs/file.h"

#define OPTION_MAX	128		/* no option of ours is longer */

/* The caller, for net/. */
static struct vfs_ctx *socket_caller(struct ucred *self)
{
	if (self) {
		self->pid = task_tgid(current);
		self->uid = current->cred->euid;
		self->gid = current->cred->egid;
	}
	return current_vfs();
}

static int socket_calls_init(void)
{
	socket_set_context_hook(socket_caller);
	return 0;
}
INIT_HOOK(INIT_VFS, socket_calls_init);

int sock_get(int fd, struct sock_fd *out)
{
	out->fd = fd_get(current->vfs.files, fd);
	if (!out->fd.file)
		return -EBADF;
	out->s = socket_of(out->fd.file);
	if (!out->s) {
		fd_put(out->fd);
		return -ENOTSOCK;
	}
	out->nonblock = READ_ONCE(out->fd.file->flags) & O_NONBLOCK;
	return 0;
}

void sock_put(struct sock_fd *f)
{
	fd_put(f->fd);
}

/* --- Addresses --------------------------------------------------------------------------------- */

int sock_addr_in(struct sock_addr *to, const void __user *addr, int len)
{
	*to = (struct sock_addr){ .len = (unsigned)len };
	if (len < 0 || (size_t)len > sizeof(to->storage))
		return -EINVAL;
	return copy_from_user(&to->storage, addr, (size_t)len) ? -EFAULT : 0;
}

int sock_addr_out(void __user *addr, int __user *addrlen, const struct sock_addr *from)
{
	int room;

	if (get_user(room, addrlen))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	room = min_t(int, room, (int)from->len);
	if (copy_to_user(addr, &from->storage, (size_t)room) || put_user((int)from->len, addrlen))
		return -EFAULT;
	return 0;
}

/* --- Creation ---------------------------------------------------------------------------------- */

static bool bad_flags(int flags)
{
	return flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);
}

/* A file for the socket (taken over) and a descriptor, not installed. The descriptor, or -errno. */
static int socket_descriptor(struct socket *s, int flags, struct file **file)
{
	int err = socket_file(s, (unsigned)flags, file), fd;

	if (err) {
		socket_destroy(s);
		return err;
	}
	fd = fd_reserve(current->vfs.files, 0, current_nofile(), flags & SOCK_CLOEXEC);
	if (fd < 0)
		fput(*file);
	return fd;
}

static void forget_descriptor(int fd, struct file *file)
{
	fd_unreserve(current->vfs.files, fd);
	fput(file);
}

long sys_socket(int domain, int type, int protocol)
{
	int flags = type & ~SOCK_TYPE_MASK, err, fd;
	struct socket *s;
	struct file *file;

	if (bad_flags(flags))
		return -EINVAL;
	err = socket_create(domain, type & SOCK_TYPE_MASK, protocol, &s);
	if (err)
		return err;
	fd = socket_descriptor(s, flags, &file);
	if (fd >= 0)
		fd_install(current->vfs.files, fd, file);
	return fd;
}

/* Two connected sockets without files. */
static int create_pair(int domain, int type, int protocol, struct socket *s[2])
{
	int err = socket_create(domain, type, protocol, &s[0]);

	if (err)
		return err;
	err = socket_create(domain, type, protocol, &s[1]);
	if (!err) {
		err = s[0]->ops->pair ? s[0]->ops->pair(s[0], s[1]) : -EOPNOTSUPP;
		if (err)
			socket_destroy(s[1]);
	}
	if (err)
		socket_destroy(s[0]);
	return err;
}

long sys_socketpair(int domain, int type, int protocol, int __user *sv)
{
	int flags = type & ~SOCK_TYPE_MASK, fd[2], err;
	struct file *file[2];
	struct socket *s[2];

	if (bad_flags(flags))
		return -EINVAL;
	err = create_pair(domain, type & SOCK_TYPE_MASK, protocol, s);
	if (err)
		return err;
	fd[0] = socket_descriptor(s[0], flags, &file[0]);
	if (fd[0] < 0) {
		socket_destroy(s[1]);
		return fd[0];
	}
	fd[1] = socket_descriptor(s[1], flags, &file[1]);
	if (fd[1] < 0) {
		forget_descriptor(fd[0], file[0]);
		return fd[1];
	}
	if (copy_to_user(sv, fd, sizeof(fd))) {
		forget_descriptor(fd[0], file[0]);
		forget_descriptor(fd[1], file[1]);
		return -EFAULT;
	}
	fd_install(current->vfs.files, fd[0], file[0]);
	fd_install(current->vfs.files, fd[1], file[1]);
	return 0;
}

/* --- Connections ------------------------------------------------------------------------------- */

static long bind_or_connect(int fd, const void __user *addr, int addrlen, bool bind)
{
	struct sock_addr name;
	struct sock_fd f;
	long err = sock_get(fd, &f);

	if (err)
		return err;
	err = sock_addr_in(&name, addr, addrlen);
	if (!err && bind)
		err = f.s->ops->bind ? f.s->ops->bind(f.s, &name) : -EOPNOTSUPP;
	else if (!err)
		err = f.s->ops->connect ? f.s->ops->connect(f.s, &name, f.nonblock) : -EOPNOTSUPP;
	sock_put(&f);
	return err;
}

long sys_bind(int fd, const void __user *addr, int addrlen)
{
	return bind_or_connect(fd, addr, addrlen, /*bind=*/true);
}

long sys_connect(int fd, const void __user *addr, int addrlen)
{
	return bind_or_connect(fd, addr, addrlen, /*bind=*/false);
}

long sys_listen(int fd, int backlog)
{
	struct sock_fd f;
	long err = sock_get(fd, &f);

	if (err)
		return err;
	err = f.s->ops->listen ? f.s->ops->listen(f.s, backlog) : -EOPNOTSUPP;
	sock_put(&f);
	return err;
}

/* The next connection of s in a file with a reserved descriptor. */
static int accept_one(struct sock_fd *f, int flags, struct file **file)
{
	struct socket *fresh;
	int err;

	if (!f->s->ops->accept)
		return -EOPNOTSUPP;
	fresh = socket_clone(f->s);
	if (!fresh)
		return -ENOMEM;
	err = f->s->ops->accept(f->s, fresh, f->nonblock);
	if (err) {
		socket_destroy(fresh);
		return err;
	}
	return socket_descriptor(fresh, flags, file);
}

long sys_accept4(int fd, void __user *addr, int __user *addrlen, int flags)
{
	struct sock_addr name;
	struct socket *s;
	struct file *file;
	struct sock_fd f;
	int err, got;

	if (bad_flags(flags))
		return -EINVAL;
	err = sock_get(fd, &f);
	if (err)
		return err;
	got = accept_one(&f, flags, &file);
	sock_put(&f);
	if (got < 0)
		return got;
	if (addr) {
		s = socket_of(file);
		err = s->ops->getname(s, /*peer=*/true, &name);
		err = err ? -ECONNABORTED : sock_addr_out(addr, addrlen, &name);
	}
	if (err) {
		forget_descriptor(got, file);
		return err;
	}
	fd_install(current->vfs.files, got, file);
	return got;
}

long sys_accept(int fd, void __user *addr, int __user *addrlen)
{
	return sys_accept4(fd, addr, addrlen, 0);
}

static long get_name(int fd, void __user *addr, int __user *addrlen, bool peer)
{
	struct sock_addr name;
	struct sock_fd f;
	long err = sock_get(fd, &f);

	if (err)
		return err;
	err = f.s->ops->getname(f.s, peer, &name);
	if (!err)
		err = sock_addr_out(addr, addrlen, &name);
	sock_put(&f);
	return err;
}

long sys_getsockname(int fd, void __user *addr, int __user *addrlen)
{
	return get_name(fd, addr, addrlen, /*peer=*/false);
}

long sys_getpeername(int fd, void __user *addr, int __user *addrlen)
{
	return get_name(fd, addr, addrlen, /*peer=*/true);
}

long sys_shutdown(int fd, int how)
{
	struct sock_fd f;
	long err = sock_get(fd, &f);

	if (err)
		return err;
	if (how < SHUT_RD || how > SHUT_RDWR)
		err = -EINVAL;
	else
		err = f.s->ops->shutdown ? f.s->ops->shutdown(f.s, how) : -EOPNOTSUPP;
	sock_put(&f);
	return err;
}

/* --- Options ----------------------------------------------------------------------------------- */

/* A level nobody here has: unix(7) sockets say EOPNOTSUPP. */
long sys_setsockopt(int fd, int level, int name, const void __user *value, int len)
{
	char copy[OPTION_MAX];
	struct sock_fd f;
	long err = sock_get(fd, &f);
	size_t n;

	if (err)
		return err;
	n = min_t(size_t, (size_t)max(len, 0), sizeof(copy));
	if (len < 0)
		err = -EINVAL;
	else if (level != SOL_SOCKET)
		err = -EOPNOTSUPP;
	else if (copy_from_user(copy, value, n))
		err = -EFAULT;
	else
		err = sockopt_set(f.s, name, copy, (unsigned)n);
	sock_put(&f);
	return err;
}

long sys_getsockopt(int fd, int level, int name, void __user *value, int __user *len)
{
	char copy[OPTION_MAX];
	struct sock_fd f;
	long err = sock_get(fd, &f);
	unsigned n = 0;
	int room;

	if (err)
		return err;
	if (level != SOL_SOCKET)
		err = -EOPNOTSUPP;
	else if (get_user(room, len))
		err = -EFAULT;
	else if (room < 0)
		err = -EINVAL;
	if (!err) {
		n = min_t(unsigned, (unsigned)room, sizeof(copy));
		err = sockopt_get(f.s, name, copy, &n);
	}
	if (!err && (copy_to_user(value, copy, n) || put_user((int)n, len)))
		err = -EFAULT;
	sock_put(&f);
	return err;
}
