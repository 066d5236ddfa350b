/* SPDX-License-Identifier: MIT */
/* ptrace(2): decode, copy, hand on. Work on a stopped tracee is done between ptrace_freeze() and ptrace_thaw(). */
#include "abi/elf.h"
#include "abi/errno.h"
#include "abi/ptrace.h"
#include "abi/uio.h"
#include "arch/ptrace.h"
#include "arch/regs.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/ptrace.h"
#include "proc/signal.h"
#include "proc/task_parts.h"
#include "syscall/syscall.h"

/* --- Memory and words --- */

static long peek(struct task *t, unsigned long addr, unsigned long __user *data)
{
	struct mm *mm = task_grab_mm(t);
	unsigned long word;
	size_t got;

	if (!mm)
		return -EIO;
	got = mm_access(mm, addr, &word, sizeof(word), /*write=*/false, /*force=*/true);
	mm_put(mm);
	return got == sizeof(word) ? put_user(word, data) : -EIO;
}

static long poke(struct task *t, unsigned long addr, unsigned long word)
{
	struct mm *mm = task_grab_mm(t);
	size_t got;

	if (!mm)
		return -EIO;
	got = mm_access(mm, addr, &word, sizeof(word), /*write=*/true, /*force=*/true);
	mm_put(mm);
	return got == sizeof(word) ? 0 : -EIO;
}

static long peek_user(struct task *t, unsigned long offset, unsigned long __user *data)
{
	unsigned long word;
	int err = arch_user_area_get(&t->thread, offset, &word);

	return err ? err : put_user(word, data);
}

/* --- Register sets --- */

/* Whole sets: PTRACE_GETREGS and the like. */
static long regset_get(struct task *t, unsigned type, void __user *to, size_t size)
{
	void *buf = kmalloc(size, GFP_KERNEL);
	long err;

	if (!buf)
		return -ENOMEM;
	err = arch_regset_get(&t->thread, type, buf, size);
	if (!err && copy_to_user(to, buf, size))
		err = -EFAULT;
	kfree(buf);
	return err;
}

static long regset_set(struct task *t, unsigned type, const void __user *from, size_t size)
{
	void *buf = kmalloc(size, GFP_KERNEL);
	long err;

	if (!buf)
		return -ENOMEM;
	err = copy_from_user(buf, from, size) ? -EFAULT : arch_regset_set(&t->thread, type, buf, size);
	kfree(buf);
	return err;
}

/* PTRACE_GETREGSET, SETREGSET: as much as the iovec holds, whose length becomes what was copied. */
static long regset_iov(struct task *t, unsigned type, struct iovec __user *uiov, bool set)
{
	size_t size = arch_regset_size(type);
	struct iovec iov;
	long err;

	if (copy_from_user(&iov, uiov, sizeof(iov)))
		return -EFAULT;
	if (!size || iov.iov_len % sizeof(uint64_t))
		return -EINVAL;
	size = min(size, (size_t)iov.iov_len);
	if (set)
		err = regset_set(t, type, (const void __user *)iov.iov_base, size);
	else
		err = regset_get(t, type, (void __user *)iov.iov_base, size);
	return err ? err : put_user(size, &uiov->iov_len);
}

/* --- Facts of the stop --- */

static long get_siginfo(struct task *t, siginfo_t __user *to)
{
	const struct task_trace *trace = t->trace;

	if (!trace->have_info)
		return -EINVAL;
	return copy_to_user(to, &trace->info, sizeof(trace->info)) ? -EFAULT : 0;
}

static long set_siginfo(struct task *t, const siginfo_t __user *from)
{
	siginfo_t info;

	if (copy_from_user(&info, from, sizeof(info)))
		return -EFAULT;
	if (!t->trace->have_info)
		return -EINVAL;
	t->trace->info = info;
	return 0;
}

/* Pending signals in order, from one queue: PTRACE_PEEKSIGINFO. */
static long peek_siginfo(struct task *t, const struct ptrace_peeksiginfo_args __user *uargs, siginfo_t __user *to)
{
	struct ptrace_peeksiginfo_args args;
	siginfo_t info;
	long n;

	if (copy_from_user(&args, uargs, sizeof(args)))
		return -EFAULT;
	if ((args.flags & ~(uint32_t)PTRACE_PEEKSIGINFO_SHARED) || args.nr < 0)
		return -EINVAL;
	for (n = 0; n < args.nr; n++) {
		if (!signal_peek(t, args.flags & PTRACE_PEEKSIGINFO_SHARED, args.off + (uint64_t)n, &info))
			break;
		if (copy_to_user(&to[n], &info, sizeof(info)))
			return n ? n : -EFAULT;
		if (thread_signal_pending())
			return n + 1;
	}
	return n;
}

static long sigmask(struct task *t, size_t size, uint64_t __user *mask, bool set)
{
	uint64_t value;
	unsigned long flags;
	struct sighand *sh;

	if (size != sizeof(value))
		return -EINVAL;
	if (!set) {
		value = t->flags & PF_RESTORE_MASK ? t->saved_mask : t->blocked;
		return put_user(value, mask);
	}
	if (get_user(value, mask))
		return -EFAULT;
	sh = sighand_lock(t, &flags);
	if (!sh)
		return -ESRCH;
	t->blocked = value & ~UNMASKABLE;
	t->flags &= ~PF_RESTORE_MASK;
	ignore_result(signal_recalc_set(t));	/* it may be set for another reason */
	sighand_unlock(sh, flags);
	return 0;
}

static void syscall_call(struct ptrace_syscall_info *info, const struct arch_regs *regs)
{
	info->entry.nr = (uint64_t)arch_syscall_nr(regs);
	for (unsigned i = 0; i < ARRAY_SIZE(info->entry.args); i++)
		info->entry.args[i] = arch_syscall_arg(regs, i);
}

static long syscall_info(struct task *t, size_t size, void __user *to)
{
	const struct arch_regs *regs = arch_user_regs(t->thread.kstack_top);
	struct ptrace_syscall_info info;
	size_t actual = offsetof(struct ptrace_syscall_info, entry);
	long result;

	memset(&info, 0, sizeof(info));
	info.op = t->trace->have_info ? t->trace->syscall_op : PTRACE_SYSCALL_INFO_NONE;
	info.arch = arch_audit_arch();
	info.instruction_pointer = arch_regs_ip(regs);
	info.stack_pointer = arch_regs_sp(regs);
	switch (info.op) {
	case PTRACE_SYSCALL_INFO_ENTRY:
		syscall_call(&info, regs);
		actual = offsetof(struct ptrace_syscall_info, entry) + sizeof(info.entry);
		break;
	case PTRACE_SYSCALL_INFO_SECCOMP:
		syscall_call(&info, regs);
		info.seccomp.ret_data = (uint32_t)t->trace->message;
		actual = offsetof(struct ptrace_syscall_info, seccomp.ret_data) + sizeof(uint32_t);
		break;
	case PTRACE_SYSCALL_INFO_EXIT:
		result = arch_syscall_result(regs);
		info.exit.rval = result;
		info.exit.is_error = (unsigned long)result >= (unsigned long)-4095;
		actual = offsetof(struct ptrace_syscall_info, exit.is_error) + 1;
		break;
	default:
		break;
	}
	return copy_to_user(to, &info, min(size, actual)) ? -EFAULT : (long)actual;
}

static long rseq_configuration(struct task *t, size_t size, void __user *to)
{
	struct ptrace_rseq_configuration conf = {
		.rseq_abi_pointer = (uintptr_t)t->rseq, .rseq_abi_size = t->rseq_len, .signature = t->rseq_sig,
	};

	return copy_to_user(to, &conf, min(size, sizeof(conf))) ? -EFAULT : (long)sizeof(conf);
}

static long set_options(struct task *t, unsigned long options)
{
	if (options & ~(unsigned long)PTRACE_O_KNOWN)
		return -EINVAL;
	t->trace->options = (unsigned)options;
	return 0;
}

/* --- Requests --- */

static bool resume_mode(long request, unsigned *mode)
{
	switch (request) {
	case PTRACE_CONT:
		*mode = 0;
		return true;
	case PTRACE_SYSCALL:
		*mode = PTRACE_MODE_SYSCALL;
		return true;
	case PTRACE_SINGLESTEP:
		*mode = PTRACE_MODE_STEP;
		return true;
	case PTRACE_SYSEMU:
		*mode = PTRACE_MODE_EMULATE;
		return true;
	case PTRACE_SYSEMU_SINGLESTEP:
		*mode = PTRACE_MODE_EMULATE | PTRACE_MODE_STEP;
		return true;
	default:
		return false;
	}
}

static long request_stop(struct task *t, long request, unsigned long addr, unsigned long data)
{
	switch (request) {
	case PTRACE_GETSIGINFO:
		return get_siginfo(t, (siginfo_t __user *)data);
	case PTRACE_SETSIGINFO:
		return set_siginfo(t, (const siginfo_t __user *)data);
	case PTRACE_PEEKSIGINFO:
		return peek_siginfo(t, (const struct ptrace_peeksiginfo_args __user *)addr, (siginfo_t __user *)data);
	case PTRACE_GETSIGMASK:
	case PTRACE_SETSIGMASK:
		return sigmask(t, addr, (uint64_t __user *)data, request == PTRACE_SETSIGMASK);
	case PTRACE_GETEVENTMSG:
		return put_user(t->trace->message, (unsigned long __user *)data);
	case PTRACE_SETOPTIONS:
	case PTRACE_OLDSETOPTIONS:
		return set_options(t, data);
	case PTRACE_GET_SYSCALL_INFO:
		return syscall_info(t, addr, (void __user *)data);
	case PTRACE_GET_RSEQ_CONFIGURATION:
		return rseq_configuration(t, addr, (void __user *)data);
	default:
		return -EIO;
	}
}

static long request_state(struct task *t, long request, unsigned long addr, unsigned long data)
{
	switch (request) {
	case PTRACE_PEEKTEXT:
	case PTRACE_PEEKDATA:
		return peek(t, addr, (unsigned long __user *)data);
	case PTRACE_POKETEXT:
	case PTRACE_POKEDATA:
		return poke(t, addr, data);
	case PTRACE_PEEKUSR:
		return peek_user(t, addr, (unsigned long __user *)data);
	case PTRACE_POKEUSR:
		return arch_user_area_set(&t->thread, addr, data);
	case PTRACE_GETREGS:
		return regset_get(t, NT_PRSTATUS, (void __user *)data, arch_regset_size(NT_PRSTATUS));
	case PTRACE_SETREGS:
		return regset_set(t, NT_PRSTATUS, (void __user *)data, arch_regset_size(NT_PRSTATUS));
	case PTRACE_GETFPREGS:
		return regset_get(t, NT_PRFPREG, (void __user *)data, arch_regset_size(NT_PRFPREG));
	case PTRACE_SETFPREGS:
		return regset_set(t, NT_PRFPREG, (void __user *)data, arch_regset_size(NT_PRFPREG));
	case PTRACE_GETREGSET:
	case PTRACE_SETREGSET:
		return regset_iov(t, (unsigned)addr, (struct iovec __user *)data, request == PTRACE_SETREGSET);
	default:
		return request_stop(t, request, addr, data);
	}
}

/* t is current's, and stopped unless the request does not ask for that. */
static long request_any(struct task *t, long request, unsigned long addr, unsigned long data)
{
	unsigned mode;

	if (resume_mode(request, &mode))
		return ptrace_resume(t, mode, data > NR_SIGNALS ? -1 : (int)data);
	switch (request) {
	case PTRACE_DETACH:
		return ptrace_detach(t, data > NR_SIGNALS ? -1 : (int)data);
	case PTRACE_KILL:
		signal_kernel(t, SIGKILL, SIGNAL_PROCESS);
		return 0;
	case PTRACE_INTERRUPT:
		return ptrace_interrupt(t);
	case PTRACE_LISTEN:
		return ptrace_listen(t);
	default:
		return request_state(t, request, addr, data);
	}
}

static long request_held(struct task *t, long request, unsigned long addr, unsigned long data)
{
	long err = ptrace_freeze(t, request == PTRACE_KILL || request == PTRACE_INTERRUPT);

	if (err)
		return err;
	err = request_any(t, request, addr, data);
	ptrace_thaw(t);
	return err;
}

long sys_ptrace(long request, long pid, unsigned long addr, unsigned long data)
{
	struct task *t;
	long err;

	if (request == PTRACE_TRACEME)
		return ptrace_traceme();
	t = pid > 0 && pid <= INT32_MAX ? task_find(current->pid_ns, (int)pid) : NULL;
	if (!t)
		return -ESRCH;
	if (request == PTRACE_ATTACH)
		err = ptrace_attach(t, /*seize=*/false, 0);
	else if (request == PTRACE_SEIZE)
		err = addr ? -EIO : ptrace_attach(t, /*seize=*/true, data);
	else
		err = request_held(t, request, addr, data);
	task_put(t);
	return err;
}
