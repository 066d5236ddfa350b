/* SPDX-License-Identifier: MIT */
/*
 * init: from the last boot level to PID 1's program.
 *
 * Root. With an initial RAM disk: its content in a tmpfs, as much of it as could be read; /init (or rdinit=) is run
 * from there. Without a RAM disk, or when it has no such program, root= names a block device, mounted read-only
 * unless `rw`; rootfstype= or every type that needs a device is tried.
 * devtmpfs goes to /dev when the root has one.
 *
 * Program. init= and nothing else, or the first there is of /sbin/init, /etc/init, /bin/init, /bin/sh. Words
 * after `--`, and options the kernel does not know, are its arguments; VAR=value ones its environment
 * (bootparam(7)).
 */
#include "proc/init.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/mount.h"
#include "arch/context.h"
#include "arch/irq.h"
#include "block/bdev.h"
#include "core/cmdline.h"
#include "core/init.h"
#include "core/log.h"
#include "core/assert.h"
#include "exec/exec.h"
#include "fs/initramfs/initramfs.h"
#include "ipc/sysv.h"
#include "lib/align.h"
#include "lib/errno_name.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/cgroup/cgroup.h"
#include "proc/exit.h"
#include "proc/namespace.h"
#include "proc/signal.h"
#include "proc/task_alloc.h"
#include "sched/sched.h"
#include "vfs/exec.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/super.h"

CMDLINE_KNOWN_OPTION(root, "root", "root file system: /dev/vda1, 254:1, LABEL=, UUID=, PARTUUID=, PARTLABEL=");
CMDLINE_KNOWN_OPTION(rootfstype, "rootfstype", "type of the root file system");
CMDLINE_KNOWN_OPTION(rootflags, "rootflags", "mount options of the root file system");
CMDLINE_KNOWN_OPTION(rootwait, "rootwait", "accepted: disks are there before the root is mounted");
CMDLINE_KNOWN_OPTION(rw, "rw", "mount the root file system for writing");
CMDLINE_KNOWN_OPTION(ro, "ro", "mount the root file system read-only");
CMDLINE_KNOWN_OPTION(init, "init", "program to run as PID 1");
CMDLINE_KNOWN_OPTION(rdinit, "rdinit", "program to run as PID 1 from the initrd");

#define INIT_ARGS_MAX	32

static struct {
	const char *argv[INIT_ARGS_MAX + 2];
	const char *envp[INIT_ARGS_MAX + 3];
	unsigned nr_args;		/* [I] words for it */
	bool initrd;			/* [I] root is the unpacked RAM disk */
	int (*program)(int argc, char **argv);	/* [I] runs in place of a program from the root; NULL: none */
} boot;

/* --- root --- */

static void collect_type(const struct fs_type *type, void *arg)
{
	const char **names = arg;

	if (!(type->flags & FS_REQUIRES_DEV))
		return;
	while (*names)
		names++;
	*names = type->name;
}

/* Mount `source` with the first type that takes it. */
static int mount_any(struct vfs_ctx *ctx, const char *source, unsigned long flags, const char *options)
{
	const char *names[16] = { NULL };
	int err = -ENODEV, ret;

	fs_for_each(collect_type, names);
	for (unsigned i = 0; i < ARRAY_SIZE(names) - 1 && names[i]; i++) {
		ret = vfs_mount_root(ctx, source, names[i], flags, options);
		if (!ret)
			return 0;
		if (ret != -EINVAL)
			err = ret;
	}
	return err;
}

/* A program that is linked with the kernel needs no root file system. */
static int empty_root(struct vfs_ctx *ctx)
{
	int err = vfs_mount_root(ctx, "rootfs", "tmpfs", 0, "mode=755");

	return err ? err : vfs_mkdir(ctx, AT_FDCWD, "/dev", 0755);
}

static void name_device(struct bdev *bdev, void *arg)
{
	strbuf_printf(arg, " %s (%lu KiB)", bdev->name, (unsigned long)(bdev->size >> 10));
}

/* The user has to see what is wrong with root=. */
static __noreturn void no_root(const char *root, const char *type, int err)
{
	char text[200];
	struct strbuf devices;
	struct bdev *bdev = bdev_get(root);

	strbuf_init_fixed(&devices, text, sizeof(text));
	bdev_for_each(name_device, &devices);
	if (!bdev)
		panic("cannot mount root '%s': there is no such device; there are:%s", root,
		      *text ? text : " none");
	panic("cannot mount root '%s': %s: %s", root, type ? type : "none of the known file systems", errno_name(err));
}

static void mount_root(struct vfs_ctx *ctx)
{
	const char *root = cmdline_value("root"), *type = cmdline_value("rootfstype");
	const char *options = cmdline_value("rootflags");
	unsigned long flags = cmdline_value("rw") ? 0 : MS_RDONLY;
	int err;

	if (!root && !boot.program)
		panic("no root: neither root= on the command line nor an initial RAM disk");
	if (!root)
		err = empty_root(ctx);
	else
		err = type ? vfs_mount_root(ctx, root, type, flags, options) : mount_any(ctx, root, flags, options);
	if (err && root)
		no_root(root, type, err);
	if (err)
		panic("cannot make an empty root: %s", errno_name(err));
}

static const char *initrd_program(void)
{
	const char *named = cmdline_value("rdinit");

	return named ? named : "/init";
}

/*
 * Unpack the RAM disk. False: it has nothing to run, and root= says who has. As on Linux, one that is damaged counts
 * as far as it came.
 */
static bool mount_initrd(struct vfs_ctx *ctx)
{
	int err = vfs_mount_root(ctx, "rootfs", "tmpfs", 0, "mode=755"), damaged;
	struct mount_ns *ns = ctx->ns;
	struct path path;

	if (err)
		panic("no memory for the initial RAM disk: %s", errno_name(err));
	damaged = initramfs_unpack(ctx);
	err = path_lookup(ctx, AT_FDCWD, initrd_program(), LOOKUP_FOLLOW, &path);
	if (!err) {
		path_put(&path);
		return true;
	}
	if (!cmdline_value("root")) {
		if (damaged)
			panic("no %s in the initial RAM disk, which is damaged, and no root=", initrd_program());
		return true;
	}
	klog(KLOG_WARN, "init: no %s in the initial RAM disk: root= is mounted", initrd_program());
	mount_root(ctx);
	mount_ns_put(ns);
	return false;
}

static void prepare_root(struct task *t)
{
	struct vfs_ctx *ctx = &t->vfs;
	int err;

	if (initramfs_present())
		boot.initrd = mount_initrd(ctx);
	else
		mount_root(ctx);
	err = vfs_mount(ctx, "devtmpfs", "/dev", "devtmpfs", 0, NULL);
	if (err && err != -ENOENT)
		klog(KLOG_WARN, "init: cannot mount devtmpfs on /dev: %s", errno_name(err));
}

/* Descriptors 0, 1, 2. */
static void open_console(struct vfs_ctx *ctx)
{
	struct file *file;
	int fd, err = vfs_open(ctx, AT_FDCWD, "/dev/console", O_RDWR, 0, LOOKUP_FOLLOW, &file);

	if (err) {
		klog(KLOG_WARN, "init: cannot open /dev/console: %s", errno_name(err));
		return;
	}
	for (int i = 0; i < 3; i++) {
		fd = fd_reserve(ctx->files, 0, 3, false);
		if (fd >= 0)
			fd_install(ctx->files, fd, get_file(file));
	}
	fput(file);
}

/* --- program --- */

static int run(const char *path)
{
	struct exec_args a = { .dirfd = AT_FDCWD, .name = path, .lookup = LOOKUP_FOLLOW, .kargv = boot.argv,
			       .kenvp = boot.envp };

	boot.argv[0] = path;
	return exec_program(&a);
}

static int run_first(void)
{
	static const char *const places[] = { "/sbin/init", "/etc/init", "/bin/init", "/bin/sh" };
	const char *named = boot.initrd ? initrd_program() : cmdline_value("init");
	int err;

	if (named) {
		err = run(named);
		if (!err)
			return 0;
		if (!boot.initrd || cmdline_value("rdinit"))
			panic("cannot run init '%s': %s", named, errno_name(err));
		klog(KLOG_ERR, "init: cannot run %s: %s", named, errno_name(err));
	}
	for (unsigned i = 0; i < ARRAY_SIZE(places); i++) {
		err = run(places[i]);
		if (!err)
			return 0;
		if (err != -ENOENT)
			klog(KLOG_ERR, "init: cannot run %s: %s", places[i], errno_name(err));
	}
	panic("no init found: none of /sbin/init, /etc/init, /bin/init, /bin/sh; try init=");
}

/* As Linux: stacks of all tasks may take an eighth of memory, with 16 KiB each. */
static void limit_tasks(void)
{
	unsigned long limit = pages_total() * PAGE_SIZE / (8 * 16384);

	proc_tree.max_tasks = (unsigned)clamp(limit, 20UL, (unsigned long)PID_MAX_DEFAULT);
}

static void default_limits(struct process *p)
{
	for (unsigned i = 0; i < RLIM_NLIMITS; i++)
		p->rlim[i] = (struct rlimit64){ RLIM64_INFINITY, RLIM64_INFINITY };
	p->rlim[RLIMIT_STACK].rlim_cur = 8 << 20;
	p->rlim[RLIMIT_CORE].rlim_cur = 0;
	p->rlim[RLIMIT_NOFILE] = (struct rlimit64){ 1024, 4096 };
	p->rlim[RLIMIT_NPROC] = (struct rlimit64){ proc_tree.max_tasks / 2, proc_tree.max_tasks / 2 };
	p->rlim[RLIMIT_SIGPENDING] = p->rlim[RLIMIT_NPROC];
	p->rlim[RLIMIT_MEMLOCK] = (struct rlimit64){ 8 << 20, 8 << 20 };
	p->rlim[RLIMIT_MSGQUEUE] = (struct rlimit64){ 819200, 819200 };
	p->rlim[RLIMIT_NICE] = (struct rlimit64){ 0, 0 };
	p->rlim[RLIMIT_RTPRIO] = (struct rlimit64){ 0, 0 };
}

static void init_main(void *arg)
{
	struct task *t = arg;

	prepare_root(t);
	open_console(&t->vfs);
	if (boot.program) {
		boot.argv[0] = "libos_main";
		init_returned(boot.program(1 + (int)boot.nr_args, (char **)boot.argv));
	}
	ignore_result(run_first());	/* panics itself when there is none */
	arch_enter_user();
}

/* PID 1's task: everything fork would have given it. */
static int build_init(struct task *t)
{
	struct process *p = process_alloc();
	const int first = 1;
	int err = 0;

	t->pid = pid_alloc(&pid_ns_init, &first, 1, &err);
	t->sighand = sighand_create();
	t->vfs.files = fdtable_create();
	t->vfs.fs = fs_state_create();
	if (!p || !t->pid || !t->sighand || !t->vfs.files || !t->vfs.fs)
		return -ENOMEM;
	t->process = p;
	p->leader = t;
	p->parent = p;
	p->parent_task = t;
	p->session_leader = false;
	p->sig_flags = SIGNAL_UNKILLABLE;
	default_limits(p);
	t->cred = cred_get(&cred_root);
	t->real_cred = cred_get(&cred_root);
	t->vfs.cred = &cred_root;
	t->uts = &uts_ns_init;
	refcount_inc(&uts_ns_init.refs);
	t->ipc = ipc_ns_get(&ipc_ns_init);
	t->cgroup_ns = cgroup_ns_get(&cgroup_ns_init);
	t->pid_ns = t->child_ns = &pid_ns_init;
	refcount_add(2, &pid_ns_init.refs);
	t->exit_signal = SIGCHLD;
	t->altstack_flags = SS_DISABLE;
	t->timer_slack_ns = t->default_slack_ns = 50000;
	sigpending_init(&t->pending);
	pid_ns_init.reaper = t;
	for (int i = PIDTYPE_TGID; i < PIDTYPE_MAX; i++) {
		p->pids[i] = pid_get(t->pid);
		list_add_tail(&p->pid_links[i], &t->pid->members[i]);
	}
	list_add_tail(&t->pid_link, &t->pid->members[PIDTYPE_PID]);
	list_add_tail(&t->group_link, &p->tasks);
	cgroup_link_init(p);
	p->nr_tasks = 1;
	proc_tree.nr_tasks = 1;
	return 0;
}

/* Words for the program: arguments and VAR=value. */
static void take_words(void)
{
	const struct cmdline_init *words = cmdline_init_args();
	unsigned nr_env = 0;

	for (unsigned i = 0; i < words->nr_args && i < INIT_ARGS_MAX; i++)
		boot.argv[1 + i] = words->args[i];
	boot.nr_args = min(words->nr_args, (unsigned)INIT_ARGS_MAX);
	boot.envp[nr_env++] = "HOME=/";
	boot.envp[nr_env++] = "TERM=linux";
	for (unsigned i = 0; i < words->nr_env && i < INIT_ARGS_MAX; i++)
		boot.envp[nr_env++] = words->env[i];
}

static void start_user(void)
{
	struct task *t = task_alloc(NULL, "init");

	take_words();
	limit_tasks();
	if (!t || build_init(t))
		panic("no memory for PID 1");
	/* It runs as a kernel thread below the place of its user registers, which exec fills in. */
	arch_thread_init_kernel(&t->thread.arch,
				(void *)ALIGN_DOWN((uintptr_t)arch_user_regs(t->thread.kstack_top), 16),
				init_main, t);
	thread_start(&t->thread);
	thread_exit();
}

void init_set_program(int (*fn)(int argc, char **argv))
{
	boot.program = fn;
}

static int init_register(void)
{
	init_set_user_start(start_user);
	return 0;
}
INIT_HOOK(INIT_LATE, init_register);
