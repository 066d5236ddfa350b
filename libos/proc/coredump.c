/* SPDX-License-Identifier: MIT */
/*
 * coredump: whether, where, and with which threads a core file is written.
 *
 *	dumping thread                              another thread
 *	core_dumper = me, group exit, SIGKILL       comes to exit: coredump_wants_locked()
 *	waits until core_left is 0                  PF_CORE_PARKED, one less left, sleeps on exec_wait
 *	writes the file
 *	core_dumper = NULL, wakes exec_wait         goes on to exit
 *
 * The file is made as the process would make it: its working directory, its rights, mode 0600; an old one is removed
 * first, and a link is not followed.
 */
#include "proc/coredump.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "core/init.h"
#include "core/log.h"
#include "fs/pseudo/sysctl.h"
#include "lib/format.h"
#include "lib/parse.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "mm/dump.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "proc/cred.h"
#include "proc/signal.h"
#include "sched/sched.h"
#include "time/clock.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/namei.h"

#define PATTERN_SIZE	128
#define NAME_SIZE	1024

/* Field legend: [l] lock, [a] atomic */
static struct {
	struct spinlock lock;
	char pattern[PATTERN_SIZE];	/* [l] */
	unsigned uses_pid;		/* [a] */
	unsigned set_id;		/* [a] enum dumpable */
} core = { .lock = SPINLOCK_NAMED("core_pattern"), .pattern = "core" };

/* --- The name --- */

/* A name may not lead out of its folder. */
static void put_name(struct strbuf *out, const char *name)
{
	for (; *name; name++)
		strbuf_putc(out, *name == '/' ? '!' : *name);
}

/* The file's name now. */
static void put_exe_name(struct strbuf *out)
{
	const struct mm *mm = current->mm;
	struct dentry *dentry = mm->exe ? mm->exe->path.dentry : NULL;
	char name[256];

	if (!dentry) {
		put_name(out, current->thread.name);
		return;
	}
	spin_lock(&dentry->lock);	/* a rename may be on its way */
	strscpy(name, dentry->name.name, sizeof(name));
	spin_unlock(&dentry->lock);
	put_name(out, name);
}

static void put_exe_path(struct strbuf *out)
{
	struct path root;
	bool away = false;
	char *buf = kmalloc(PAGE_SIZE, GFP_KERNEL), *text = NULL;

	fs_state_get_root(current->vfs.fs, &root);
	if (buf && current->mm->exe)
		text = d_path(&current->mm->exe->path, &root, buf, PAGE_SIZE, &away);
	path_put(&root);
	if (text)
		put_name(out, text);
	else
		put_exe_name(out);
	kfree(buf);
}

static void put_host(struct strbuf *out)
{
	struct uts_ns *uts = current->uts;
	char name[65];

	spin_lock(&uts->lock);
	strscpy(name, uts->nodename, sizeof(name));
	spin_unlock(&uts->lock);
	put_name(out, name);
}

static void put_number(struct strbuf *out, char which, int sig)
{
	struct task *t = current;

	switch (which) {
	case 'p': strbuf_printf(out, "%d", task_tgid(t)); break;
	case 'P': strbuf_printf(out, "%d", process_tgid_in(t->process, &pid_ns_init)); break;
	case 'i': strbuf_printf(out, "%d", task_tid(t)); break;
	case 'I': strbuf_printf(out, "%d", task_tid_in(t, &pid_ns_init)); break;
	case 'u': strbuf_printf(out, "%u", t->cred->uid); break;
	case 'g': strbuf_printf(out, "%u", t->cred->gid); break;
	case 'd': strbuf_printf(out, "%d", t->mm->dumpable); break;
	case 's': strbuf_printf(out, "%d", sig); break;
	case 't': strbuf_printf(out, "%llu", (unsigned long long)(clock_realtime_ns() / NSEC_PER_SEC)); break;
	case 'c': strbuf_printf(out, "%llu", (unsigned long long)rlimit_cur(t->process, RLIMIT_CORE)); break;
	case 'C': strbuf_printf(out, "%u", t->thread.cpu); break;
	default: break;			/* unknown: nothing, as on Linux */
	}
}

/* core_pattern with its % words replaced. */
static void make_name(struct strbuf *out, int sig)
{
	char pattern[PATTERN_SIZE];
	bool has_pid = false;

	spin_lock(&core.lock);
	strscpy(pattern, core.pattern, sizeof(pattern));
	spin_unlock(&core.lock);
	for (const char *p = pattern; *p; p++) {
		if (*p != '%') {
			strbuf_putc(out, *p);
			continue;
		}
		if (!*++p)
			break;
		has_pid |= *p == 'p';
		switch (*p) {
		case '%': strbuf_putc(out, '%'); break;
		case 'h': put_host(out); break;
		case 'e': put_name(out, current->thread.name); break;
		case 'f': put_exe_name(out); break;
		case 'E': put_exe_path(out); break;
		default: put_number(out, *p, sig); break;
		}
	}
	if (READ_ONCE(core.uses_pid) && !has_pid)
		strbuf_printf(out, ".%d", task_tgid(current));
}

/* --- The other threads --- */

bool coredump_wants_locked(struct task *t)
{
	struct process *p = t->process;

	assert_held(&t->sighand->lock);
	if (!p->core_dumper || p->core_dumper == t)
		return false;
	t->flags |= PF_CORE_PARKED;
	if (--p->core_left == 0)
		wake_up_all(&p->exec_wait);
	return true;
}

void coredump_wait(struct process *p)
{
	wait_event(&p->exec_wait, !READ_ONCE(p->core_dumper));
}

/* From here on the process is ending. False: it was before. */
static bool stop_others(int sig)
{
	struct task *me = current, *t;
	struct process *p = me->process;
	unsigned long flags = spin_lock_irqsave(&me->sighand->lock);

	if ((p->sig_flags & SIGNAL_GROUP_EXIT) || p->group_exec) {
		spin_unlock_irqrestore(&me->sighand->lock, flags);
		return false;
	}
	p->sig_flags = (p->sig_flags & SIGNAL_UNKILLABLE) | SIGNAL_GROUP_EXIT;
	p->group_exit_code = sig;
	p->core_dumper = me;
	p->stop_count = 0;
	list_for_each_entry(t, &p->tasks, group_link) {
		t->jobctl &= ~(JOBCTL_STOP_PENDING | JOBCTL_STOP_CONSUME);
		if (t == me || (t->flags & PF_EXITING))
			continue;
		p->core_left++;
		t->pending.set |= SIGMASK(SIGKILL);
		signal_wake(t, /*fatal=*/true);
	}
	thread_clear_work(&me->thread, WORK_SIGNAL | WORK_KILL);	/* the dump sleeps undisturbed */
	spin_unlock_irqrestore(&me->sighand->lock, flags);
	return true;
}

static int release_others(bool dumped)
{
	struct task *me = current;
	struct process *p = me->process;
	unsigned long flags = spin_lock_irqsave(&me->sighand->lock);

	if (dumped)
		p->group_exit_code |= 0x80;
	p->core_dumper = NULL;
	wake_up_all(&p->exec_wait);
	spin_unlock_irqrestore(&me->sighand->lock, flags);
	return p->group_exit_code;
}

/* Parked threads do not go away: no references are needed. */
static bool gather_threads(struct core_threads *threads)
{
	struct task *me = current, *t;
	struct process *p = me->process;
	unsigned long irq;

	threads->count = 0;
	threads->task = kvmalloc(p->nr_tasks * sizeof(threads->task[0]), GFP_KERNEL);
	if (!threads->task)
		return false;
	threads->task[threads->count++] = me;
	irq = read_lock_irqsave(&proc_tree.lock);
	list_for_each_entry(t, &p->tasks, group_link) {
		if (t != me && (t->flags & PF_CORE_PARKED))
			threads->task[threads->count++] = t;
	}
	read_unlock_irqrestore(&proc_tree.lock, irq);
	for (unsigned i = 1; i < threads->count; i++) {
		while (READ_ONCE(threads->task[i]->thread.on_cpu))
			thread_yield();
	}
	return true;
}

/* --- The file --- */

uint8_t coredump_set_id(void)
{
	return (uint8_t)READ_ONCE(core.set_id);
}

/* Only a regular file of the writer's own that nobody else sees will do. */
static bool file_suits(const struct file *file, const struct cred *writer)
{
	const struct inode *inode = file->inode;

	return S_ISREG(inode->mode) && inode->nlink == 1 && inode->uid == writer->fsuid &&
	       (inode->mode & 0677) == 0600;
}

static bool write_named(const char *name, const siginfo_t *info, const struct cred *writer)
{
	struct vfs_ctx ctx = current->vfs;
	struct core_threads threads;
	struct file *file;
	bool dumped = false;

	ctx.cred = writer;
	if (writer == current->cred)	/* with other rights than the process has, nothing is taken out of the way */
		ignore_result(vfs_unlink(&ctx, AT_FDCWD, name));	/* there may be none */
	if (vfs_open(&ctx, AT_FDCWD, name, O_CREAT | O_WRONLY | O_NOFOLLOW | O_EXCL | O_LARGEFILE, 0600, 0, &file))
		return false;
	if (file_suits(file, writer) && gather_threads(&threads)) {
		dumped = corefile_write(file, rlimit_cur(current->process, RLIMIT_CORE), info, &threads);
		kvfree(threads.task);
	}
	fput(file);
	return dumped;
}

static bool write_file(const siginfo_t *info)
{
	bool for_root = READ_ONCE(current->mm->dumpable) == DUMPABLE_ROOT, dumped = false;
	struct cred *root = for_root ? cred_prepare() : NULL;
	struct strbuf name;

	strbuf_init(&name, NAME_SIZE);
	make_name(&name, info->si_signo);
	if (root)
		root->fsuid = 0;
	/* For root: not in a folder that the process chose. */
	if (!strbuf_error(&name) && name.len && (!for_root || (root && *strbuf_str(&name) == '/')))
		dumped = write_named(strbuf_str(&name), info, root ? root : current->cred);
	strbuf_fini(&name);
	if (root)
		cred_abort(root);
	return dumped;
}

int coredump_write(const siginfo_t *info)
{
	struct process *p = current->process;

	if (rlimit_cur(p, RLIMIT_CORE) < PAGE_SIZE || !READ_ONCE(current->mm->dumpable) || !stop_others(info->si_signo))
		return info->si_signo;
	wait_event(&p->exec_wait, !READ_ONCE(p->core_left));
	return release_others(write_file(info));
}

/* --- /proc/sys/kernel --- */

static int show_pattern(struct strbuf *out, const struct pseudo_target *t)
{
	char pattern[PATTERN_SIZE];

	spin_lock(&core.lock);
	strscpy(pattern, core.pattern, sizeof(pattern));
	spin_unlock(&core.lock);
	strbuf_printf(out, "%s\n", pattern);
	return 0;
}

/* Programs that take the core from a pipe are not started: said here, not when a core is lost. */
static int store_pattern(char *text, size_t size, const struct pseudo_target *t)
{
	text[strcspn(text, "\n")] = 0;
	if (*text == '|')
		return -EINVAL;
	spin_lock(&core.lock);
	strscpy(core.pattern, text, sizeof(core.pattern));
	spin_unlock(&core.lock);
	return 0;
}

static int show_uses_pid(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%u\n", READ_ONCE(core.uses_pid));
	return 0;
}

static int store_uses_pid(char *text, size_t size, const struct pseudo_target *t)
{
	unsigned value;
	int err;

	text[strcspn(text, "\n")] = 0;
	err = kstrtouint(text, 10, &value);
	if (!err)
		WRITE_ONCE(core.uses_pid, value);
	return err;
}

static const struct pseudo_entry kernel_entries[] = {
	{ .name = "core_pattern", .mode = S_IFREG | 0644, .show = show_pattern, .store = store_pattern },
	{ .name = "core_uses_pid", .mode = S_IFREG | 0644, .show = show_uses_pid, .store = store_uses_pid },
};

static const struct pseudo_entry fs_entries[] = {
	SYSCTL_U32("suid_dumpable", &core.set_id, DUMPABLE_NO, DUMPABLE_ROOT),
};

static int coredump_init(void)
{
	int err = procfs_register("sys/kernel", kernel_entries, ARRAY_SIZE(kernel_entries));

	return err ? err : procfs_register("sys/fs", fs_entries, ARRAY_SIZE(fs_entries));
}
INIT_HOOK(INIT_DEVICE, coredump_init);
