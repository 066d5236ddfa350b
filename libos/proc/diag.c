/* SPDX-License-Identifier: MIT */
/*
 * diag: the report of a program's fatal CPU fault, and the file that chooses what is traced while the system runs.
 *
 * A report is some lines that begin with "fault:" (tests/boot/crash_report.py reads them):
 *	fault: pid 7 (name): signal 11 code 1 address 0 ip 401136
 *	fault: registers, a line each
 *	fault: code at ip-16: 16 bytes <ip> 16 bytes
 *	fault: ip 401136 in /bin/x+0x1136 (401000-402000 r-xp)
 */
#include "proc/diag.h"

#include "abi/errno.h"
#include "arch/debug.h"
#include "arch/upcall.h"
#include "core/init.h"
#include "core/log.h"
#include "fs/pseudo/pseudo.h"
#include "lib/string.h"
#include "lib/strbuf.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "mm/vma.h"
#include "proc/signal.h"
#include "proc/task_parts.h"
#include "trace/trace.h"
#include "vfs/file.h"

#define CODE_AROUND	16		/* bytes before and from the instruction on */
#define PATH_SHOWN	200

static void emit(const char *line)
{
	klog(KLOG_ERR, "fault: %s", line);
}

static void log_code(unsigned long ip)
{
	char text[CODE_AROUND * 2 * 3 + 40];
	struct strbuf line;

	strbuf_init_fixed(&line, text, sizeof(text));
	strbuf_printf(&line, "code at %lx:", ip - CODE_AROUND);
	for (unsigned long at = ip - CODE_AROUND; at < ip + CODE_AROUND; at++) {
		uint8_t byte;

		if (get_user(byte, (const uint8_t __user *)at))
			strbuf_puts(&line, at == ip ? " <-->" : " --");
		else
			strbuf_printf(&line, at == ip ? " <%02x>" : " %02x", byte);
	}
	emit(strbuf_str(&line));
}

/* Where an address lies: file and offset in it, or what kind of area. */
static void log_place(const char *what, unsigned long addr)
{
	char text[PATH_SHOWN], *path = NULL;
	struct vma *vma;
	bool away = false;

	mm_read_lock(current->mm);
	vma = vma_find(current->mm, addr);
	if (!vma || vma->start > addr) {
		klog(KLOG_ERR, "fault: %s %lx is not mapped", what, addr);
	} else {
		if (vma->file) {
			struct path root;

			fs_state_get_root(current->vfs.fs, &root);
			path = d_path(&vma->file->path, &root, text, sizeof(text), &away);
			path_put(&root);
		}
		klog(KLOG_ERR, "fault: %s %lx in %s+%#lx (%lx-%lx %c%c%c%c)", what, addr,
		     path ? path : vma->file ? "a file" : "[anonymous]",
		     addr - vma->start + (vma->file ? (unsigned long)vma->pgoff << PAGE_SHIFT : 0),
		     vma->start, vma->end, vma->flags & VM_READ ? 'r' : '-', vma->flags & VM_WRITE ? 'w' : '-',
		     vma->flags & VM_EXEC ? 'x' : '-', vma->flags & VM_SHARED ? 's' : 'p');
	}
	mm_read_unlock(current->mm);
}

/* Nobody catches it: the process ends. */
static bool fatal(int sig)
{
	const struct sig_action *sa = &current->sighand->action[sig - 1];

	return sa->handler == (unsigned long)SIG_DFL || sa->handler == (unsigned long)SIG_IGN ||
	       (current->blocked & 1UL << (sig - 1));
}

void diag_user_fault(const struct arch_regs *regs, const struct arch_fault *fault)
{
	if (!(trace_config.chosen & TRACE_FAULT) || !fatal(fault->signo))
		return;
	klog(KLOG_ERR, "fault: pid %d (%s): signal %d code %d address %lx ip %lx", task_tid(current),
	     current->thread.name, fault->signo, fault->code, (unsigned long)fault->addr, arch_regs_ip(regs));
	arch_regs_print(regs, emit);
	log_code(arch_regs_ip(regs));
	log_place("ip", arch_regs_ip(regs));
	if (fault->addr != arch_regs_ip(regs))
		log_place("address", fault->addr);
}

/* --- /proc/sys/kernel/trace: as trace= on the command line; "none" for nothing ----------------------------- */

static int show_trace(struct strbuf *out, const struct pseudo_target *t)
{
	(void)t;
	trace_print_kinds(out, trace_config.chosen);
	strbuf_putc(out, '\n');
	return 0;
}

/* Every thread goes the way that its system calls are watched on, or leaves it. */
static void recalc_all(void)
{
	struct pid *pid;
	unsigned long irq;
	int nr = 0;

	while ((pid = pid_next(&pid_ns_init, nr + 1)) != NULL) {
		struct task *t;

		nr = pid_nr_in(pid, &pid_ns_init);
		pid_put(pid);
		t = task_find(&pid_ns_init, nr);
		if (!t)
			continue;
		irq = read_lock_irqsave(&proc_tree.lock);
		task_recalc_slow(t);
		read_unlock_irqrestore(&proc_tree.lock, irq);
		task_put(t);
	}
}

static int store_trace(char *text, size_t size, const struct pseudo_target *t)
{
	uint32_t kinds = 0;

	(void)t;
	while (size && (text[size - 1] == '\n' || text[size - 1] == ' '))
		text[--size] = '\0';
	if (strcmp(text, "none") != 0) {
		kinds = trace_parse_kinds(text);
		if (!kinds)
			return -EINVAL;
	}
	trace_choose(kinds);
	recalc_all();
	return 0;
}

static const struct pseudo_entry entries[] = {
	{ .name = "trace", .mode = S_IFREG | 0644, .show = show_trace, .store = store_trace },
};

static int diag_init(void)
{
	return procfs_register("sys/kernel", entries, ARRAY_SIZE(entries));
}
INIT_HOOK(INIT_DEVICE, diag_init);
