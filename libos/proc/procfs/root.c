/* SPDX-License-Identifier: MIT */
/*
 * procfs/root: the processes in /proc: numbers, self, thread-self, task/, and the table of each process's files.
 *
 * Numbers are those of the reader's PID namespace. Liveness: a struct pid has a member task from fork until its
 * release; from then on its names are dropped from the dentry cache (pseudo_revalidate).
 */
#include "proc/procfs/procfs.h"

#include "abi/errno.h"
#include "abi/statfs.h"
#include "core/init.h"
#include "core/version.h"
#include "fs/pseudo/sysctl.h"
#include "lib/format.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "mm/dump.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "net/unix_list.h"
#include "proc/cgroup/cgroup.h"
#include "proc/procfs/internal.h"
#include "sched/sched.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/namei.h"
#include "vfs/super.h"

/* --- From a target to its task, and to what the task has --- */

struct task *procfs_task(const struct pseudo_target *t)
{
	struct pid *pid = t->object;
	struct task *task;

	rcu_read_lock();
	task = list_first_or_null_rcu(&pid->members[PIDTYPE_PID], struct task, pid_link);
	if (task && !refcount_inc_not_zero(&task->thread.refs))
		task = NULL;
	rcu_read_unlock();
	return task;
}

int procfs_task_access(const struct pseudo_target *t, struct task **out)
{
	struct task *task = procfs_task(t);

	if (!task)
		return -ESRCH;
	if (task != current && task_may_access(current, task)) {
		task_put(task);
		return -EACCES;
	}
	*out = task;
	return 0;
}

/* --- Small files --- */

static int show_comm(struct strbuf *out, const struct pseudo_target *t)
{
	struct task *task = procfs_task(t);

	if (!task)
		return -ESRCH;
	strbuf_printf(out, "%s\n", task->thread.name);
	task_put(task);
	return 0;
}

/* Only a process itself names its threads. */
static int store_comm(char *text, size_t size, const struct pseudo_target *t)
{
	struct task *task = procfs_task(t);
	int err = 0;

	if (!task)
		return -ESRCH;
	text[strcspn(text, "\n")] = 0;
	if (task->process == current->process)
		thread_set_name(&task->thread, text);
	else
		err = -EINVAL;
	task_put(task);
	return err;
}

static int show_oom_score_adj(struct strbuf *out, const struct pseudo_target *t)
{
	struct task *task = procfs_task(t);

	if (!task)
		return -ESRCH;
	strbuf_printf(out, "%d\n", READ_ONCE(task->process->oom_score_adj));
	task_put(task);
	return 0;
}

static int store_oom_score_adj(char *text, size_t size, const struct pseudo_target *t)
{
	struct task *task;
	int value, err;

	text[strcspn(text, "\n")] = 0;
	err = kstrtoint(text, 10, &value);
	if (err)
		return err;
	if (value < -1000 || value > 1000)
		return -EINVAL;
	err = procfs_task_access(t, &task);
	if (err)
		return err;
	if (value < task->process->oom_score_adj && !cred_capable(current->cred, CAP_SYS_RESOURCE))
		err = -EACCES;
	else
		WRITE_ONCE(task->process->oom_score_adj, value);
	task_put(task);
	return err;
}

/* Share of memory in thousandths, adjusted: whom the out-of-memory killer would take. */
static int show_oom_score(struct strbuf *out, const struct pseudo_target *t)
{
	struct task *task = procfs_task(t);
	struct mm *mm = task ? task_grab_mm(task) : NULL;
	long score = 0;

	if (!task)
		return -ESRCH;
	if (mm)
		score = (long)(mm_rss(mm) * 1000 / pages_total()) + task->process->oom_score_adj;
	strbuf_printf(out, "%ld\n", score < 0 ? 0 : score);
	mm_put(mm);
	task_put(task);
	return 0;
}

static int show_dump_filter(struct strbuf *out, const struct pseudo_target *t)
{
	struct task *task = procfs_task(t);
	struct mm *mm = task ? task_grab_mm(task) : NULL;

	if (mm)
		strbuf_printf(out, "%08x\n", READ_ONCE(mm->dump_filter));
	mm_put(mm);
	task_put(task);
	return task ? 0 : -ESRCH;
}

static int store_dump_filter(char *text, size_t size, const struct pseudo_target *t)
{
	struct task *task;
	struct mm *mm;
	unsigned value;
	int err;

	text[strcspn(text, "\n")] = 0;
	err = kstrtouint(text, 0, &value);
	if (err)
		return err;
	task = procfs_task(t);
	if (!task)
		return -ESRCH;
	mm = task_grab_mm(task);
	if (mm)
		WRITE_ONCE(mm->dump_filter, value & DUMP_FILTER_BITS);
	mm_put(mm);
	task_put(task);
	return 0;
}

static int show_personality(struct strbuf *out, const struct pseudo_target *t)
{
	struct task *task;
	int err = procfs_task_access(t, &task);

	if (err)
		return err;
	strbuf_printf(out, "%08x\n", task->personality);
	task_put(task);
	return 0;
}

/* One line: the one hierarchy. Names are as the reader's group namespace has them. */
static int show_cgroup(struct strbuf *out, const struct pseudo_target *t)
{
	struct task *task = procfs_task(t);

	if (!task)
		return -ESRCH;
	strbuf_puts(out, "0::");
	cgroup_print_process(out, task->process, current->cgroup_ns);
	strbuf_putc(out, '\n');
	task_put(task);
	return 0;
}

/* Fixed text. */
static int show_text(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_puts(out, t->entry->arg);
	return 0;
}

/* --- Links --- */

/* What a link leads to, with references. */
static int fs_path(const struct pseudo_target *t, struct path *out, void (*get)(struct fs_state *, struct path *))
{
	struct fs_state *fs;
	struct task *task;
	int err = procfs_task_access(t, &task);

	if (err)
		return err;
	fs = task_grab_fs(task);
	task_put(task);
	if (!fs)
		return -ENOENT;
	get(fs, out);
	fs_state_put(fs);
	return 0;
}

static int jump_cwd(struct path *out, const struct pseudo_target *t)
{
	return fs_path(t, out, fs_state_get_pwd);
}

static int jump_root(struct path *out, const struct pseudo_target *t)
{
	return fs_path(t, out, fs_state_get_root);
}

static int jump_exe(struct path *out, const struct pseudo_target *t)
{
	struct task *task;
	struct file *exe = NULL;
	struct mm *mm;
	int err = procfs_task_access(t, &task);

	if (err)
		return err;
	mm = task_grab_mm(task);
	task_put(task);
	if (!mm)
		return -ENOENT;
	mm_read_lock(mm);
	if (mm->exe)
		exe = get_file(mm->exe);
	mm_read_unlock(mm);
	mm_put(mm);
	if (!exe)
		return -ENOENT;
	*out = exe->path;
	path_get(out);
	fput(exe);
	return 0;
}

int procfs_print_path(struct strbuf *out, const struct path *path)
{
	enum { PATH_ROOM = 4096 };
	char *buf = kmalloc(PATH_ROOM, GFP_KERNEL), *text;
	struct path root;

	if (!buf)
		return -ENOMEM;
	fs_state_get_root(current->vfs.fs, &root);
	text = d_path(path, &root, buf, PATH_ROOM, NULL);	/* only getcwd(2) tells what lies outside of the root */
	path_put(&root);
	if (text)
		strbuf_puts(out, text);
	kfree(buf);
	return text ? 0 : -ENAMETOOLONG;
}

/* The text of a magic link is where it jumps to. */
static int link_of_jump(struct strbuf *out, const struct pseudo_target *t)
{
	struct path path;
	int err = t->entry->jump(&path, t);

	if (err)
		return err;
	err = procfs_print_path(out, &path);
	path_put(&path);
	return err;
}

static int link_self(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%d", process_tgid_in(current->process, current->pid_ns));
	return 0;
}

static int link_thread_self(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%d/task/%d", process_tgid_in(current->process, current->pid_ns), task_tid(current));
	return 0;
}

/* --- Folders --- */

/* The pid numbered by a name, if the name is that number's only spelling. Under RCU. */
static struct pid *pid_named(const char *name)
{
	unsigned nr;

	if (*name == '0' || kstrtouint(name, 10, &nr) || nr > INT32_MAX || strlen(name) > 10)
		return NULL;
	return pid_find(current->pid_ns, (int)nr);
}

static int take_pid(struct pid *pid, const struct pseudo_entry *entry, unsigned long index, struct pseudo_target *out)
{
	if (!pid || list_empty(&pid->members[PIDTYPE_PID]) || !refcount_inc_not_zero(&pid->refs))
		return -ENOENT;
	*out = (struct pseudo_target){ .entry = entry, .object = pid, .index = index };
	return 0;
}

static const struct pseudo_entry process_entry, thread_entry;

/* Threads that do not lead are found by name, and not listed, as on Linux. */
static int process_lookup(const struct pseudo_target *dir, const char *name, struct pseudo_target *out)
{
	int err;

	rcu_read_lock();
	err = take_pid(pid_named(name), &process_entry, 0, out);
	rcu_read_unlock();
	return err;
}

static bool pid_is_process(const struct pid *pid)
{
	return !list_empty(&pid->members[PIDTYPE_TGID]);
}

static bool process_next(const struct pseudo_target *dir, loff_t *pos, char *name, size_t size, uint32_t *mode)
{
	for (;;) {
		struct pid *pid = *pos < INT32_MAX ? pid_next(current->pid_ns, (int)*pos) : NULL;
		bool found;

		if (!pid)
			return false;
		*pos = pid_nr_in(pid, current->pid_ns);
		found = pid_is_process(pid);
		pid_put(pid);
		if (found)
			break;
		++*pos;
	}
	ksnprintf(name, size, "%d", (int)*pos);
	*mode = S_IFDIR;
	return true;
}

/* Does the pid name a thread of the process that dir's object names? Under RCU. */
static bool same_process(const struct pseudo_target *dir, struct pid *pid)
{
	struct pid *leader = dir->object;
	struct task *a = list_first_or_null_rcu(&leader->members[PIDTYPE_PID], struct task, pid_link);
	struct task *b = list_first_or_null_rcu(&pid->members[PIDTYPE_PID], struct task, pid_link);

	return a && b && a->process == b->process;
}

static int thread_lookup(const struct pseudo_target *dir, const char *name, struct pseudo_target *out)
{
	struct pid *pid;
	int err = -ENOENT;

	rcu_read_lock();
	pid = pid_named(name);
	if (pid && same_process(dir, pid))
		err = take_pid(pid, &thread_entry, PROCFS_THREAD, out);
	rcu_read_unlock();
	return err;
}

/* Lowest thread number >= *pos of the process. Numbers are few: the list is walked each time. */
static bool thread_next(const struct pseudo_target *dir, loff_t *pos, char *name, size_t size, uint32_t *mode)
{
	struct task *leader = procfs_task(dir), *t;
	int best = 0;

	if (!leader)
		return false;
	rcu_read_lock();
	list_for_each_entry_rcu(t, &leader->process->tasks, group_link) {
		int nr = task_tid_in(t, current->pid_ns);

		if (nr >= *pos && nr > 0 && (!best || nr < best))
			best = nr;
	}
	rcu_read_unlock();
	task_put(leader);
	if (!best)
		return false;
	*pos = best;
	ksnprintf(name, size, "%d", best);
	*mode = S_IFDIR;
	return true;
}

static const struct pseudo_dir task_dir = { .lookup = thread_lookup, .next = thread_next };

/* A folder for each thread: programs count their threads so. */
static unsigned task_links(const struct pseudo_target *t)
{
	struct task *task = procfs_task(t);
	unsigned n = task ? READ_ONCE(task->process->nr_tasks) : 0;

	if (task)
		task_put(task);
	return n + 2;
}

/* One network for all: sockets of the machine itself. */
static int show_net_unix(struct strbuf *out, const struct pseudo_target *t)
{
	(void)t;
	unix_print_sockets(out);
	return 0;
}

static const struct pseudo_entry net_entries[] = {
	{ .name = "unix", .mode = S_IFREG | 0444, .show = show_net_unix },
};

static const struct pseudo_dir net_dir = { .entries = net_entries, .count = ARRAY_SIZE(net_entries) };

/* Files of a process and of one of its threads. */
#define COMMON_ENTRIES									\
	{ .name = "stat", .mode = S_IFREG | 0444, .show = procfs_show_stat },		\
	{ .name = "statm", .mode = S_IFREG | 0444, .show = procfs_show_statm },	\
	{ .name = "status", .mode = S_IFREG | 0444, .show = procfs_show_status },	\
	{ .name = "comm", .mode = S_IFREG | 0644, .show = show_comm, .store = store_comm },	\
	{ .name = "cmdline", .mode = S_IFREG | 0444, .fops = &procfs_cmdline_ops },	\
	{ .name = "environ", .mode = S_IFREG | 0400, .fops = &procfs_environ_ops },	\
	{ .name = "auxv", .mode = S_IFREG | 0400, .show = procfs_show_auxv },		\
	{ .name = "maps", .mode = S_IFREG | 0444, .show_part = procfs_show_maps },		\
	{ .name = "mem", .mode = S_IFREG | 0600, .fops = &procfs_mem_ops },		\
	{ .name = "limits", .mode = S_IFREG | 0444, .show = procfs_show_limits },	\
	{ .name = "mounts", .mode = S_IFREG | 0444, .show = procfs_show_mounts,	\
	  .changes = procfs_mounts_changes },						\
	{ .name = "mountinfo", .mode = S_IFREG | 0444, .show = procfs_show_mountinfo,	\
	  .changes = procfs_mounts_changes },						\
	{ .name = "oom_score", .mode = S_IFREG | 0444, .show = show_oom_score },	\
	{ .name = "oom_score_adj", .mode = S_IFREG | 0644, .show = show_oom_score_adj,	\
	  .store = store_oom_score_adj },						\
	{ .name = "personality", .mode = S_IFREG | 0400, .show = show_personality },	\
	{ .name = "cgroup", .mode = S_IFREG | 0444, .show = show_cgroup },		\
	{ .name = "io", .mode = S_IFREG | 0400, .show = procfs_show_io },			\
	{ .name = "wchan", .mode = S_IFREG | 0444, .show = procfs_show_wchan },		\
	{ .name = "stack", .mode = S_IFREG | 0400, .show = procfs_show_stack },		\
	{ .name = "syscall", .mode = S_IFREG | 0400, .show = procfs_show_syscall },	\
	{ .name = "smaps", .mode = S_IFREG | 0444, .show_part = procfs_show_smaps },		\
	{ .name = "smaps_rollup", .mode = S_IFREG | 0444, .show = procfs_show_smaps_rollup },	\
	{ .name = "exe", .mode = S_IFLNK | 0777, .link = link_of_jump, .jump = jump_exe },	\
	{ .name = "cwd", .mode = S_IFLNK | 0777, .link = link_of_jump, .jump = jump_cwd },	\
	{ .name = "root", .mode = S_IFLNK | 0777, .link = link_of_jump, .jump = jump_root },	\
	{ .name = "fd", .mode = S_IFDIR | 0500, .dir = &procfs_fd_dir },		\
	{ .name = "fdinfo", .mode = S_IFDIR | 0555, .dir = &procfs_fdinfo_dir },	\
	{ .name = "net", .mode = S_IFDIR | 0555, .dir = &net_dir },			\
	{ .name = "ns", .mode = S_IFDIR | 0511, .dir = &procfs_ns_dir }

static const struct pseudo_entry process_entries[] = {
	COMMON_ENTRIES,
	{ .name = "coredump_filter", .mode = S_IFREG | 0644, .show = show_dump_filter, .store = store_dump_filter },
	{ .name = "timers", .mode = S_IFREG | 0444, .show = procfs_show_timers },
	{ .name = "timerslack_ns", .mode = S_IFREG | 0444, .show = procfs_show_timerslack },
	{ .name = "task", .mode = S_IFDIR | 0555, .dir = &task_dir, .links = task_links },
};

static const struct pseudo_entry thread_entries[] = { COMMON_ENTRIES };

static const struct pseudo_dir process_dir = { .entries = process_entries, .count = ARRAY_SIZE(process_entries) };
static const struct pseudo_dir thread_dir = { .entries = thread_entries, .count = ARRAY_SIZE(thread_entries) };
static const struct pseudo_entry process_entry = { .name = "", .mode = S_IFDIR | 0555, .dir = &process_dir };
static const struct pseudo_entry thread_entry = { .name = "", .mode = S_IFDIR | 0555, .dir = &thread_dir };
static const struct pseudo_dir processes = { .lookup = process_lookup, .next = process_next };

struct pid *procfs_process_pid(const struct file *file)
{
	const struct pseudo_target *t;

	if (file->inode->sb->magic != PROC_SUPER_MAGIC || !S_ISDIR(file->inode->mode))
		return NULL;
	t = pseudo_target_of(file->inode);
	return t->entry == &process_entry ? t->object : NULL;
}

/* --- What the engine asks about a struct pid --- */

static void object_get(void *object)
{
	pid_get(object);
}

static void object_put(void *object)
{
	pid_put(object);
}

static bool object_alive(void *object)
{
	struct pid *pid = object;

	return !list_empty(&pid->members[PIDTYPE_PID]) && pid_nr_in(pid, current->pid_ns);
}

/* Whoever could trace the process owns its files; what it hides from its user is root's. */
static void object_owner(void *object, uint32_t *uid, uint32_t *gid)
{
	struct pid *pid = object;
	struct task *task;

	*uid = *gid = 0;
	rcu_read_lock();
	task = list_first_or_null_rcu(&pid->members[PIDTYPE_PID], struct task, pid_link);
	if (task) {
		const struct mm *mm = thread_mm(&task->thread);
		const struct cred *cred = READ_ONCE(task->cred);

		if (mm && READ_ONCE(mm->dumpable) == DUMPABLE_USER) {
			*uid = cred->euid;
			*gid = cred->egid;
		}
	}
	rcu_read_unlock();
}

static const struct pseudo_objects pid_objects = {
	.get = object_get, .put = object_put, .alive = object_alive, .owner = object_owner,
};

/* --- Files of the root that need to know of processes --- */

static int show_loadavg(struct strbuf *out, const struct pseudo_target *t)
{
	struct loadavg load;

	sched_loadavg(&load);
	for (int i = 0; i < 3; i++) {
		/* Round to hundredths. */
		uint64_t hundredths = (load.avg[i] * 100 + 0x8000) >> 16;

		strbuf_printf(out, "%lu.%02lu ", (unsigned long)(hundredths / 100), (unsigned long)(hundredths % 100));
	}
	strbuf_printf(out, "%u/%u %d\n", load.running, READ_ONCE(proc_tree.nr_tasks),
		      READ_ONCE(current->pid_ns->last));
	return 0;
}

static int show_number(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%u\n", READ_ONCE(*(const unsigned *)t->entry->arg));
	return 0;
}

static const struct pseudo_entry root_entries[] = {
	{ .name = "self", .mode = S_IFLNK | 0777, .link = link_self },
	{ .name = "thread-self", .mode = S_IFLNK | 0777, .link = link_thread_self },
	{ .name = "mounts", .mode = S_IFLNK | 0777, .link = show_text, .arg = "self/mounts" },
	{ .name = "net", .mode = S_IFLNK | 0777, .link = show_text, .arg = "self/net" },
	{ .name = "loadavg", .mode = S_IFREG | 0444, .show = show_loadavg },
	{ .name = "locks", .mode = S_IFREG | 0444, .show = procfs_show_locks },
};

/* --- The two names of the reader's UTS namespace; entry->arg is the offset of the field --- */

static char *uts_field(const struct pseudo_target *t)
{
	return (char *)current->uts + (uintptr_t)t->entry->arg;
}

static int show_uts(struct strbuf *out, const struct pseudo_target *t)
{
	char name[sizeof(current->uts->nodename)];

	spin_lock(&current->uts->lock);
	memcpy(name, uts_field(t), sizeof(name));
	spin_unlock(&current->uts->lock);
	strbuf_printf(out, "%s\n", name);
	return 0;
}

/* A line; as Linux, what is too long is cut. */
static int store_uts(char *text, size_t size, const struct pseudo_target *t)
{
	char name[sizeof(current->uts->nodename)] = "";

	if (!cred_capable(current->cred, CAP_SYS_ADMIN))
		return -EPERM;
	for (size_t i = 0; i < min(size, sizeof(name) - 1) && text[i] && text[i] != '\n'; i++)
		name[i] = text[i];
	spin_lock(&current->uts->lock);
	memcpy(uts_field(t), name, sizeof(name));
	spin_unlock(&current->uts->lock);
	return 0;
}

/* --- Numbers of the reader's PID namespace; entry->arg is the offset of the field --- */

static int show_pid(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%d\n", READ_ONCE(*(const int *)((char *)current->pid_ns + (uintptr_t)t->entry->arg)));
	return 0;
}

static int store_pid_max(char *text, size_t size, const struct pseudo_target *t)
{
	uint64_t value;

	(void)size, (void)t;
	if (sysctl_parse(text, &value) || value < PID_MAX_LEAST || value > PID_MAX_MOST)
		return -EINVAL;
	WRITE_ONCE(current->pid_ns->max, (int)value);
	return 0;
}

static int store_last_pid(char *text, size_t size, const struct pseudo_target *t)
{
	uint64_t value;

	(void)size, (void)t;
	if (!cred_capable(current->cred, CAP_SYS_ADMIN) && !cred_capable(current->cred, CAP_CHECKPOINT_RESTORE))
		return -EPERM;
	if (sysctl_parse(text, &value) || value > (uint64_t)READ_ONCE(current->pid_ns->max))
		return -EINVAL;
	WRITE_ONCE(current->pid_ns->last, (int)value);
	return 0;
}

#define UTS_NAME(name_, field) { .name = name_, .mode = S_IFREG | 0644, .show = show_uts, .store = store_uts, \
				 .arg = (const void *)offsetof(struct uts_ns, field) }

static const struct pseudo_entry kernel_entries[] = {
	UTS_NAME("hostname", nodename),
	UTS_NAME("domainname", domainname),
	{ .name = "pid_max", .mode = S_IFREG | 0644, .show = show_pid, .store = store_pid_max,
	  .arg = (const void *)offsetof(struct pid_ns, max) },
	{ .name = "ns_last_pid", .mode = S_IFREG | 0666, .show = show_pid, .store = store_last_pid,
	  .arg = (const void *)offsetof(struct pid_ns, last) },
	{ .name = "threads-max", .mode = S_IFREG | 0444, .show = show_number, .arg = &proc_tree.max_tasks },
};

static int procfs_process_init(void)
{
	int err = procfs_register("", root_entries, ARRAY_SIZE(root_entries));

	if (!err)
		err = procfs_register("sys/kernel", kernel_entries, ARRAY_SIZE(kernel_entries));
	if (!err)
		procfs_set_processes(&processes, &pid_objects);
	return err;
}
INIT_HOOK(INIT_DEVICE, procfs_process_init);
