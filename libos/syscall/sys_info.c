/* SPDX-License-Identifier: MIT */
/*
 * System calls about the system as a whole. Source: uname(2), sethostname(2), sysinfo(2), getrandom(2), syslog(2),
 * reboot(2).
 */
#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/personality.h"
#include "abi/random.h"
#include "abi/reboot.h"
#include "abi/sysinfo.h"
#include "abi/utsname.h"
#include "core/init.h"
#include "core/log.h"
#include "core/power.h"
#include "core/random.h"
#include "core/version.h"
#include "fs/procfs/kmsg.h"
#include "lib/string.h"
#include "mm/pagecache.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/exit.h"
#include "proc/namespace.h"
#include "proc/pid.h"
#include "sched/sched.h"
#include "sync/mutex.h"
#include "sync/waitq.h"
#include "syscall/syscall.h"
#include "time/clock.h"

#define LINUX32_MACHINE	"i686"

/* What is the same for everybody; [I] after names_init(). */
static struct new_utsname fixed_names = {
	.sysname = KERNEL_OSTYPE, .release = KERNEL_RELEASE, .version = KERNEL_VERSION,
};

static int names_init(void)
{
	strscpy(fixed_names.machine, arch_platform(), sizeof(fixed_names.machine));
	return 0;
}
INIT_HOOK(INIT_VFS, names_init);

long sys_uname(struct new_utsname __user *name)
{
	struct new_utsname out = fixed_names;
	struct uts_ns *ns = current->uts;

	if (unlikely((current->personality & PER_MASK) == PER_LINUX32))
		strscpy(out.machine, LINUX32_MACHINE, sizeof(out.machine));
	if (current->personality & UNAME26)
		strscpy(out.release, KERNEL_RELEASE_26, sizeof(out.release));
	spin_lock(&ns->lock);
	memcpy(out.nodename, ns->nodename, sizeof(out.nodename));
	memcpy(out.domainname, ns->domainname, sizeof(out.domainname));
	spin_unlock(&ns->lock);
	return copy_to_user(name, &out, sizeof(out)) ? -EFAULT : 0;
}

/* Set one of the namespace's two names. */
static long set_name(char *field, const char __user *name, size_t len)
{
	struct uts_ns *ns = current->uts;
	char text[65] = "";

	if (!cred_capable(current->cred, CAP_SYS_ADMIN))
		return -EPERM;
	if (len >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, name, len))
		return -EFAULT;
	spin_lock(&ns->lock);
	memcpy(field, text, sizeof(text));
	spin_unlock(&ns->lock);
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

long sys_sysinfo(struct sysinfo __user *info)
{
	struct pagecache_stats cache;
	struct sysinfo out;
	struct loadavg load;

	memset(&out, 0, sizeof(out));
	sched_loadavg(&load);
	pagecache_stats(&cache);
	out.uptime = (__kernel_long_t)(clock_ns() / NSEC_PER_SEC);
	for (int i = 0; i < 3; i++)
		out.loads[i] = load.avg[i];
	out.totalram = pages_total() << PAGE_SHIFT;
	out.freeram = pages_free() << PAGE_SHIFT;
	out.sharedram = (unsigned long)cache.shmem << PAGE_SHIFT;
	out.procs = (uint16_t)min(READ_ONCE(proc_tree.nr_tasks), (unsigned)UINT16_MAX);
	out.mem_unit = 1;
	return copy_to_user(info, &out, sizeof(out)) ? -EFAULT : 0;
}

/* At most 256 bytes at once are not interrupted by a signal: getrandom(2). */
long sys_getrandom(char __user *buf, size_t count, unsigned int flags)
{
	uint8_t chunk[256];
	size_t done = 0;
	int err;

	if (flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	if ((flags & (GRND_INSECURE | GRND_RANDOM)) == (GRND_INSECURE | GRND_RANDOM))
		return -EINVAL;
	if (!(flags & GRND_INSECURE) && !random_ready()) {
		if (flags & GRND_NONBLOCK)
			return -EAGAIN;
		err = random_wait_ready();
		if (err)
			return err;
	}
	count = min(count, (size_t)INT32_MAX);
	while (done < count) {
		size_t n = min(count - done, sizeof(chunk));

		random_bytes(chunk, n);
		if (copy_to_user(buf + done, chunk, n)) {
			memzero_explicit(chunk, sizeof(chunk));
			return done ? (long)done : -EFAULT;
		}
		done += n;
		if (done < count && thread_signal_pending())
			break;
		cond_resched();
	}
	memzero_explicit(chunk, sizeof(chunk));
	return (long)done;
}

/* --- syslog(2) --- */

enum syslog_action {
	LOG_CLOSE, LOG_OPEN, LOG_READ, LOG_READ_ALL, LOG_READ_CLEAR, LOG_CLEAR,
	LOG_CONSOLE_OFF, LOG_CONSOLE_ON, LOG_CONSOLE_LEVEL, LOG_SIZE_UNREAD, LOG_SIZE_BUFFER,
};

struct log_scratch {
	struct log_record record;
	char text[LOG_LINE_MAX + 64];
};

/* The last records that fit into len bytes, as text. Bytes or -errno. */
static long read_all(char __user *buf, size_t len, struct log_scratch *s)
{
	uint64_t first, next, start;
	size_t total = 0, done = 0;

	log_range(&first, &next);
	first = max(first, log_clear_seq());
	for (start = next; start > first; start--) {
		size_t n;

		if (log_read(start - 1, &s->record) || s->record.seq != start - 1)
			break;
		n = (size_t)kmsg_print(&s->record, s->text, sizeof(s->text));
		if (total + n > len)
			break;
		total += n;
	}
	for (; start < next; start++) {
		size_t n;

		if (log_read(start, &s->record))
			break;
		n = (size_t)kmsg_print(&s->record, s->text, sizeof(s->text));
		if (done + n > len)
			break;
		if (copy_to_user(buf + done, s->text, n))
			return -EFAULT;
		done += n;
	}
	return (long)done;
}

static long syslog_read(char __user *buf, int len, bool clear)
{
	struct log_scratch *s;
	long ret;

	if (!buf || len < 0)
		return -EINVAL;
	if (!len)
		return 0;
	s = kmalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	ret = read_all(buf, (size_t)len, s);
	kfree(s);
	if (ret >= 0 && clear)
		log_clear();
	return ret;
}

/* SYSLOG_ACTION_READ. */
static long syslog_take(char __user *buf, int len)
{
	struct iov_iter to;
	struct iovec one;

	if (!buf || len < 0)
		return -EINVAL;
	iov_init_user(&to, &one, buf, (size_t)len);
	return kmsg_read(&to, /*wait=*/true);
}

long sys_syslog(int type, char __user *buf, int len)
{
	bool reads = type == LOG_READ_ALL || type == LOG_SIZE_BUFFER;

	if (!reads && !cred_capable(current->cred, CAP_SYSLOG) && !cred_capable(current->cred, CAP_SYS_ADMIN))
		return -EPERM;
	switch (type) {
	case LOG_CLOSE:
	case LOG_OPEN:
		return 0;
	case LOG_READ:
		return syslog_take(buf, len);
	case LOG_SIZE_UNREAD:
		return kmsg_unread();
	case LOG_READ_ALL:
	case LOG_READ_CLEAR:
		return syslog_read(buf, len, type == LOG_READ_CLEAR);
	case LOG_CLEAR:
		log_clear();
		return 0;
	case LOG_CONSOLE_OFF:
		log_set_console_level(1);
		return 0;
	case LOG_CONSOLE_ON:
		log_set_console_level(7);
		return 0;
	case LOG_CONSOLE_LEVEL:
		if (len < 1 || len > 8)
			return -EINVAL;
		log_set_console_level(len);
		return 0;
	case LOG_SIZE_BUFFER:
		return (long)log_buffer_size();
	default:
		return -EINVAL;
	}
}

/* --- reboot(2) --- */

static bool reboot_magic(int magic1, int magic2)
{
	return magic1 == (int)LINUX_REBOOT_MAGIC1 &&
	       (magic2 == LINUX_REBOOT_MAGIC2 || magic2 == LINUX_REBOOT_MAGIC2A || magic2 == LINUX_REBOOT_MAGIC2B ||
		magic2 == LINUX_REBOOT_MAGIC2C);
}

/* In a PID namespace the machine is its init: who waits for that sees what was asked for. */
static long reboot_namespace(unsigned int cmd)
{
	switch (cmd) {
	case LINUX_REBOOT_CMD_RESTART:
	case LINUX_REBOOT_CMD_RESTART2:
		pid_ns_reboot(current->pid_ns, SIGHUP);
		break;
	case LINUX_REBOOT_CMD_HALT:
	case LINUX_REBOOT_CMD_POWER_OFF:
		pid_ns_reboot(current->pid_ns, SIGINT);
		break;
	default:
		return -EINVAL;
	}
	task_exit(0);
}

/* Ctrl-Alt-Del has no source here: both settings are the same and are accepted. */
long sys_reboot(int magic1, int magic2, unsigned int cmd, void __user *arg)
{
	if (!cred_capable(current->cred, CAP_SYS_BOOT))
		return -EPERM;
	if (!reboot_magic(magic1, magic2))
		return -EINVAL;
	if (current->pid_ns != &pid_ns_init)
		return reboot_namespace(cmd);
	switch (cmd) {
	case LINUX_REBOOT_CMD_CAD_ON:
	case LINUX_REBOOT_CMD_CAD_OFF:
		return 0;
	case LINUX_REBOOT_CMD_HALT:
		power_end(POWER_HALT);
	case LINUX_REBOOT_CMD_POWER_OFF:
		power_end(POWER_OFF);
	case LINUX_REBOOT_CMD_RESTART:
	case LINUX_REBOOT_CMD_RESTART2:
		power_end(POWER_REBOOT);
	default:
		return -EINVAL;
	}
}
