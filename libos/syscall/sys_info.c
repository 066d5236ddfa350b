/* SPDX-License-Identifier: MIT */
/* The system about itself, and process settings: uname(2), sysinfo(2), getrandom(2), prctl(2), arch_prctl(2), reboot(2), syslog(2), personality(2)... */
#include "abi/errno.h"
#include "abi/prctl.h"
#include "abi/random.h"
#include "abi/reboot.h"
#include "abi/sysinfo.h"
#include "abi/utsname.h"
#include "arch/context.h"
#include "core/power.h"
#include "core/random.h"
#include "core/version.h"
#include "lib/restart.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/page_alloc.h"
#include "mm/pagecache.h"
#include "mm/uaccess.h"
#include "proc/cred.h"
#include "proc/namespace.h"
#include "proc/signal.h"
#include "sched/sched.h"
#include "syscall/syscall.h"
#include "time/clock.h"

long sys_uname(struct new_utsname __user *name)
{
	struct uts_ns *ns = current->uts;
	struct new_utsname u;

	memset(&u, 0, sizeof(u));
	strscpy(u.sysname, KERNEL_OSTYPE, sizeof(u.sysname));
	strscpy(u.release, KERNEL_RELEASE, sizeof(u.release));
	strscpy(u.version, KERNEL_VERSION, sizeof(u.version));
	strscpy(u.machine, arch_platform(), sizeof(u.machine));
	spin_lock(&ns->lock);
	memcpy(u.nodename, ns->nodename, sizeof(u.nodename));
	memcpy(u.domainname, ns->domainname, sizeof(u.domainname));
	spin_unlock(&ns->lock);
	return copy_to_user(name, &u, sizeof(u)) ? -EFAULT : 0;
}

static long set_name(char *where, const char __user *name, size_t len)
{
	char text[65];

	if (!cred_capable(current->cred, CAP_SYS_ADMIN))
		return -EPERM;
	if (len > 64)
		return -EINVAL;
	memset(text, 0, sizeof(text));
	if (copy_from_user(text, name, len))
		return -EFAULT;
	spin_lock(&current->uts->lock);
	memcpy(where, text, sizeof(text));
	spin_unlock(&current->uts->lock);
	return 0;
}

long sys_sethostname(const char __user *name, size_t len)
{
	return set_name(current->uts->nodename, name, len);
}

long sys_setdomainname(const char __user *name, size_t len)
{
	return set_name(current->uts->domainname, name, len);
}

long sys_sysinfo(struct sysinfo __user *uinfo)
{
	struct pagecache_stats cache;
	struct loadavg load;
	struct sysinfo s;

	memset(&s, 0, sizeof(s));
	pagecache_stats(&cache);
	sched_loadavg(&load);
	s.uptime = (long)(clock_ns() / NSEC_PER_SEC);
	for (int i = 0; i < 3; i++)
		s.loads[i] = load.avg[i];
	s.mem_unit = 1;
	s.totalram = pages_total() * PAGE_SIZE;
	s.freeram = pages_free() * PAGE_SIZE;
	s.sharedram = cache.shmem * PAGE_SIZE;
	s.bufferram = 0;
	s.procs = (uint16_t)proc_tree.nr_tasks;
	return copy_to_user(uinfo, &s, sizeof(s)) ? -EFAULT : 0;
}

long sys_getrandom(char __user *buf, size_t count, unsigned int flags)
{
	uint8_t chunk[256];
	size_t done = 0, n;

	if ((flags & ~(unsigned)(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) ||
	    (flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	count = min(count, (size_t)INT32_MAX);
	if (!(flags & GRND_INSECURE) && !random_ready()) {
		if (flags & GRND_NONBLOCK)
			return -EAGAIN;
		if (random_wait_ready())
			return -ERESTARTSYS;
	}
	for (; done < count; done += n) {
		n = min(count - done, sizeof(chunk));
		random_bytes(chunk, n);
		if (copy_to_user(buf + done, chunk, n)) {
			memset(chunk, 0, sizeof(chunk));
			return done ? (long)done : -EFAULT;
		}
		if (thread_signal_pending() && done + n < count) {
			done += n;
			break;
		}
		cond_resched();
	}
	memset(chunk, 0, sizeof(chunk));
	return (long)done;
}

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

long sys_reboot(int magic1, int magic2, unsigned int cmd, void __user *arg)
{
	(void)arg;
	if (!cred_capable(current->cred, CAP_SYS_BOOT))
		return -EPERM;
	if (magic1 != (int)LINUX_REBOOT_MAGIC1 ||
	    (magic2 != LINUX_REBOOT_MAGIC2 && magic2 != LINUX_REBOOT_MAGIC2A && magic2 != LINUX_REBOOT_MAGIC2B &&
	     magic2 != LINUX_REBOOT_MAGIC2C))
		return -EINVAL;
	switch (cmd) {
	case LINUX_REBOOT_CMD_POWER_OFF: power_end(POWER_OFF);
	case LINUX_REBOOT_CMD_RESTART: power_end(POWER_REBOOT);
	case LINUX_REBOOT_CMD_RESTART2: power_end(POWER_REBOOT);
	case LINUX_REBOOT_CMD_HALT: power_end(POWER_HALT);
	case LINUX_REBOOT_CMD_CAD_ON: case LINUX_REBOOT_CMD_CAD_OFF:
		return 0;		/* there is no Ctrl-Alt-Del key here to turn on or off */
	default:
		return -EINVAL;
	}
}
