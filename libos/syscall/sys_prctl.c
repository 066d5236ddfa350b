/* SPDX-License-Identifier: MIT */
/* Settings of the caller: prctl(2), arch_prctl(2), personality(2). */
#include "abi/errno.h"
#include "abi/prctl.h"
#include "arch/context.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/cred.h"
#include "proc/signal.h"
#include "syscall/sys_prctl_mm.h"
#include "syscall/sys_seccomp.h"
#include "syscall/syscall.h"

#define GET_AUXV	0x41555856	/* PR_GET_AUXV, Linux 6.4 */

static long prctl_name(int option, char __user *uname)
{
	char name[16];

	memset(name, 0, sizeof(name));
	if (option == PR_GET_NAME) {
		strscpy(name, current->thread.name, sizeof(name));
		return copy_to_user(uname, name, sizeof(name)) ? -EFAULT : 0;
	}
	if (strncpy_from_user(name, uname, sizeof(name) - 1) < 0)
		return -EFAULT;
	thread_set_name(&current->thread, name);
	return 0;
}

static long prctl_capbset_drop(unsigned long cap)
{
	struct cred *c;

	if (!cred_capable(current->cred, CAP_SETPCAP))
		return -EPERM;
	if (cap > CAP_LAST_CAP)
		return -EINVAL;
	c = cred_prepare();
	if (!c)
		return -ENOMEM;
	c->cap_bounding &= ~(1ULL << cap);
	cred_commit(c);
	return 0;
}

static long prctl_securebits(unsigned long bits)
{
	uint32_t old = current->cred->securebits;
	struct cred *c;

	/* A lock is the bit above what it locks, and stays. */
	if (((old & SECURE_ALL_LOCKS) >> 1 & (old ^ bits)) || (old & SECURE_ALL_LOCKS & ~bits) ||
	    (bits & ~(unsigned long)(SECURE_ALL_LOCKS | SECURE_ALL_BITS)) || !cred_capable(current->cred, CAP_SETPCAP))
		return -EPERM;
	c = cred_prepare();
	if (!c)
		return -ENOMEM;
	c->securebits = (uint32_t)bits;
	cred_commit(c);
	return 0;
}

static long prctl_keepcaps(unsigned long on)
{
	struct cred *c;

	if (on > 1)
		return -EINVAL;
	if (current->cred->securebits & SECBIT_KEEP_CAPS_LOCKED)
		return -EPERM;
	c = cred_prepare();
	if (!c)
		return -ENOMEM;
	c->securebits = (c->securebits & ~(uint32_t)SECBIT_KEEP_CAPS) | (on ? SECBIT_KEEP_CAPS : 0);
	cred_commit(c);
	return 0;
}

static long prctl_dumpable(unsigned long value)
{
	if (value > 1)
		return -EINVAL;
	current->mm->dumpable = value;
	return 0;
}

static long ambient_change(unsigned long op, unsigned long cap)
{
	uint64_t bit = 1ULL << cap;
	struct cred *c = cred_prepare();

	if (!c)
		return -ENOMEM;
	if (op == PR_CAP_AMBIENT_CLEAR_ALL) {
		c->cap_ambient = 0;
	} else if (op == PR_CAP_AMBIENT_LOWER) {
		c->cap_ambient &= ~bit;
	} else if (!(c->cap_permitted & c->cap_inheritable & bit) || (c->securebits & SECBIT_NO_CAP_AMBIENT_RAISE)) {
		cred_abort(c);
		return -EPERM;
	} else {
		c->cap_ambient |= bit;
	}
	cred_commit(c);
	return 0;
}

static long prctl_ambient(unsigned long op, unsigned long cap, unsigned long a4, unsigned long a5)
{
	if (a4 || a5)
		return -EINVAL;
	if (op == PR_CAP_AMBIENT_CLEAR_ALL)
		return cap ? -EINVAL : ambient_change(op, 0);
	if (cap > CAP_LAST_CAP)
		return -EINVAL;
	if (op == PR_CAP_AMBIENT_IS_SET)
		return (long)(current->cred->cap_ambient >> cap & 1);
	return op == PR_CAP_AMBIENT_RAISE || op == PR_CAP_AMBIENT_LOWER ? ambient_change(op, cap) : -EINVAL;
}

/* Mitigations of the processor that a thread could turn on: none is needed, as for one that is not affected. */
static long prctl_speculation(int option, unsigned long which, bool junk)
{
	if (junk)
		return -EINVAL;
	if (which > PR_SPEC_L1D_FLUSH)
		return -ENODEV;
	return option == PR_GET_SPECULATION_CTRL ? PR_SPEC_NOT_AFFECTED : -ENXIO;
}

/* PR_GET_AUXV, Linux 6.4: as much as fits; the size of all. */
static long prctl_auxv(char __user *to, unsigned long len, bool junk)
{
	const struct mm *mm = current->mm;
	size_t size = sizeof(mm->auxv);

	if (junk)
		return -EINVAL;
	return copy_to_user(to, mm->auxv, min(size, (size_t)len)) ? -EFAULT : (long)size;
}

/* Descendants look for subreapers from now on, those that are there too. */
static void set_subreaper(struct process *p, bool on)
{
	p->child_subreaper = on;
	if (on)
		process_mark_subreaper(p);
}

/* Options that only ask, or that x86-64 has one answer to. */
static long prctl_rare(int option, unsigned long a2, unsigned long a3, bool junk)
{
	switch (option) {
	case PR_GET_TIMING:
		return PR_TIMING_STATISTICAL;
	case PR_SET_TIMING:
		return a2 == PR_TIMING_STATISTICAL ? 0 : -EINVAL;
	case PR_GET_TSC:
		return put_user(PR_TSC_ENABLE, (int __user *)a2);
	case PR_SET_TSC:
		return a2 == PR_TSC_ENABLE ? 0 : -EINVAL;
	case PR_GET_TID_ADDRESS:
		return put_user((unsigned long)current->clear_child_tid, (unsigned long __user *)a2);
	case PR_GET_SPECULATION_CTRL:
		return prctl_speculation(option, a2, a3 || junk);
	case PR_SET_SPECULATION_CTRL:
		return prctl_speculation(option, a2, junk);
	case PR_SET_THP_DISABLE:
		if (a3 || junk)
			return -EINVAL;
		current->mm->no_huge = a2;
		return 0;
	case PR_GET_THP_DISABLE:
		return a2 || a3 || junk ? -EINVAL : current->mm->no_huge;
	case GET_AUXV:
		return prctl_auxv((char __user *)a2, a3, junk);
	default:
		return -EINVAL;
	}
}

long sys_prctl(int option, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
	struct task *t = current;

	switch (option) {
	case PR_SET_NAME: case PR_GET_NAME:
		return prctl_name(option, (char __user *)a2);
	case PR_SET_PDEATHSIG:
		if (a2 > NR_SIGNALS)
			return -EINVAL;
		t->pdeath_signal = (int)a2;
		return 0;
	case PR_GET_PDEATHSIG:
		return put_user(t->pdeath_signal, (int __user *)a2);
	case PR_SET_CHILD_SUBREAPER:
		set_subreaper(t->process, a2);
		return 0;
	case PR_GET_CHILD_SUBREAPER:
		return put_user((int)t->process->child_subreaper, (int __user *)a2);
	case PR_SET_NO_NEW_PRIVS:
		if (a2 != 1 || a3 || a4 || a5)
			return -EINVAL;
		t->no_new_privs = true;
		return 0;
	case PR_GET_NO_NEW_PRIVS:
		return a2 || a3 || a4 || a5 ? -EINVAL : t->no_new_privs;
	case PR_SET_SECCOMP:
		return prctl_set_seccomp(a2, a3);
	case PR_GET_SECCOMP:
		return t->seccomp_mode;
	case PR_SET_DUMPABLE:
		return prctl_dumpable(a2);
	case PR_GET_DUMPABLE:
		return t->mm->dumpable;
	case PR_SET_KEEPCAPS:
		return prctl_keepcaps(a2);
	case PR_GET_KEEPCAPS:
		return !!(t->cred->securebits & SECBIT_KEEP_CAPS);
	case PR_CAPBSET_READ:
		return a2 > CAP_LAST_CAP ? -EINVAL : (long)(t->cred->cap_bounding >> a2 & 1);
	case PR_CAPBSET_DROP:
		return prctl_capbset_drop(a2);
	case PR_SET_SECUREBITS:
		return prctl_securebits(a2);
	case PR_GET_SECUREBITS:
		return t->cred->securebits;
	case PR_SET_TIMERSLACK:
		t->timer_slack_ns = a2 ? a2 : t->default_slack_ns;
		return 0;
	case PR_GET_TIMERSLACK:
		return (long)t->timer_slack_ns;
	case PR_SET_MM:
		return prctl_set_mm(a2, a3, a4, a5);
	case PR_CAP_AMBIENT:
		return prctl_ambient(a2, a3, a4, a5);
	default:
		return prctl_rare(option, a2, a3, a4 || a5);
	}
}

long sys_arch_prctl(int code, unsigned long addr)
{
	return arch_prctl(code, addr);
}

long sys_personality(unsigned int persona)
{
	unsigned old = current->personality;

	if (persona != 0xffffffffu)
		current->personality = persona;
	return old;
}
