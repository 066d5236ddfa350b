/* SPDX-License-Identifier: MIT */
/*
 * cred_exec: what rights a program is started with.
 *
 *	P'(permitted) = (bounding & F(permitted)) | (P(inheritable) & F(inheritable)) | P'(ambient)
 *	P'(effective) = F(effective) ? P'(permitted) : P'(ambient)
 *
 * where F is the file's, and root's F is everything. Who may not be trusted with more (no_new_privs, a tracer without
 * the right, root and directories shared with other processes) gets no more than it had.
 *
 * Source: capabilities(7), execve(2), prctl(2) PR_SET_NO_NEW_PRIVS.
 */
#include "proc/cred.h"

#include "abi/errno.h"
#include "abi/personality.h"
#include "proc/ptrace.h"
#include "vfs/namei.h"

#define CAPS_VALID	((1ULL << (CAP_LAST_CAP + 1)) - 1)

static uint64_t join_words(uint32_t low, uint32_t high)
{
	return ((uint64_t)high << 32 | low) & CAPS_VALID;
}

int cred_parse_file_caps(const struct vfs_ns_cap_data *disk, size_t size, struct cred_file_caps *out)
{
	uint32_t revision = disk->magic_etc & VFS_CAP_REVISION_MASK;
	bool one_word = revision == VFS_CAP_REVISION_1;

	*out = (struct cred_file_caps){ .present = false };
	if (size < sizeof(disk->magic_etc))
		return -EINVAL;
	if (!(one_word && size == XATTR_CAPS_SZ_1) && !(revision == VFS_CAP_REVISION_2 && size == XATTR_CAPS_SZ_2) &&
	    !(revision == VFS_CAP_REVISION_3 && size == XATTR_CAPS_SZ_3))
		return -EINVAL;
	if (revision == VFS_CAP_REVISION_3 && disk->rootid)
		return 0;
	out->present = true;
	out->effective = disk->magic_etc & VFS_CAP_FLAGS_EFFECTIVE;
	out->permitted = join_words(disk->data[0].permitted, one_word ? 0 : disk->data[1].permitted);
	out->inheritable = join_words(disk->data[0].inheritable, one_word ? 0 : disk->data[1].inheritable);
	return 0;
}

/* A set-user-id-root program that has capabilities of its own gets those, not root's. */
static void add_root(struct cred *c, bool has_caps, bool *effective)
{
	if ((c->securebits & SECBIT_NOROOT) || (has_caps && c->uid != 0 && c->euid == 0))
		return;
	if (c->uid == 0 || c->euid == 0)
		c->cap_permitted = c->cap_bounding | c->cap_inheritable;
	if (c->euid == 0)
		*effective = true;
}

/* Do others than our threads share root, working directory and umask? Then they could mislead the program. */
static bool shares_fs(void)
{
	const struct fs_state *fs = current->vfs.fs;
	unsigned long irq = read_lock_irqsave(&proc_tree.lock);
	unsigned ours = 0;
	struct task *t;

	list_for_each_entry(t, &current->process->tasks, group_link)
		ours += READ_ONCE(t->vfs.fs) == fs;
	read_unlock_irqrestore(&proc_tree.lock, irq);
	return (unsigned)fs_state_tasks(fs) > ours;
}

int cred_exec(struct cred *c, const struct cred_file_caps *file, bool *secure, unsigned *clear_personality)
{
	const struct cred *old = current->cred;
	bool effective = file->effective, set_id, gained;

	c->cap_permitted = (c->cap_bounding & file->permitted) | (c->cap_inheritable & file->inheritable);
	if (effective && (file->permitted & ~c->cap_permitted))
		return -EPERM;
	add_root(c, file->present, &effective);
	gained = c->cap_permitted & ~old->cap_permitted;
	set_id = c->euid != old->uid || c->egid != old->gid;
	if (gained || c->euid != old->euid || c->egid != old->egid)
		*clear_personality = PER_CLEAR_ON_SETID;
	if ((set_id || gained) && (current->no_new_privs || shares_fs() || !ptrace_allows_setid())) {
		if (current->no_new_privs || !cred_capable(old, CAP_SETUID)) {
			c->euid = c->uid;
			c->egid = c->gid;
		}
		c->cap_permitted &= old->cap_permitted;
	}
	c->suid = c->fsuid = c->euid;
	c->sgid = c->fsgid = c->egid;
	if (file->present || set_id)
		c->cap_ambient = 0;
	c->cap_permitted |= c->cap_ambient;
	c->cap_effective = effective ? c->cap_permitted : c->cap_ambient;
	c->securebits &= ~(uint32_t)SECBIT_KEEP_CAPS;
	*secure = set_id || (c->uid != 0 && (effective || (c->cap_permitted & ~c->cap_ambient)));
	return 0;
}
