/* SPDX-License-Identifier: MIT */
/* System calls of identity. Sources: getuid(2), setuid(2), setresuid(2), getgroups(2), capget(2), and their relatives. */
#include "abi/capability.h"
#include "abi/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/cred.h"
#include "syscall/syscall.h"

#define NGROUPS_LIMIT	65536

long sys_getuid(void) { return current->cred->uid; }
long sys_geteuid(void) { return current->cred->euid; }
long sys_getgid(void) { return current->cred->gid; }
long sys_getegid(void) { return current->cred->egid; }
long sys_setuid(unsigned int uid) { return cred_setuid(uid); }
long sys_setgid(unsigned int gid) { return cred_setgid(gid); }
long sys_setreuid(unsigned int ruid, unsigned int euid) { return cred_setreuid(ruid, euid); }
long sys_setregid(unsigned int rgid, unsigned int egid) { return cred_setregid(rgid, egid); }
long sys_setfsuid(unsigned int uid) { return cred_setfsuid(uid); }
long sys_setfsgid(unsigned int gid) { return cred_setfsgid(gid); }

long sys_setresuid(unsigned int ruid, unsigned int euid, unsigned int suid)
{
	return cred_setresuid(ruid, euid, suid);
}

long sys_setresgid(unsigned int rgid, unsigned int egid, unsigned int sgid)
{
	return cred_setresgid(rgid, egid, sgid);
}

static long put_three(uint32_t __user *a, uint32_t __user *b, uint32_t __user *c, const uint32_t v[3])
{
	return put_user(v[0], a) || put_user(v[1], b) || put_user(v[2], c) ? -EFAULT : 0;
}

long sys_getresuid(uint32_t __user *ruid, uint32_t __user *euid, uint32_t __user *suid)
{
	const struct cred *c = current->cred;

	return put_three(ruid, euid, suid, (uint32_t[]){ c->uid, c->euid, c->suid });
}

long sys_getresgid(uint32_t __user *rgid, uint32_t __user *egid, uint32_t __user *sgid)
{
	const struct cred *c = current->cred;

	return put_three(rgid, egid, sgid, (uint32_t[]){ c->gid, c->egid, c->sgid });
}

long sys_getgroups(int size, uint32_t __user *list)
{
	const struct cred *c = current->cred;

	if (size < 0)
		return -EINVAL;
	if (!size)
		return c->nr_groups;
	if ((unsigned)size < c->nr_groups)
		return -EINVAL;
	if (c->nr_groups && copy_to_user(list, c->groups, c->nr_groups * sizeof(c->groups[0])))
		return -EFAULT;
	return c->nr_groups;
}

long sys_setgroups(int size, uint32_t __user *list)
{
	uint32_t *groups = NULL;
	int err;

	if (!cred_capable(current->cred, CAP_SETGID))
		return -EPERM;
	if ((unsigned)size > NGROUPS_LIMIT)
		return -EINVAL;
	if (size) {
		groups = kmalloc((size_t)size * sizeof(groups[0]), GFP_KERNEL);
		if (!groups)
			return -ENOMEM;
		if (copy_from_user(groups, list, (size_t)size * sizeof(groups[0]))) {
			kfree(groups);
			return -EFAULT;
		}
	}
	err = cred_setgroups(groups, (unsigned)size);
	if (err)
		kfree(groups);
	return err;
}

/* Version of the header: words of data per set, or -EINVAL with the version we have written back. */
static int cap_words(struct __user_cap_header_struct __user *uh, struct __user_cap_header_struct *h)
{
	if (copy_from_user(h, uh, sizeof(*h)))
		return -EFAULT;
	switch (h->version) {
	case _LINUX_CAPABILITY_VERSION_1: return 1;
	case _LINUX_CAPABILITY_VERSION_2:
	case _LINUX_CAPABILITY_VERSION_3: return 2;
	default:
		return put_user((uint32_t)_LINUX_CAPABILITY_VERSION_3, &uh->version) ? -EFAULT : -EINVAL;
	}
}

long sys_capget(struct __user_cap_header_struct __user *uh, struct __user_cap_data_struct __user *udata)
{
	struct __user_cap_header_struct h;
	struct __user_cap_data_struct d[2];
	const struct cred *c;
	struct task *t;
	int words = cap_words(uh, &h);

	if (words < 0)
		return !udata && words == -EINVAL ? 0 : words;
	if (h.pid < 0)
		return -EINVAL;
	t = h.pid ? task_find(current->pid_ns, h.pid) : task_get(current);
	if (!t)
		return -ESRCH;
	rcu_read_lock();
	c = rcu_dereference(t->real_cred);
	for (int i = 0; i < 2; i++) {
		d[i].effective = (uint32_t)(c->cap_effective >> (32 * i));
		d[i].permitted = (uint32_t)(c->cap_permitted >> (32 * i));
		d[i].inheritable = (uint32_t)(c->cap_inheritable >> (32 * i));
	}
	rcu_read_unlock();
	task_put(t);
	if (!udata)
		return 0;
	return copy_to_user(udata, d, (size_t)words * sizeof(d[0])) ? -EFAULT : 0;
}

long sys_capset(struct __user_cap_header_struct __user *uh, struct __user_cap_data_struct __user *udata)
{
	struct __user_cap_header_struct h;
	struct __user_cap_data_struct d[2];
	struct cred_caps caps = { 0, 0, 0 };
	int words = cap_words(uh, &h);

	if (words < 0)
		return words;
	if (h.pid && h.pid != task_tid(current))
		return -EPERM;
	memset(d, 0, sizeof(d));
	if (copy_from_user(d, udata, (size_t)words * sizeof(d[0])))
		return -EFAULT;
	for (int i = 0; i < 2; i++) {
		caps.effective |= (uint64_t)d[i].effective << (32 * i);
		caps.permitted |= (uint64_t)d[i].permitted << (32 * i);
		caps.inheritable |= (uint64_t)d[i].inheritable << (32 * i);
	}
	return cred_capset(&caps);
}
