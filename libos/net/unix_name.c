/* SPDX-License-Identifier: MIT */
/*
 * unix_name: names of AF_UNIX sockets: files of type S_IFSOCK, and abstract ones.
 *
 * One hash table: a socket with a path is found by its inode, one with an abstract name by its bytes and type.
 *
 * Locking: names.lock, a leaf; socket addresses are written once (under u->lock) and published with the table entry.
 * Source: unix(7).
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "lib/bits.h"
#include "lib/format.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "net/unix.h"
#include "vfs/dentry.h"
#include "vfs/fdtable.h"
#include "vfs/inode.h"
#include "vfs/namei.h"

#define PATH_OFFSET	offsetof(struct sockaddr_un, sun_path)
#define NR_BUCKETS	256

static struct {
	struct spinlock lock;
	struct hlist_head bucket[NR_BUCKETS];	/* [l] */
	unsigned next_auto;		/* [a] */
} names = { .lock = SPINLOCK_NAMED("unix_names") };

/* --- Addresses --------------------------------------------------------------------------------- */

int unix_check_addr(const struct sock_addr *addr)
{
	if (addr->len <= PATH_OFFSET || addr->len > sizeof(struct sockaddr_un) || addr->family != AF_UNIX)
		return -EINVAL;
	return 0;
}

static bool is_path(const struct sock_addr *addr)
{
	return addr->un.sun_path[0];
}

void unix_copy_addr(struct sock_addr *to, const struct unix_addr *from)
{
	memset(to, 0, sizeof(*to));
	to->len = PATH_OFFSET;
	to->family = AF_UNIX;
	if (!from)
		return;
	to->len = from->len;
	memcpy(&to->un, &from->un, min_t(size_t, from->len, sizeof(to->un)));
	/* A path may fill the field; its 0 then lies behind it, in the storage. */
}

void unix_addr_put(struct unix_addr *a)
{
	if (a && refcount_dec_and_test(&a->refs))
		kfree(a);
}

/* The path as a string of its own. */
static void path_of(const struct sock_addr *addr, char out[sizeof(struct sockaddr_un)])
{
	size_t n = strnlen(addr->un.sun_path, addr->len - PATH_OFFSET);

	memcpy(out, addr->un.sun_path, n);
	out[n] = 0;
}

static struct unix_addr *addr_alloc(const struct sock_addr *from)
{
	struct unix_addr *a = kzalloc(sizeof(*a), GFP_KERNEL);

	if (!a)
		return NULL;
	refcount_set(&a->refs, 1);
	memcpy(&a->un, &from->un, from->len);
	a->len = from->len;
	if (is_path(from))
		a->len = (unsigned)(PATH_OFFSET + strnlen(from->un.sun_path, from->len - PATH_OFFSET) + 1);
	return a;
}

/* --- The table --------------------------------------------------------------------------------- */

static struct hlist_head *bucket_of(const struct unix_addr *a, const struct inode *inode, int type)
{
	uint64_t h = inode ? (uintptr_t)inode >> 6 : (uint64_t)type;
	unsigned i;

	for (i = PATH_OFFSET; !inode && i < a->len; i++)
		h = h * 31 + (unsigned char)((const char *)&a->un)[i];
	return &names.bucket[(h ^ h >> 8 ^ h >> 16) % NR_BUCKETS];
}

static bool has_name(const struct unix_sock *u, const struct unix_addr *a, const struct inode *inode, int type)
{
	if (inode)
		return u->path.dentry && d_inode(u->path.dentry) == inode;
	return !u->path.dentry && u->type == type && u->addr->len == a->len && !memcmp(&u->addr->un, &a->un, a->len);
}

/* The socket of that name, with a reference; NULL: none. */
static struct unix_sock *table_find(const struct unix_addr *a, const struct inode *inode, int type)
{
	struct unix_sock *u, *found = NULL;

	spin_lock(&names.lock);
	hlist_for_each_entry(u, bucket_of(a, inode, type), name) {
		if (has_name(u, a, inode, type)) {
			found = unix_get(u);
			break;
		}
	}
	spin_unlock(&names.lock);
	return found;
}

/* Publish u under `a` (and a path): takes both over. -EADDRINUSE: the name is taken; -EINVAL: u has one. */
static int table_add(struct unix_sock *u, struct unix_addr *a, const struct path *path)
{
	struct inode *inode = path ? d_inode(path->dentry) : NULL;
	struct hlist_head *bucket = bucket_of(a, inode, u->type);
	struct unix_sock *other;
	int err = 0;

	spin_lock(&names.lock);
	hlist_for_each_entry(other, bucket, name) {
		if (has_name(other, a, inode, u->type))
			err = -EADDRINUSE;
	}
	if (u->addr)
		err = -EINVAL;
	if (!err) {
		smp_store_release(&u->addr, a);	/* pairs with the loads of getsockname and of senders */
		if (path)
			u->path = *path;
		hlist_add_head(&u->name, bucket);
	}
	spin_unlock(&names.lock);
	return err;
}

void unix_forget_name(struct unix_sock *u)
{
	struct path path;

	spin_lock(&names.lock);
	if (!hlist_unhashed(&u->name))
		hlist_del_init(&u->name);
	path = u->path;
	u->path = (struct path){ NULL, NULL };
	spin_unlock(&names.lock);
	if (path.dentry)
		path_put(&path);
}

/* --- Binding and finding ----------------------------------------------------------------------- */

static int bind_path(struct unix_sock *u, const struct sock_addr *addr, struct unix_addr *a)
{
	struct vfs_ctx *ctx = socket_context(NULL);
	char name[sizeof(struct sockaddr_un)];
	struct path path;
	int err;

	path_of(addr, name);
	err = vfs_mknod(ctx, AT_FDCWD, name, S_IFSOCK | (0777 & ~ctx->fs->umask), 0);
	if (err)
		return err == -EEXIST ? -EADDRINUSE : err;
	err = path_lookup(ctx, AT_FDCWD, name, 0, &path);
	if (err)
		return err;
	err = table_add(u, a, &path);
	if (err)
		path_put(&path);
	return err;
}

int unix_autobind(struct socket *s)
{
	struct sock_addr addr = { .len = PATH_OFFSET + 6, .family = AF_UNIX };
	struct unix_sock *u = s->sk;
	unsigned tries;
	int err = -ENOSPC;

	if (smp_load_acquire(&u->addr))
		return 0;
	for (tries = 0; tries < 1U << 20; tries++) {
		struct unix_addr *a;
		unsigned n = __atomic_fetch_add(&names.next_auto, 1, __ATOMIC_RELAXED) & 0xfffff;
		char digits[8];

		(void)kscnprintf(digits, sizeof(digits), "%05x", n);
		memcpy(addr.un.sun_path + 1, digits, 5);
		a = addr_alloc(&addr);
		if (!a)
			return -ENOMEM;
		err = table_add(u, a, NULL);
		if (!err)
			return 0;
		unix_addr_put(a);
		if (err == -EINVAL)	/* somebody else bound it meanwhile */
			return 0;
	}
	return err;
}

int unix_bind(struct socket *s, const struct sock_addr *addr)
{
	struct unix_sock *u = s->sk;
	struct unix_addr *a;
	int err;

	if (addr->len == PATH_OFFSET && addr->family == AF_UNIX)
		return unix_autobind(s);
	err = unix_check_addr(addr);
	if (err)
		return err;
	if (smp_load_acquire(&u->addr))
		return -EINVAL;
	a = addr_alloc(addr);
	if (!a)
		return -ENOMEM;
	err = is_path(addr) ? bind_path(u, addr, a) : table_add(u, a, NULL);
	if (err)
		unix_addr_put(a);
	return err;
}

static int find_path(const struct sock_addr *addr, int type, struct unix_sock **out)
{
	struct vfs_ctx *ctx = socket_context(NULL);
	char name[sizeof(struct sockaddr_un)];
	struct unix_sock *u = NULL;
	struct inode *inode;
	struct path path;
	int err;

	path_of(addr, name);
	err = path_lookup(ctx, AT_FDCWD, name, LOOKUP_FOLLOW, &path);
	if (err)
		return err;
	inode = d_inode(path.dentry);
	err = inode_permission(inode, ctx->cred, MAY_WRITE);
	if (!err) {
		u = S_ISSOCK(inode->mode) ? table_find(NULL, inode, type) : NULL;
		err = !u ? -ECONNREFUSED : u->type != type ? -EPROTOTYPE : 0;
	}
	path_put(&path);
	if (err && u)
		unix_put(u);
	else
		*out = u;
	return err;
}

int unix_find(const struct sock_addr *addr, int type, struct unix_sock **out)
{
	struct unix_addr a = { .len = addr->len };
	int err = unix_check_addr(addr);

	if (err)
		return err;
	if (is_path(addr))
		return find_path(addr, type, out);
	memcpy(&a.un, &addr->un, addr->len);
	*out = table_find(&a, NULL, type);
	return *out ? 0 : -ECONNREFUSED;
}
