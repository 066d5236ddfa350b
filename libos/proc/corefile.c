/* SPDX-License-Identifier: MIT */
/*
 * corefile: the ELF file itself: header, program headers, notes, memory.
 *
 *	Elf64_Ehdr | Elf64_Phdr PT_NOTE, PT_LOAD... | notes | up to a page boundary | memory of each PT_LOAD
 *
 * Notes come in Linux's order, which gdb relies on: NT_PRSTATUS of the dumping thread, NT_PRPSINFO, NT_SIGINFO,
 * NT_AUXV, NT_FILE, the thread's other register sets; then each further thread's NT_PRSTATUS and register sets. Sizes
 * are known beforehand. Where a file would exceed its limit it ends: what is there is good.
 *
 * Nobody but the caller runs in the process; its areas stay as they are.
 */
#include "abi/core.h"
#include "abi/fcntl.h"
#include "arch/ptrace.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "mm/dump.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/vma.h"
#include "proc/coredump.h"
#include "proc/task.h"
#include "proc/task_alloc.h"
#include "sched/sched.h"
#include "vfs/file.h"
#include "vfs/namei.h"

#define FILE_NOTE_MAX	(4UL << 20)	/* Linux's bound on NT_FILE */

/* Field legend: [o] the dumping thread */
struct writer {
	struct file *file;		/* [o] */
	loff_t pos;			/* [o] */
	uint64_t limit;			/* [o] */
	bool over;			/* [o] the limit, an error, or SIGKILL: nothing more is written */
};

/* An area and how much of it is dumped. */
struct segment {
	vaddr_t start, end;
	size_t dumped;
	unsigned flags;			/* PF_R... */
	bool header;			/* its first page, if that is an ELF header */
};

struct image {
	struct segment *segment;
	unsigned count;
	struct strbuf files;		/* content of NT_FILE */
	size_t xstate;			/* size of the set; 0: the processor has none */
};

static void emit(struct writer *w, const void *data, size_t size)
{
	ssize_t n;

	if (w->over)
		return;
	if ((uint64_t)w->pos + size > w->limit || READ_ONCE(current->process->core_abort)) {
		w->over = true;
		return;
	}
	n = file_kernel_write(w->file, data, size, w->pos);
	w->over = n != (ssize_t)size;
	w->pos += (loff_t)size;
}

static size_t note_size(const char *name, size_t size)
{
	return sizeof(Elf64_Nhdr) + ((strlen(name) + 1 + 3) & ~3UL) + ((size + 3) & ~3UL);
}

static void emit_note(struct writer *w, const char *name, unsigned type, const void *data, size_t size)
{
	Elf64_Nhdr head = { .n_namesz = (Elf64_Word)strlen(name) + 1, .n_descsz = (Elf64_Word)size, .n_type = type };
	static const char zero[4];
	char padded[8] = "";

	memcpy(padded, name, head.n_namesz);
	emit(w, &head, sizeof(head));
	emit(w, padded, (head.n_namesz + 3) & ~3UL);
	emit(w, data, size);
	if (size & 3)
		emit(w, zero, 4 - (size & 3));
}

/* --- Notes of a thread --- */

static size_t prstatus_size(void)
{
	return sizeof(struct core_prstatus) + arch_regset_size(NT_PRSTATUS) + 8;
}

static size_t thread_notes_size(const struct image *im)
{
	return note_size("CORE", prstatus_size()) + note_size("CORE", arch_regset_size(NT_PRFPREG)) +
	       (im->xstate ? note_size("LINUX", im->xstate) : 0);
}

static struct __kernel_old_timeval core_time(uint64_t ns)
{
	return (struct __kernel_old_timeval){ (long)(ns / 1000000000), (long)(ns % 1000000000 / 1000) };
}

/* A leader's times are its process's. */
static void fill_prstatus(struct core_prstatus *s, struct task *t, const siginfo_t *info)
{
	struct process *p = t->process;
	const struct pid_ns *ns = t->pid_ns;
	struct proc_usage u;
	unsigned long irq = read_lock_irqsave(&proc_tree.lock);

	if (task_is_leader(t))
		process_usage(p, &u);
	else
		task_usage(t, &u);
	s->ppid = process_ppid_in(p, ns);
	s->cutime = core_time(p->child_usage.utime_ns);
	s->cstime = core_time(p->child_usage.stime_ns);
	read_unlock_irqrestore(&proc_tree.lock, irq);
	s->utime = core_time(u.utime_ns);
	s->stime = core_time(u.stime_ns);
	s->si_signo = s->cursig = (short)info->si_signo;
	s->si_code = info->si_code;
	s->si_errno = info->si_errno;
	s->sigpend = t->pending.set;
	s->sighold = t->blocked;
	s->pid = task_tid(t);
	s->pgrp = pid_nr_in(p->pids[PIDTYPE_PGID], ns);
	s->sid = pid_nr_in(p->pids[PIDTYPE_SID], ns);
}

static void emit_prstatus(struct writer *w, struct task *t, const siginfo_t *info)
{
	size_t regs = arch_regset_size(NT_PRSTATUS);
	struct core_prstatus head;
	char *note = kzalloc(prstatus_size(), GFP_KERNEL);
	int valid = 1;

	if (!note) {
		w->over = true;
		return;
	}
	memset(&head, 0, sizeof(head));
	fill_prstatus(&head, t, info);
	memcpy(note, &head, sizeof(head));
	if (arch_regset_get(&t->thread, NT_PRSTATUS, note + sizeof(head), regs))
		w->over = true;
	memcpy(note + sizeof(head) + regs, &valid, sizeof(valid));
	emit_note(w, "CORE", NT_PRSTATUS, note, prstatus_size());
	kfree(note);
}

static void emit_regset(struct writer *w, struct task *t, const char *name, unsigned type)
{
	size_t size = arch_regset_size(type);
	char *set = kzalloc(size, GFP_KERNEL);

	if (!set || arch_regset_get(&t->thread, type, set, size))
		w->over = true;
	emit_note(w, name, type, set, size);
	kfree(set);
}

static void emit_fp_sets(struct writer *w, struct task *t, const struct image *im)
{
	emit_regset(w, t, "CORE", NT_PRFPREG);
	if (im->xstate)
		emit_regset(w, t, "LINUX", NT_CORE_XSTATE);
}

/* --- Notes of the process --- */

static void emit_prpsinfo(struct writer *w)
{
	struct task *t = current;
	struct core_prpsinfo info;
	size_t n;

	memset(&info, 0, sizeof(info));
	info.sname = 'R';
	info.nice = (char)t->thread.se.nice;
	info.uid = t->real_cred->uid;
	info.gid = t->real_cred->gid;
	info.pid = task_tgid(t);
	info.pgrp = pid_nr_in(t->process->pids[PIDTYPE_PGID], t->pid_ns);
	info.sid = pid_nr_in(t->process->pids[PIDTYPE_SID], t->pid_ns);
	rcu_read_lock();
	info.ppid = process_ppid_in(t->process, t->pid_ns);
	rcu_read_unlock();
	strscpy(info.fname, t->thread.name, sizeof(info.fname));
	n = min(t->mm->arg_end - t->mm->arg_start, sizeof(info.psargs) - 1);
	n = mm_access(t->mm, t->mm->arg_start, info.psargs, n, false, true);
	for (size_t i = 0; i < n; i++) {
		if (!info.psargs[i])
			info.psargs[i] = ' ';
	}
	emit_note(w, "CORE", NT_PRPSINFO, &info, sizeof(info));
}

static void emit_notes(struct writer *w, const struct image *im, const siginfo_t *info,
		       const struct core_threads *threads)
{
	struct mm *mm = current->mm;

	emit_prstatus(w, threads->task[0], info);
	emit_prpsinfo(w);
	emit_note(w, "CORE", NT_SIGINFO, info, sizeof(*info));
	emit_note(w, "CORE", NT_AUXV, mm->auxv, mm->nr_auxv * sizeof(mm->auxv[0]));
	emit_note(w, "CORE", NT_FILE, strbuf_str(&im->files), im->files.len);
	emit_fp_sets(w, threads->task[0], im);
	for (unsigned i = 1; i < threads->count; i++) {
		emit_prstatus(w, threads->task[i], info);
		emit_fp_sets(w, threads->task[i], im);
	}
}

static size_t notes_size(const struct image *im, unsigned nr_threads)
{
	return nr_threads * thread_notes_size(im) + note_size("CORE", sizeof(struct core_prpsinfo)) +
	       note_size("CORE", sizeof(siginfo_t)) +
	       note_size("CORE", current->mm->nr_auxv * sizeof(current->mm->auxv[0])) +
	       note_size("CORE", im->files.len);
}

/* --- Areas --- */

static unsigned segment_flags(const struct vma *vma)
{
	return (vma->flags & VM_READ ? PF_R : 0) | (vma->flags & VM_WRITE ? PF_W : 0) |
	       (vma->flags & VM_EXEC ? PF_X : 0);
}

static bool collect_segments(struct image *im)
{
	struct mm *mm = current->mm;
	unsigned filter = READ_ONCE(mm->dump_filter);
	struct vma *vma;
	unsigned n = 0;

	im->count = READ_ONCE(mm->nr_vmas);
	im->segment = kvmalloc((im->count + 1) * sizeof(im->segment[0]), GFP_KERNEL);
	if (!im->segment)
		return false;
	mm_read_lock(mm);
	for (vma = vma_first(mm); vma && n < im->count; vma = vma_next(vma)) {
		struct segment *s = &im->segment[n++];

		*s = (struct segment){ .start = vma->start, .end = vma->end, .flags = segment_flags(vma) };
		s->dumped = vma_dump_size(vma, filter, &s->header);
	}
	mm_read_unlock(mm);
	im->count = n;
	for (n = 0; n < im->count; n++) {
		if (im->segment[n].header && mm_dump_is_elf(mm, im->segment[n].start))
			im->segment[n].dumped = PAGE_SIZE;
	}
	return true;
}

static void add_path(struct strbuf *out, const struct path *path)
{
	struct path root;
	bool away = false;
	char *buf = kmalloc(PAGE_SIZE, GFP_KERNEL), *text = NULL;

	fs_state_get_root(current->vfs.fs, &root);
	if (buf)
		text = d_path(path, &root, buf, PAGE_SIZE, &away);
	path_put(&root);
	if (text)
		strbuf_puts(out, text);
	strbuf_putc(out, 0);
	kfree(buf);
}

/* Count, page size, a triple for each file area, then the names. */
static bool collect_files(struct image *im)
{
	struct mm *mm = current->mm;
	unsigned long head[2] = { 0, PAGE_SIZE };
	struct vma *vma;

	strbuf_init(&im->files, FILE_NOTE_MAX);
	mm_read_lock(mm);
	for (vma = vma_first(mm); vma; vma = vma_next(vma))
		head[0] += vma->file != NULL;
	strbuf_write(&im->files, head, sizeof(head));
	for (vma = vma_first(mm); vma; vma = vma_next(vma)) {
		unsigned long place[3] = { vma->start, vma->end, vma->pgoff };

		if (vma->file)
			strbuf_write(&im->files, place, sizeof(place));
	}
	for (vma = vma_first(mm); vma; vma = vma_next(vma)) {
		if (vma->file)
			add_path(&im->files, &vma->file->path);
	}
	mm_read_unlock(mm);
	return !strbuf_error(&im->files);
}

static void emit_headers(struct writer *w, const struct image *im, size_t notes, size_t data)
{
	Elf64_Ehdr e = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE, .e_machine = CORE_MACHINE, .e_version = EV_CURRENT, .e_phoff = sizeof(e),
		.e_ehsize = sizeof(e), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = (Elf64_Half)(im->count + 1),
	};
	Elf64_Phdr ph = { .p_type = PT_NOTE, .p_filesz = notes, .p_align = 4 };

	ph.p_offset = sizeof(e) + (im->count + 1) * sizeof(ph);
	emit(w, &e, sizeof(e));
	emit(w, &ph, sizeof(ph));
	for (unsigned i = 0; i < im->count; i++) {
		const struct segment *s = &im->segment[i];

		ph = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = s->flags, .p_offset = data, .p_vaddr = s->start,
				   .p_filesz = s->dumped, .p_memsz = s->end - s->start, .p_align = PAGE_SIZE };
		emit(w, &ph, sizeof(ph));
		data += s->dumped;
	}
}

static void emit_memory(struct writer *w, const struct image *im)
{
	char *page = kmalloc(PAGE_SIZE, GFP_KERNEL);
	loff_t start = w->pos;

	if (!page)
		w->over = true;
	for (unsigned i = 0; i < im->count && !w->over; i++) {
		const struct segment *s = &im->segment[i];
		vaddr_t addr = s->start, end = s->start + s->dumped;

		while (!w->over && mm_dump_next(current->mm, &addr, end, page)) {
			w->pos = start + (loff_t)(addr - s->start);
			emit(w, page, PAGE_SIZE);
			addr += PAGE_SIZE;
			cond_resched();
		}
		start += (loff_t)s->dumped;
	}
	kfree(page);
	w->pos = start;
}

bool corefile_write(struct file *file, uint64_t limit, const siginfo_t *info, const struct core_threads *threads)
{
	struct writer w = { .file = file, .limit = limit };
	struct image im = { .xstate = arch_regset_size(NT_CORE_XSTATE) };
	size_t notes, data;

	strbuf_init(&im.files, FILE_NOTE_MAX);
	if (collect_segments(&im) && collect_files(&im)) {
		notes = notes_size(&im, threads->count);
		data = sizeof(Elf64_Ehdr) + (im.count + 1) * sizeof(Elf64_Phdr) + notes;
		data = (data + PAGE_SIZE - 1) & PAGE_MASK;
		emit_headers(&w, &im, notes, data);
		emit_notes(&w, &im, info, threads);
		w.pos = (loff_t)data;
		emit_memory(&w, &im);
		/* Holes at the end are part of the file. */
		if (!w.over && vfs_set_size(&current->vfs, &file->path, w.pos))
			w.over = true;
	}
	strbuf_fini(&im.files);
	kvfree(im.segment);
	return w.pos > 0;
}
