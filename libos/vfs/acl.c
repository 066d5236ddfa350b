/* SPDX-License-Identifier: MIT */
/*
 * acl: the rules of acl(5), the cache in struct inode, and the attributes' form.
 *
 * Locking. The cached pointers change with inode->lock held for writing, or from "unknown" to what the file system
 * said, by compare-and-swap; they are read under RCU. Lists are freed after a grace period.
 */
#include "vfs/acl.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "abi/xattr.h"
#include "lib/byteorder.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/cred.h"
#include "vfs/inode.h"

#define PERM_BITS	7
#define ENTRIES_MAX	((XATTR_SIZE_MAX - sizeof(struct posix_acl_xattr_header)) / \
			 sizeof(struct posix_acl_xattr_entry))

/* --- Lists ---------------------------------------------------------------------------------------- */

struct posix_acl *posix_acl_alloc(unsigned count)
{
	struct posix_acl *acl = kmalloc(sizeof(*acl) + count * sizeof(acl->entries[0]), GFP_KERNEL);

	if (!acl)
		return NULL;
	refcount_set(&acl->refs, 1);
	acl->count = count;
	return acl;
}

static struct posix_acl *acl_clone(const struct posix_acl *from)
{
	struct posix_acl *acl = posix_acl_alloc(from->count);

	if (acl)
		memcpy(acl->entries, from->entries, from->count * sizeof(from->entries[0]));
	return acl;
}

struct posix_acl *posix_acl_get(struct posix_acl *acl)
{
	if (acl)
		refcount_inc(&acl->refs);
	return acl;
}

void posix_acl_put(struct posix_acl *acl)
{
	if (acl && refcount_dec_and_test(&acl->refs))
		kfree_rcu(acl, rcu);
}

/* Place of a tag in the order of a list; 0: not a tag. */
static unsigned tag_rank(uint16_t tag)
{
	switch (tag) {
	case ACL_USER_OBJ: return 1;
	case ACL_USER: return 2;
	case ACL_GROUP_OBJ: return 3;
	case ACL_GROUP: return 4;
	case ACL_MASK: return 5;
	case ACL_OTHER: return 6;
	default: return 0;
	}
}

int posix_acl_valid(const struct posix_acl *acl)
{
	unsigned last = 0, seen = 0;
	bool named = false;

	for (unsigned i = 0; i < acl->count; i++) {
		const struct posix_acl_entry *e = &acl->entries[i];
		unsigned rank = tag_rank(e->tag);
		bool names = e->tag == ACL_USER || e->tag == ACL_GROUP;

		if (!rank || rank < last || (rank == last && !names) || (e->perm & ~PERM_BITS))
			return -EINVAL;
		if (names && e->id == (uint32_t)ACL_UNDEFINED_ID)
			return -EINVAL;
		named |= names;
		seen |= 1u << rank;
		last = rank;
	}
	/* The three of the mode must be there, and a mask where users or groups are named. */
	if ((seen & 0x4a) != 0x4a || (named && !(seen & 1u << 5)))
		return -EINVAL;
	return 0;
}

/* The entry of a tag there is at most one of; NULL: none. */
static struct posix_acl_entry *acl_entry(struct posix_acl *acl, uint16_t tag)
{
	for (unsigned i = 0; i < acl->count; i++) {
		if (acl->entries[i].tag == tag)
			return &acl->entries[i];
	}
	return NULL;
}

/* Does the list say no more than a mode can? Then its nine bits are stored. */
static bool acl_is_mode(struct posix_acl *acl, uint32_t *bits)
{
	const struct posix_acl_entry *mask = acl_entry(acl, ACL_MASK);
	const struct posix_acl_entry *group = mask ? mask : acl_entry(acl, ACL_GROUP_OBJ);

	*bits = (uint32_t)acl_entry(acl, ACL_USER_OBJ)->perm << 6 | (uint32_t)group->perm << 3 |
		acl_entry(acl, ACL_OTHER)->perm;
	return acl->count == 3;
}

/* --- Their form in attributes --------------------------------------------------------------------- */

int posix_acl_from_xattr(const void *value, size_t size, struct posix_acl **out)
{
	const struct posix_acl_xattr_header *header = value;
	const struct posix_acl_xattr_entry *e = (const void *)(header + 1);
	struct posix_acl *acl;
	size_t count;
	int err;

	*out = NULL;
	if (!size)
		return 0;
	if (size < sizeof(*header))
		return -EINVAL;
	if (le32_to_cpu(header->a_version) != POSIX_ACL_XATTR_VERSION)
		return -EOPNOTSUPP;
	count = (size - sizeof(*header)) / sizeof(*e);
	if ((size - sizeof(*header)) % sizeof(*e) || count > ENTRIES_MAX)
		return -EINVAL;
	if (!count)
		return 0;
	acl = posix_acl_alloc((unsigned)count);
	if (!acl)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		uint16_t tag = le16_to_cpu(e[i].e_tag);
		bool names = tag == ACL_USER || tag == ACL_GROUP;

		acl->entries[i] = (struct posix_acl_entry){ tag, le16_to_cpu(e[i].e_perm),
							    names ? le32_to_cpu(e[i].e_id) :
								    (uint32_t)ACL_UNDEFINED_ID };
	}
	err = posix_acl_valid(acl);
	if (err)
		posix_acl_put(acl);
	else
		*out = acl;
	return err;
}

ssize_t posix_acl_to_xattr(const struct posix_acl *acl, void *value, size_t size)
{
	struct posix_acl_xattr_header *header = value;
	struct posix_acl_xattr_entry *e = (void *)(header + 1);
	size_t need = sizeof(*header) + acl->count * sizeof(*e);

	if (!size)
		return (ssize_t)need;
	if (size < need)
		return -ERANGE;
	header->a_version = cpu_to_le32(POSIX_ACL_XATTR_VERSION);
	for (unsigned i = 0; i < acl->count; i++) {
		e[i].e_tag = cpu_to_le16(acl->entries[i].tag);
		e[i].e_perm = cpu_to_le16(acl->entries[i].perm);
		e[i].e_id = cpu_to_le32(acl->entries[i].id);
	}
	return (ssize_t)need;
}

/* --- The cache ------------------------------------------------------------------------------------ */

static bool supported(const struct inode *inode)
{
	return inode->ops->get_acl && inode->ops->set_acl && !S_ISLNK(inode->mode);
}

void posix_acl_unknown(struct inode *inode)
{
	inode->acl[POSIX_ACL_ACCESS] = POSIX_ACL_UNKNOWN;
	inode->acl[POSIX_ACL_DEFAULT] = S_ISDIR(inode->mode) ? POSIX_ACL_UNKNOWN : NULL;
}

void posix_acl_set_cached(struct inode *inode, enum posix_acl_type type, struct posix_acl *acl)
{
	struct posix_acl *old = __atomic_exchange_n(&inode->acl[type], acl, __ATOMIC_ACQ_REL);

	if (old != POSIX_ACL_UNKNOWN)
		posix_acl_put(old);
}

void posix_acl_forget(struct inode *inode)
{
	posix_acl_set_cached(inode, POSIX_ACL_ACCESS, NULL);
	posix_acl_set_cached(inode, POSIX_ACL_DEFAULT, NULL);
}

/* What is cached, with a reference. False: unknown. */
static bool cached(struct inode *inode, enum posix_acl_type type, struct posix_acl **out)
{
	struct posix_acl *acl;

	rcu_read_lock();
	do {
		acl = __atomic_load_n(&inode->acl[type], __ATOMIC_ACQUIRE);
	} while (acl && acl != POSIX_ACL_UNKNOWN && !refcount_inc_not_zero(&acl->refs));
	rcu_read_unlock();
	*out = acl == POSIX_ACL_UNKNOWN ? NULL : acl;
	return acl != POSIX_ACL_UNKNOWN;
}

/*
 *   reader: UNKNOWN, get_acl()            setter (inode->lock): set_acl(), posix_acl_set_cached()
 *   compare-and-swap UNKNOWN -> answer    a swap that comes too late fails, and the cache is asked again
 */
int posix_acl_of(struct inode *inode, enum posix_acl_type type, struct posix_acl **out)
{
	struct posix_acl *acl, *unknown = POSIX_ACL_UNKNOWN;
	int err;

	if (!supported(inode)) {
		*out = NULL;
		return -EOPNOTSUPP;
	}
	while (!cached(inode, type, out)) {
		err = inode->ops->get_acl(inode, type, &acl);
		if (err)
			return err;
		if (!__atomic_compare_exchange_n(&inode->acl[type], &unknown, acl, false, __ATOMIC_ACQ_REL,
						 __ATOMIC_RELAXED))
			posix_acl_put(acl);
		unknown = POSIX_ACL_UNKNOWN;
	}
	return 0;
}

/* --- Decisions ------------------------------------------------------------------------------------ */

/* acl(5), "access check algorithm", from the second step on: the owner's is the mode's. */
static int decide(const struct posix_acl *acl, const struct inode *inode, const struct cred *cred, unsigned want)
{
	const struct posix_acl_entry *e, *found = NULL;
	unsigned mask = PERM_BITS, other = 0;
	bool in_group = false;

	for (e = acl->entries; e < acl->entries + acl->count; e++) {
		if (e->tag == ACL_MASK)
			mask = e->perm;
		else if (e->tag == ACL_OTHER)
			other = e->perm;
	}
	for (e = acl->entries; e < acl->entries + acl->count; e++) {
		if (e->tag == ACL_USER && e->id == cred->fsuid)
			return want & ~(e->perm & mask) ? -EACCES : 0;
		if ((e->tag == ACL_GROUP_OBJ && cred_in_group(cred, inode->gid)) ||
		    (e->tag == ACL_GROUP && cred_in_group(cred, e->id))) {
			in_group = true;
			if (!(want & ~(unsigned)e->perm))
				found = e;
		}
	}
	if (in_group)
		return found && !(want & ~(found->perm & mask)) ? 0 : -EACCES;
	return want & ~other ? -EACCES : 0;
}

int posix_acl_permission(struct inode *inode, const struct cred *cred, int mask)
{
	struct posix_acl *acl;
	int err;

	if (!cached(inode, POSIX_ACL_ACCESS, &acl)) {
		if (mask & MAY_NOT_BLOCK)
			return -ECHILD;
		err = posix_acl_of(inode, POSIX_ACL_ACCESS, &acl);
		if (err)
			return err == -EOPNOTSUPP ? -EAGAIN : err;
	}
	if (!acl)
		return -EAGAIN;
	err = decide(acl, inode, cred, (unsigned)mask & PERM_BITS);
	posix_acl_put(acl);
	return err;
}

uint32_t posix_acl_umask(struct inode *dir, uint32_t mode, uint32_t umask)
{
	struct posix_acl *acl;

	if (likely(!READ_ONCE(dir->acl[POSIX_ACL_DEFAULT])) || posix_acl_of(dir, POSIX_ACL_DEFAULT, &acl) || !acl)
		return mode & ~umask;
	posix_acl_put(acl);
	return mode;
}

/* Cut one entry and three bits of the mode to what both allow. */
static void intersect(struct posix_acl_entry *e, uint32_t *mode, unsigned shift)
{
	e->perm &= (uint16_t)(*mode >> shift & PERM_BITS);
	*mode &= ~((uint32_t)PERM_BITS << shift) | (uint32_t)e->perm << shift;
}

int posix_acl_create(struct inode *dir, uint32_t *mode, struct posix_acl **deflt, struct posix_acl **access)
{
	struct posix_acl *acl = NULL, *own;
	struct posix_acl_entry *mask;
	uint32_t bits;
	int err;

	*deflt = *access = NULL;
	if (S_ISLNK(*mode) || !READ_ONCE(dir->acl[POSIX_ACL_DEFAULT]))
		return 0;
	err = posix_acl_of(dir, POSIX_ACL_DEFAULT, &acl);
	if (err || !acl)
		return err == -EOPNOTSUPP ? 0 : err;
	own = acl_clone(acl);
	if (!own) {
		posix_acl_put(acl);
		return -ENOMEM;
	}
	mask = acl_entry(own, ACL_MASK);
	intersect(acl_entry(own, ACL_USER_OBJ), mode, 6);
	intersect(mask ? mask : acl_entry(own, ACL_GROUP_OBJ), mode, 3);
	intersect(acl_entry(own, ACL_OTHER), mode, 0);
	if (acl_is_mode(own, &bits)) {
		posix_acl_put(own);
		own = NULL;
	}
	*access = own;
	if (S_ISDIR(*mode))
		*deflt = acl;
	else
		posix_acl_put(acl);
	return 0;
}

/* --- Changes -------------------------------------------------------------------------------------- */

/* Store it and remember it; a reference on acl is used up. */
static int store(struct inode *inode, enum posix_acl_type type, struct posix_acl *acl, uint32_t mode)
{
	int err;

	assert_held(&inode->lock);
	err = inode->ops->set_acl(inode, type, acl, mode);
	if (err)
		posix_acl_put(acl);
	else
		posix_acl_set_cached(inode, type, acl);
	return err;
}

int posix_acl_chmod(struct inode *inode)
{
	struct posix_acl *acl, *changed;
	struct posix_acl_entry *mask;
	int err;

	assert_held(&inode->lock);
	if (!READ_ONCE(inode->acl[POSIX_ACL_ACCESS]))
		return 0;
	err = posix_acl_of(inode, POSIX_ACL_ACCESS, &acl);
	if (err || !acl)
		return err == -EOPNOTSUPP ? 0 : err;
	changed = acl_clone(acl);
	posix_acl_put(acl);
	if (!changed)
		return -ENOMEM;
	mask = acl_entry(changed, ACL_MASK);
	acl_entry(changed, ACL_USER_OBJ)->perm = inode->mode >> 6 & PERM_BITS;
	(mask ? mask : acl_entry(changed, ACL_GROUP_OBJ))->perm = inode->mode >> 3 & PERM_BITS;
	acl_entry(changed, ACL_OTHER)->perm = inode->mode & PERM_BITS;
	return store(inode, POSIX_ACL_ACCESS, changed, inode->mode);
}

bool posix_acl_name(const char *name, enum posix_acl_type *type)
{
	bool access = !strcmp(name, XATTR_NAME_POSIX_ACL_ACCESS);

	*type = access ? POSIX_ACL_ACCESS : POSIX_ACL_DEFAULT;
	return access || !strcmp(name, XATTR_NAME_POSIX_ACL_DEFAULT);
}

ssize_t posix_acl_getxattr(struct inode *inode, enum posix_acl_type type, void *value, size_t size)
{
	struct posix_acl *acl;
	ssize_t n = posix_acl_of(inode, type, &acl);

	if (n)
		return n;
	if (!acl)
		return -ENODATA;
	n = posix_acl_to_xattr(acl, value, size);
	posix_acl_put(acl);
	return n;
}

int posix_acl_setxattr(struct inode *inode, enum posix_acl_type type, const struct cred *cred, const void *value,
		       size_t size)
{
	struct posix_acl *acl = NULL;
	uint32_t mode, bits;
	int err = supported(inode) ? 0 : -EOPNOTSUPP;

	if (!err && value)
		err = posix_acl_from_xattr(value, size, &acl);
	if (err)
		return err;
	if (type == POSIX_ACL_DEFAULT && !S_ISDIR(inode->mode)) {
		err = acl ? -EACCES : 0;
		posix_acl_put(acl);
		return err;
	}
	if (cred->fsuid != inode->uid && !cred_capable(cred, CAP_FOWNER)) {
		posix_acl_put(acl);
		return -EPERM;
	}
	down_write(&inode->lock);
	mode = inode->mode;
	if (type == POSIX_ACL_ACCESS && acl) {
		bool plain = acl_is_mode(acl, &bits);

		mode = (mode & ~(uint32_t)0777) | bits;
		if (!cred_in_group(cred, inode->gid) && !cred_capable(cred, CAP_FSETID))
			mode &= ~(uint32_t)S_ISGID;
		if (plain) {		/* the mode says it all */
			posix_acl_put(acl);
			acl = NULL;
		}
	}
	err = store(inode, type, acl, mode);
	up_write(&inode->lock);
	return err;
}
