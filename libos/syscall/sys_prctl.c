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
#include "syscall/syscall.h"

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
	struct cred *c;

	if (!cred_capable(current->cred, CAP_SETPCAP))
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
		t->process->child_subreaper = a2;
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
		t->timer_slack_ns = a2 ? a2 : 50000;
		return 0;
	case PR_GET_TIMERSLACK:
		return (long)t->timer_slack_ns;
	default:
		return -EINVAL;
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
