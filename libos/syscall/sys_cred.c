/* SPDX-License-Identifier: MIT */
/* System calls of identity: proc/cred.c does the work. Source: credentials(7), setresuid(2), capget(2). */
#include "abi/capability.h"
#include "abi/errno.h"
#include "lib/sort.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/cred.h"
#include "syscall/syscall.h"

#define GROUPS_MAX	65536

long sys_getuid(void)
{
	return current->cred->uid;
}

long sys_geteuid(void)
{
	return current->cred->euid;
}

long sys_getgid(void)
{
	return current->cred->gid;
}

long sys_getegid(void)
{
	return current->cred->egid;
}

long sys_setuid(unsigned int uid)
{
	return cred_setuid(uid);
}

long sys_setgid(unsigned int gid)
{
	return cred_setgid(gid);
}

long sys_setreuid(unsigned int ruid, unsigned int euid)
{
	return cred_setreuid(ruid, euid);
}

long sys_setregid(unsigned int rgid, unsigned int egid)
{
	return cred_setregid(rgid, egid);
}

long sys_setresuid(unsigned int ruid, unsigned int euid, unsigned int suid)
{
	return cred_setresuid(ruid, euid, suid);
}

long sys_setresgid(unsigned int rgid, unsigned int egid, unsigned int sgid)
{
	return cred_setresgid(rgid, egid, sgid);
}

long sys_getresuid(uint32_t __user *ruid, uint32_t __user *euid, uint32_t __user *suid)
{
	const struct cred *c = current->cred;

	if (put_user(c->uid, ruid) || put_user(c->euid, euid) || put_user(c->suid, suid))
		return -EFAULT;
	return 0;
}

long sys_getresgid(uint32_t __user *rgid, uint32_t __user *egid, uint32_t __user *sgid)
{
	const struct cred *c = current->cred;

	if (put_user(c->gid, rgid) || put_user(c->egid, egid) || put_user(c->sgid, sgid))
		return -EFAULT;
	return 0;
}

long sys_setfsuid(unsigned int uid)
{
	return cred_setfsuid(uid);
}

long sys_setfsgid(unsigned int gid)
{
	return cred_setfsgid(gid);
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
	if (copy_to_user(list, c->groups, c->nr_groups * sizeof(*list)))
		return -EFAULT;
	return c->nr_groups;
}

static int compare_groups(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

long sys_setgroups(int size, uint32_t __user *list)
{
	uint32_t *groups = NULL;
	int err;

	if (!cred_capable(current->cred, CAP_SETGID))
		return -EPERM;
	if (size < 0 || size > GROUPS_MAX)
		return -EINVAL;
	if (size) {
		groups = kmalloc((size_t)size * sizeof(*groups), GFP_KERNEL);
		if (!groups)
			return -ENOMEM;
		if (copy_from_user(groups, list, (size_t)size * sizeof(*groups))) {
			kfree(groups);
			return -EFAULT;
		}
		sort(groups, (size_t)size, sizeof(*groups), compare_groups, NULL);
	}
	err = cred_setgroups(groups, (unsigned)size);
	if (err)
		kfree(groups);
	return err;
}

/*
 * How many 32-bit words a version of the interface has. An unknown version is answered with the one we prefer,
 * and is an error unless data is NULL (that is how programs ask).
 */
static int cap_words(struct __user_cap_header_struct __user *header, int *pid, unsigned *words)
{
	struct __user_cap_header_struct h;

	if (copy_from_user(&h, header, sizeof(h)))
		return -EFAULT;
	*pid = h.pid;
	switch (h.version) {
	case _LINUX_CAPABILITY_VERSION_1:
		*words = _LINUX_CAPABILITY_U32S_1;
		return 0;
	case _LINUX_CAPABILITY_VERSION_2:
	case _LINUX_CAPABILITY_VERSION_3:
		*words = _LINUX_CAPABILITY_U32S_3;
		return 0;
	default:
		return put_user((uint32_t)_LINUX_CAPABILITY_VERSION_3, &header->version) ? -EFAULT : -EINVAL;
	}
}

/* Capabilities of pid (0: current). 0 or -ESRCH. */
static int caps_of(int pid, struct cred_caps *caps)
{
	struct task *task = pid ? task_find(current->pid_ns, pid) : task_get(current);
	const struct cred *c;

	if (!task)
		return -ESRCH;
	rcu_read_lock();
	c = rcu_dereference(task->real_cred);
	*caps = (struct cred_caps){ c->cap_effective, c->cap_permitted, c->cap_inheritable };
	rcu_read_unlock();
	task_put(task);
	return 0;
}

long sys_capget(struct __user_cap_header_struct __user *header, struct __user_cap_data_struct __user *data)
{
	struct __user_cap_data_struct out[_LINUX_CAPABILITY_U32S_3];
	struct cred_caps caps;
	unsigned words;
	int pid, err = cap_words(header, &pid, &words);

	if (err == -EINVAL && !data)
		return 0;
	if (err)
		return err;
	if (pid < 0)
		return -EINVAL;
	err = caps_of(pid, &caps);
	if (err || !data)
		return err;
	for (unsigned i = 0; i < words; i++) {
		out[i].effective = (uint32_t)(caps.effective >> (32 * i));
		out[i].permitted = (uint32_t)(caps.permitted >> (32 * i));
		out[i].inheritable = (uint32_t)(caps.inheritable >> (32 * i));
	}
	return copy_to_user(data, out, words * sizeof(out[0])) ? -EFAULT : 0;
}

long sys_capset(struct __user_cap_header_struct __user *header, struct __user_cap_data_struct __user *data)
{
	struct __user_cap_data_struct in[_LINUX_CAPABILITY_U32S_3] = { { 0 } };
	struct cred_caps caps = { 0 };
	unsigned words;
	int pid, err = cap_words(header, &pid, &words);

	if (err)
		return err;
	if (pid && pid != task_tid(current))
		return -EPERM;
	if (copy_from_user(in, data, words * sizeof(in[0])))
		return -EFAULT;
	for (unsigned i = 0; i < words; i++) {
		caps.effective |= (uint64_t)in[i].effective << (32 * i);
		caps.permitted |= (uint64_t)in[i].permitted << (32 * i);
		caps.inheritable |= (uint64_t)in[i].inheritable << (32 * i);
	}
	return cred_capset(&caps);
}
