/* SPDX-License-Identifier: MIT */
/*
 * socket: families, creation, and the file of a socket.
 *
 * Model. "sockfs" gives each socket an inode of type S_IFSOCK and the name "socket:[N]". The socket belongs to the
 * inode's only file: opening /proc/PID/fd/N is -ENXIO. read and write are recvmsg and sendmsg without flags.
 *
 * Locking: families are registered before any socket exists; nothing else is shared.
 * Not here: addresses and control messages (syscall/sys_socket.c, sys_msg.c), options (sockopt.c).
 */
#include "net/socket.h"

#include "abi/errno.h"
#include "core/assert.h"
#include "core/init.h"
#include "lib/bits.h"
#include "lib/format.h"
#include "mm/slab.h"
#include "sync/waitq.h"
#include "time/clock.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/namei.h"
#include "vfs/sigio.h"
#include "vfs/super.h"

#define SOCKFS_MAGIC_	0x534f434bU	/* <linux/magic.h> SOCKFS_MAGIC */

static struct {
	const struct socket_family *family[AF_MAX];	/* [I] */
	struct vfs_ctx *(*context)(struct ucred *self);	/* [I] */
	struct mount *mnt;		/* [I] sockfs */
	uint64_t next_ino;		/* [a] */
} sockets = { .next_ino = 2 };

void socket_register_family(const struct socket_family *f)
{
	sockets.family[f->family] = f;
}

void socket_set_context_hook(struct vfs_ctx *(*fn)(struct ucred *self))
{
	sockets.context = fn;
}

struct vfs_ctx *socket_context(struct ucred *self)
{
	return sockets.context(self);
}

/* --- Objects ----------------------------------------------------------------------------------- */

static uint64_t next_ino(void)
{
	return __atomic_fetch_add(&sockets.next_ino, 1, __ATOMIC_RELAXED);
}

int socket_create(int family, int type, int protocol, struct socket **out)
{
	const struct socket_family *f;
	struct socket *s;
	int err;

	if (family < 0 || family >= AF_MAX)
		return -EAFNOSUPPORT;
	if (type < 0 || type >= SOCK_MAX)
		return -EINVAL;
	f = sockets.family[family];
	if (!f)
		return -EAFNOSUPPORT;
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	s->ino = next_ino();
	s->family = family;
	s->type = type;
	s->protocol = protocol;
	s->sndbuf = SOCK_BUF_DEFAULT;
	s->rcvbuf = SOCK_BUF_DEFAULT;
	s->rcvlowat = 1;
	err = f->create(s);
	if (err)
		kfree(s);
	else
		*out = s;
	return err;
}

struct socket *socket_clone(const struct socket *s)
{
	struct socket *fresh = kmalloc(sizeof(*fresh), GFP_KERNEL);

	if (!fresh)
		return NULL;
	*fresh = *s;
	fresh->ino = next_ino();
	fresh->sk = NULL;
	fresh->opened = false;
	return fresh;
}

void socket_destroy(struct socket *s)
{
	if (s->sk)
		s->ops->release(s);
	kfree(s);
}

uint64_t socket_deadline(uint64_t timeo_ns)
{
	return timeo_ns ? clock_ns() + timeo_ns : WAIT_FOREVER;
}

int socket_wait_result(int err, uint64_t timeo_ns)
{
	if (err == -ETIMEDOUT)
		return -EAGAIN;
	return err && timeo_ns ? -EINTR : err;
}

/* --- The file ---------------------------------------------------------------------------------- */

static int sock_open(struct inode *inode, struct file *file)
{
	struct socket *s = inode->private;

	if (__atomic_exchange_n(&s->opened, true, __ATOMIC_ACQ_REL))
		return -ENXIO;
	file->private = s;
	file->mode &= ~(unsigned)(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE | FMODE_ATOMIC_POS);
	file->mode |= FMODE_STREAM;
	return 0;
}

static void sock_release(struct inode *inode, struct file *file)
{
	(void)inode;
	socket_destroy(file->private);
}

static bool would_block(const struct kiocb *iocb)
{
	return (iocb->flags & IOCB_NOWAIT) || (READ_ONCE(iocb->file->flags) & O_NONBLOCK);
}

static ssize_t sock_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct socket *s = iocb->file->private;
	struct sock_msg m = { .it = *to };
	ssize_t n;

	if (!s->ops->recvmsg)
		return -EOPNOTSUPP;
	n = s->ops->recvmsg(s, &m, would_block(iocb));
	scm_clear(&m.scm);
	*to = m.it;
	return n;
}

static ssize_t sock_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct socket *s = iocb->file->private;
	struct sock_msg m = { .it = *from };
	ssize_t n;

	if (!s->ops->sendmsg)
		return -EOPNOTSUPP;
	n = s->ops->sendmsg(s, &m, would_block(iocb));
	*from = m.it;
	return n;
}

static unsigned sock_poll(struct file *file, struct poll_table *pt)
{
	struct socket *s = file->private;

	return s->ops->poll(s, file, pt);
}

static long sock_ioctl(struct file *file, unsigned cmd, unsigned long arg)
{
	struct socket *s = file->private;

	return s->ops->ioctl ? s->ops->ioctl(s, cmd, arg) : -ENOTTY;
}

static int sock_fasync(int fd, struct file *file, bool on)
{
	struct socket *s = file->private;
	struct fasync *f = s->ops->async && s->sk ? s->ops->async(s) : NULL;

	return f ? fasync_set(f, fd, file, on) : 0;
}

static const struct file_ops sock_file_ops = {
	.open = sock_open,
	.release = sock_release,
	.read_iter = sock_read,
	.write_iter = sock_write,
	.poll = sock_poll,
	.ioctl = sock_ioctl,
	.fasync = sock_fasync,
	.nowait = FMODE_READ | FMODE_WRITE,
};

struct socket *socket_of(const struct file *file)
{
	return file->ops == &sock_file_ops && !(file->mode & FMODE_PATH) ? file->private : NULL;
}

bool socket_keeps_messages(const struct file *file)
{
	struct socket *s = socket_of(file);

	return s && s->type != SOCK_STREAM;
}

/* --- sockfs ------------------------------------------------------------------------------------ */

static int sock_dname(struct dentry *dentry, char *buf, size_t size)
{
	return kscnprintf(buf, size, "socket:[%llu]", (unsigned long long)d_inode(dentry)->ino);
}

static const struct dentry_ops sockfs_dentry_ops = { .dname = sock_dname };
static const struct inode_ops sockfs_inode_ops = { .lookup = NULL };

static struct inode *sockfs_inode(struct super_block *sb, uint64_t ino, uint32_t mode, const struct cred *cred)
{
	struct inode *inode = inode_alloc(sb);

	if (!inode)
		return NULL;
	inode->ino = ino;
	inode_init_owner(inode, NULL, mode, cred);
	inode->ops = &sockfs_inode_ops;
	inode->fops = &sock_file_ops;
	inode_unlock_new(inode);
	return inode;
}

static int sockfs_fill_super(struct super_block *sb, const char *source, const char *options)
{
	struct inode *root;

	(void)source;
	(void)options;
	sb->magic = SOCKFS_MAGIC_;
	root = sockfs_inode(sb, next_ino(), S_IFDIR | 0600, &cred_root);
	if (!root)
		return -ENOMEM;
	sb->root = d_make_root(root);
	return sb->root ? 0 : -ENOMEM;
}

static struct fs_type sockfs = { .name = "sockfs", .fill_super = sockfs_fill_super };

int socket_file(struct socket *s, unsigned flags, struct file **out)
{
	const struct cred *cred = socket_context(NULL)->cred;
	struct inode *inode = sockfs_inode(sockets.mnt->sb, s->ino, S_IFSOCK | 0777, cred);
	struct path path = { sockets.mnt, NULL };
	int err;

	if (!inode)
		return -ENOMEM;
	inode->private = s;
	path.dentry = d_alloc_pseudo(sockets.mnt->sb, "", &sockfs_dentry_ops);
	if (!path.dentry) {
		inode_put(inode);
		return -ENOMEM;
	}
	d_instantiate(path.dentry, inode);
	err = file_open_path(&path, O_RDWR | (flags & SOCK_NONBLOCK ? O_NONBLOCK : 0), cred, out);
	dput(path.dentry);
	return err;
}

static int socket_init(void)
{
	int err = fs_register(&sockfs);

	if (err)
		return err;
	sockets.mnt = vfs_kern_mount("sockfs");
	return sockets.mnt ? 0 : -ENOMEM;
}
INIT_HOOK(INIT_VFS, socket_init);
