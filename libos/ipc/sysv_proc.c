/* SPDX-License-Identifier: MIT */
/* sysv_proc: /proc/sysvipc, and the limits in /proc/sys/kernel, of the reader's namespace. Source: proc(5). */
#include "abi/errno.h"
#include "core/init.h"
#include "fs/pseudo/sysctl.h"
#include "ipc/internal.h"
#include "lib/parse.h"
#include "lib/strbuf.h"

static const char shm_head[] = "       key      shmid perms                  size  cpid  lpid nattch   uid   gid"
			       "  cuid  cgid      atime      dtime      ctime                   rss"
			       "                  swap\n";
static const char sem_head[] = "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n";
static const char msg_head[] = "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid"
			       "      stime      rtime      ctime\n";

static int show_objects(struct strbuf *out, const struct pseudo_target *t)
{
	static void (*const show[])(struct strbuf *, struct ipc_object *) = {
		[IPC_SEM] = sem_show, [IPC_MSG] = msg_show, [IPC_SHM] = shm_show,
	};
	static const char *const heads[] = { [IPC_SEM] = sem_head, [IPC_MSG] = msg_head, [IPC_SHM] = shm_head };
	enum ipc_kind kind = (enum ipc_kind)(uintptr_t)t->entry->arg;
	struct ipc_who who = ipc_current();
	struct ipc_object *obj;
	unsigned long slot;

	strbuf_puts(out, heads[kind]);
	mutex_lock(&who.ns->ids[kind].lock);
	xa_for_each(&who.ns->ids[kind].objects, slot, obj)
		show[kind](out, obj);
	mutex_unlock(&who.ns->ids[kind].lock);
	return 0;
}

#define OBJECTS(name_, kind) { .name = name_, .mode = S_IFREG | 0444, .show = show_objects, \
			       .arg = (const void *)(uintptr_t)(kind) }
static const struct pseudo_entry object_entries[] = {
	OBJECTS("shm", IPC_SHM), OBJECTS("sem", IPC_SEM), OBJECTS("msg", IPC_MSG),
};

/* --- Limits: entry->arg is the offset of the field in the namespace --- */

static uint32_t *limit32(const struct pseudo_target *t)
{
	return (uint32_t *)((char *)ipc_current().ns + (uintptr_t)t->entry->arg);
}

static uint64_t *limit64(const struct pseudo_target *t)
{
	return (uint64_t *)((char *)ipc_current().ns + (uintptr_t)t->entry->arg);
}

static int show_limit32(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%u\n", READ_ONCE(*limit32(t)));
	return 0;
}

static int show_limit64(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%llu\n", (unsigned long long)READ_ONCE(*limit64(t)));
	return 0;
}

static int store_limit32(char *text, size_t size, const struct pseudo_target *t)
{
	bool slots = t->entry->arg == (void *)offsetof(struct ipc_ns, shmmni) ||
		     t->entry->arg == (void *)offsetof(struct ipc_ns, msgmni);
	unsigned value;
	int err = kstrtouint(text, 10, &value);

	(void)size;
	if (!err && (slots ? value > IPC_SLOTS : value > INT_MAX))
		err = -EINVAL;
	if (!err)
		WRITE_ONCE(*limit32(t), value);
	return err;
}

static int store_limit64(char *text, size_t size, const struct pseudo_target *t)
{
	unsigned long long value;
	int err = kstrtoull(text, 10, &value);

	(void)size;
	if (!err)
		WRITE_ONCE(*limit64(t), value);
	return err;
}

static int show_sem(struct strbuf *out, const struct pseudo_target *t)
{
	const struct ipc_ns *ns = ipc_current().ns;

	(void)t;
	strbuf_printf(out, "%u\t%u\t%u\t%u\n", ns->semmsl, ns->semmns, ns->semopm, ns->semmni);
	return 0;
}

static int store_sem(char *text, size_t size, const struct pseudo_target *t)
{
	struct ipc_ns *ns = ipc_current().ns;
	uint32_t values[] = { ns->semmsl, ns->semmns, ns->semopm, ns->semmni };
	char *end = text;

	(void)size, (void)t;
	for (unsigned i = 0; i < ARRAY_SIZE(values); i++) {
		char *start;
		unsigned long long value;

		for (start = end; *start == ' ' || *start == '\t' || *start == '\n'; start++) {
		}
		if (!*start)
			break;
		value = simple_strtoull(start, &end, 10);
		if (end == start || value > (i == 3 ? IPC_SLOTS : INT_MAX))
			return -EINVAL;
		values[i] = (uint32_t)value;
	}
	WRITE_ONCE(ns->semmsl, values[0]);
	WRITE_ONCE(ns->semmns, values[1]);
	WRITE_ONCE(ns->semopm, values[2]);
	WRITE_ONCE(ns->semmni, values[3]);
	return 0;
}

/* The identifier that the namespace's next object is to have; entry->arg is the kind. */
static int *next_id(const struct pseudo_target *t)
{
	return &ipc_current().ns->ids[(uintptr_t)t->entry->arg].next_id;
}

static int show_next(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%d\n", READ_ONCE(*next_id(t)));
	return 0;
}

static int store_next(char *text, size_t size, const struct pseudo_target *t)
{
	uint64_t value;

	(void)size;
	if (sysctl_parse(text, &value) || value > INT_MAX)
		return -EINVAL;
	WRITE_ONCE(*next_id(t), (int)value);
	return 0;
}

#define NEXT_ID(name_, kind) { .name = name_, .mode = S_IFREG | 0644, .show = show_next, .store = store_next, \
			       .arg = (const void *)(uintptr_t)(kind) }
#define LIMIT(field, bits) { .name = #field, .mode = S_IFREG | 0644, .show = show_limit ## bits, \
			     .store = store_limit ## bits, .arg = (const void *)offsetof(struct ipc_ns, field) }
static const struct pseudo_entry limit_entries[] = {
	LIMIT(shmmax, 64), LIMIT(shmall, 64), LIMIT(shmmni, 32), LIMIT(msgmax, 32), LIMIT(msgmnb, 32),
	LIMIT(msgmni, 32), NEXT_ID("shm_next_id", IPC_SHM), NEXT_ID("sem_next_id", IPC_SEM),
	NEXT_ID("msg_next_id", IPC_MSG),
	{ .name = "sem", .mode = S_IFREG | 0644, .show = show_sem, .store = store_sem },
};

static int sysv_proc_init(void)
{
	int err = procfs_register("sysvipc", object_entries, ARRAY_SIZE(object_entries));

	return err ? err : procfs_register("sys/kernel", limit_entries, ARRAY_SIZE(limit_entries));
}
INIT_HOOK(INIT_VFS, sysv_proc_init);
