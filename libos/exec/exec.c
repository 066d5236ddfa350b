/* SPDX-License-Identifier: MIT */
/*
 * exec: the steps of execve.
 *
 *   open, read head, scripts, ELF headers, strings, credentials, empty address space    may fail, caller whole
 *   ---- point of no return: other threads end, old memory goes ----
 *   signals, descriptors, name, credentials; map, stack, registers                      failure: SIGSEGV
 *
 * A thread that is not the leader takes the leader's place: the process keeps its number (de_thread()).
 */
#include "exec/exec.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/limits.h"
#include "abi/personality.h"
#include "abi/ptrace.h"
#include "arch/context.h"
#include "arch/regs.h"
#include "exec/internal.h"
#include "exec/vdso.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "proc/coredump.h"
#include "proc/cred.h"
#include "proc/dethread.h"
#include "proc/posix_timer.h"
#include "proc/exit.h"
#include "proc/ptrace.h"
#include "proc/rseq.h"
#include "proc/signal.h"
#include "vfs/exec.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/xattr.h"

static size_t strings_limit(void)
{
	uint64_t stack = rlimit_cur(current->process, RLIMIT_STACK);
	size_t limit = min(stack / 4, (uint64_t)6 << 20);

	return max(limit, (size_t)128 << 10);
}

static int take_strings(struct exec_image *img, const struct exec_args *a)
{
	int err = 0;

	if (!a->kargv) {
		err = exec_strings_add_user(img, &img->argv, a->argv);
		if (!err)
			err = exec_strings_add_user(img, &img->envp, a->envp);
	}
	for (unsigned i = 0; a->kargv && a->kargv[i] && !err; i++)
		err = exec_strings_add(img, &img->argv, a->kargv[i]);
	for (unsigned i = 0; a->kargv && a->kenvp[i] && !err; i++)
		err = exec_strings_add(img, &img->envp, a->kenvp[i]);
	/* Linux since 5.18: a program always has an argv[0]. */
	if (!err && !img->argv.count)
		err = exec_strings_add(img, &img->argv, "");
	return err;
}

/* What the program is called: AT_EXECFN, and what a script's interpreter gets. */
static int name_image(struct exec_image *img, const struct exec_args *a)
{
	img->path = kmalloc(PATH_MAX + 32, GFP_KERNEL);
	img->script = kmalloc(PATH_MAX + 32, GFP_KERNEL);
	if (!img->path || !img->script)
		return -ENOMEM;
	if (a->dirfd == AT_FDCWD || a->name[0] == '/')
		strscpy(img->path, a->name, PATH_MAX);
	else if (a->name[0])
		ksnprintf(img->path, PATH_MAX + 32, "/dev/fd/%d/%s", a->dirfd, a->name);
	else
		ksnprintf(img->path, PATH_MAX + 32, "/dev/fd/%d", a->dirfd);
	img->path_closes = a->dirfd != AT_FDCWD && a->name[0] != '/' && fd_cloexec(current->vfs.files, a->dirfd);
	strscpy(img->script, img->path, PATH_MAX + 32);
	return 0;
}

/* security.capability of the program, if its mount lets it have any. */
static int read_caps(struct exec_image *img, bool allowed, struct cred_file_caps *out)
{
	struct vfs_ns_cap_data disk;
	ssize_t size = allowed ? vfs_get_caps(img->file->inode, &disk, sizeof(disk)) : 0;

	*out = (struct cred_file_caps){ .present = false };
	if (size <= 0)
		return size == -ERANGE ? -EINVAL : (int)size;
	return cred_parse_file_caps(&disk, (size_t)size, out);
}

/* Set-id bits and capabilities of the file: execve(2), capabilities(7). */
static int prepare_cred(struct exec_image *img)
{
	struct inode *inode = img->file->inode;
	struct cred *c = cred_prepare();
	struct cred_file_caps caps;
	bool suid = !vfs_path_nosuid(&img->file->path);
	int err;

	if (!c)
		return -ENOMEM;
	img->cred = c;
	err = read_caps(img, suid, &caps);
	if (err)
		return err;
	if (suid && !current->no_new_privs && (inode->mode & S_ISUID))
		c->euid = inode->uid;
	if (suid && !current->no_new_privs && (inode->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		c->egid = inode->gid;
	return cred_exec(c, &caps, &img->secure, &img->clear_personality);
}

static int prepare(struct exec_image *img, const struct exec_args *a)
{
	int err = name_image(img, a);

	if (!err)
		err = exec_open(a->dirfd, a->name, a->lookup, &img->file, img->head);
	if (!err)
		err = take_strings(img, a);
	while (!err && img->head[0] == '#' && img->head[1] == '!')
		err = exec_script(img);
	if (!err)
		err = prepare_cred(img);
	if (!err)
		err = elf_prepare(img);
	if (err)
		return err;
	img->mm = mm_create();
	return img->mm ? 0 : -ENOMEM;
}

static void release(struct exec_image *img)
{
	if (img->file)
		vfs_close_exec(img->file);
	if (img->interp_file)
		vfs_close_exec(img->interp_file);
	if (img->mm)
		mm_put(img->mm);
	if (img->cred && !img->cred_committed)
		cred_abort(img->cred);
	exec_strings_free(&img->argv);
	exec_strings_free(&img->envp);
	kfree(img->phdr);
	kfree(img->interp_phdr);
	kfree(img->path);
	kfree(img->script);
	kfree(img);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Old memory goes, the new empty one is loaded. */
static void switch_mm(struct exec_image *img)
{
	struct task *t = current;
	struct mm *old = t->mm;
	struct mm_limits limits = {
		.stack = rlimit_cur(t->process, RLIMIT_STACK), .data = rlimit_cur(t->process, RLIMIT_DATA),
		.as = rlimit_cur(t->process, RLIMIT_AS), .memlock = rlimit_cur(t->process, RLIMIT_MEMLOCK),
		.randomize = !(t->personality & ADDR_NO_RANDOMIZE),
		.bottom_up = t->personality & ADDR_COMPAT_LAYOUT,
	};

	if (old) {
		task_release_mm(t);
		img->mm->dump_filter = old->dump_filter;
		img->mm->no_huge = old->no_huge;
	}
	mm_exec_layout(img->mm, &limits);
	t->mm = mm_get(img->mm);
	thread_set_mm(&t->mm->arch);
	if (old)
		mm_put(old);
}

/* What a new program does not inherit (execve(2)). */
static int reset_task(struct exec_image *img)
{
	struct task *t = current;
	int err = signal_unshare_for_exec(t);

	if (err)
		return err;
	sighand_reset(t->sighand, /*keep_ignored=*/true);
	t->altstack_sp = 0;
	t->altstack_size = 0;
	t->altstack_flags = SS_DISABLE;
	t->flags &= ~(PF_FORKNOEXEC | PF_RESTORE_MASK);
	t->process->execed = true;
	WRITE_ONCE(t->process->exec_id, t->process->exec_id + 1);
	/* A 64-bit program never has READ_IMPLIES_EXEC from its parent; a set-id one nothing that makes it weak. */
	t->personality &= ~(unsigned)(img->secure ? PER_CLEAR_ON_SETID : READ_IMPLIES_EXEC);
	t->robust_list = NULL;
	t->pi_exited = false;
	t->clear_child_tid = NULL;
	rseq_forget();
	t->restart.fn = NULL;
	err = fdtable_unshare(&t->vfs.files);
	if (err)
		return err;
	fd_close_on_exec(t->vfs.files);
	thread_set_name(&t->thread, base_name(img->path));
	if (img->secure)
		t->pdeath_signal = 0;
	/* Who may not read the program gets no copy of it by a core file or a tracer. */
	if (img->secure || inode_permission(img->file->inode, t->cred, MAY_READ))
		t->mm->dumpable = coredump_set_id();
	cred_commit(img->cred);
	img->cred_committed = true;
	arch_thread_reset(&t->thread.arch);
	return 0;
}

static int load(struct exec_image *img, unsigned long *sp)
{
	struct mm *mm = img->mm;
	int err = mm_exec_stack(mm, img->layout.exec_stack);
	long vdso = 0;

	if (!err)
		err = elf_map(img);
	if (!err)
		vdso = vdso_map(mm);
	if (vdso < 0)
		err = (int)vdso;
	img->vdso = (vaddr_t)vdso;
	if (err)
		return err;
	mm_set_brk(mm, img->layout.brk);
	mm_set_code(mm, img->layout.start_code, img->layout.end_code, img->layout.start_data,
		    img->layout.end_data);
	vfs_set_exe(mm, img->file);
	return exec_stack(img, sp);
}

/* Timers do not survive, nor do the signals they queued: the new program would not know them. */
static void drop_timers(struct task *t)
{
	unsigned long flags;

	posix_timers_free(t->process);
	flags = spin_lock_irqsave(&t->sighand->lock);
	sigpending_flush_timers(&t->pending);
	sigpending_flush_timers(&t->process->shared_pending);
	signal_recalc(t);
	spin_unlock_irqrestore(&t->sighand->lock, flags);
}

/* From here on there is no way back. */
static int commit(struct exec_image *img)
{
	struct task *t = current;
	struct arch_regs *regs;
	unsigned long sp = 0, old_nr = ptrace_own_nr();
	int err = task_dethread();

	if (err)
		return err;		/* killed while waiting: nothing was changed */
	drop_timers(t);
	t->personality &= ~img->clear_personality;
	switch_mm(img);
	err = reset_task(img);
	if (!err)
		err = load(img, &sp);
	if (err) {
		signal_force_fault(SIGSEGV, SI_KERNEL, 0);
		return err;
	}
	regs = arch_user_regs(t->thread.kstack_top);
	arch_regs_start(regs, img->layout.entry, sp);
	ptrace_event(PTRACE_EVENT_EXEC, old_nr);
	return 0;
}

int exec_program(const struct exec_args *a)
{
	struct exec_image *img = kzalloc(sizeof(*img), GFP_KERNEL);
	int err;

	if (!img)
		return -ENOMEM;
	img->limit = strings_limit();
	err = prepare(img, a);
	if (!err)
		err = commit(img);
	release(img);
	return err;
}
