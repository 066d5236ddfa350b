/* SPDX-License-Identifier: MIT */
/* procfs/system: CPUs, time, interrupts, the command line, what is registered. Times in ticks of 1/100 s (USER_HZ). */
#include "fs/procfs/internal.h"

#include "arch/cpu.h"
#include "arch/irq.h"
#include "block/bdev.h"
#include "core/init.h"
#include "core/version.h"
#include "sched/sched.h"
#include "sync/percpu.h"
#include "time/clock.h"
#include "vfs/file.h"
#include "vfs/super.h"

#define TICK_NS		(NSEC_PER_SEC / 100)

static int show_version(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_puts(out, KERNEL_BANNER "\n");
	return 0;
}

static int show_cmdline(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%s\n", boot_cmdline());
	return 0;
}

/* Sum over all CPUs. */
static void cpu_times_all(struct cpu_times *sum)
{
	struct cpu_times one;

	*sum = (struct cpu_times){ 0 };
	for (unsigned cpu = 0; cpu < ARCH_NR_CPUS; cpu++) {
		if (!cpu_is_online(cpu))
			continue;
		sched_cpu_times(cpu, &one);
		sum->user_ns += one.user_ns;
		sum->nice_ns += one.nice_ns;
		sum->system_ns += one.system_ns;
		sum->idle_ns += one.idle_ns;
		sum->switches += one.switches;
		sum->forks += one.forks;
		sum->running += one.running;
	}
}

static int show_uptime(struct strbuf *out, const struct pseudo_target *t)
{
	uint64_t up = clock_ns() / (NSEC_PER_SEC / 100);
	struct cpu_times all;
	uint64_t idle;

	cpu_times_all(&all);
	idle = all.idle_ns / TICK_NS;
	strbuf_printf(out, "%lu.%02lu %lu.%02lu\n", (unsigned long)(up / 100), (unsigned long)(up % 100),
		      (unsigned long)(idle / 100), (unsigned long)(idle % 100));
	return 0;
}

static void show_cpu_times(struct strbuf *out, const struct cpu_times *times)
{
	strbuf_printf(out, " %lu %lu %lu %lu 0 0 0 0 0 0\n", (unsigned long)(times->user_ns / TICK_NS),
		      (unsigned long)(times->nice_ns / TICK_NS), (unsigned long)(times->system_ns / TICK_NS),
		      (unsigned long)(times->idle_ns / TICK_NS));
}

/* Interrupts of one number over all CPUs; false: no such number. */
static bool irq_total(int irq, uint64_t *total)
{
	const char *name;
	uint64_t count;

	*total = 0;
	for (unsigned cpu = 0; cpu < ARCH_NR_CPUS; cpu++) {
		if (!cpu_is_online(cpu))
			continue;
		if (arch_irq_stat(irq, cpu, &count, &name))
			return false;
		*total += count;
	}
	return true;
}

static int show_stat(struct strbuf *out, const struct pseudo_target *t)
{
	struct cpu_times times;
	uint64_t total = 0, one;

	cpu_times_all(&times);
	strbuf_puts(out, "cpu ");
	show_cpu_times(out, &times);
	for (unsigned cpu = 0; cpu < ARCH_NR_CPUS; cpu++) {
		struct cpu_times cpu_times;

		if (!cpu_is_online(cpu))
			continue;
		sched_cpu_times(cpu, &cpu_times);
		strbuf_printf(out, "cpu%u", cpu);
		show_cpu_times(out, &cpu_times);
	}
	for (int irq = 0; irq_total(irq, &one); irq++)
		total += one;
	strbuf_printf(out, "intr %lu\nctxt %lu\nbtime %lu\nprocesses %lu\nprocs_running %u\nprocs_blocked 0\n",
		      (unsigned long)total, (unsigned long)times.switches,
		      (unsigned long)((clock_realtime_ns() - clock_ns()) / NSEC_PER_SEC), (unsigned long)times.forks,
		      times.running);
	strbuf_puts(out, "softirq 0 0 0 0 0 0 0 0 0 0 0\n");
	return 0;
}

static int show_cpuinfo(struct strbuf *out, const struct pseudo_target *t)
{
	enum { CPU_TEXT = 4096 };

	for (unsigned cpu = 0; cpu < ARCH_NR_CPUS; cpu++) {
		char *room = cpu_is_online(cpu) ? strbuf_reserve(out, CPU_TEXT) : NULL;

		if (room)
			strbuf_commit(out, arch_cpuinfo(cpu, room, CPU_TEXT));
	}
	return 0;
}

static int show_interrupts(struct strbuf *out, const struct pseudo_target *t)
{
	const char *name = "";
	uint64_t count;

	strbuf_puts(out, "    ");
	for (unsigned cpu = 0; cpu < ARCH_NR_CPUS; cpu++) {
		if (cpu_is_online(cpu))
			strbuf_printf(out, "       CPU%-2u", cpu);
	}
	strbuf_putc(out, '\n');
	for (int irq = 0; irq_total(irq, &count); irq++) {
		if (arch_irq_stat(irq, /*cpu=*/0, &count, &name) || !name)
			continue;	/* a number not in use */
		strbuf_printf(out, "%3d:", irq);
		for (unsigned cpu = 0; cpu < ARCH_NR_CPUS; cpu++) {
			if (cpu_is_online(cpu) && !arch_irq_stat(irq, cpu, &count, &name))
				strbuf_printf(out, " %10lu", (unsigned long)count);
		}
		strbuf_printf(out, "  %s\n", name);
	}
	return 0;
}

static void show_fs_type(const struct fs_type *type, void *arg)
{
	strbuf_printf(arg, "%s\t%s\n", type->flags & FS_REQUIRES_DEV ? "" : "nodev", type->name);
}

static int show_filesystems(struct strbuf *out, const struct pseudo_target *t)
{
	fs_for_each(show_fs_type, out);
	return 0;
}

static void show_chrdev(unsigned major, const char *name, void *arg)
{
	strbuf_printf(arg, "%3u %s\n", major, name);
}

/* One line for each major: that of its first disk. */
static void show_blkdev(struct bdev *bdev, void *arg)
{
	if (!bdev->partno && kdev_minor(bdev->dev) == 0)
		strbuf_printf(arg, "%3u virtblk\n", kdev_major(bdev->dev));
}

static int show_devices(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_puts(out, "Character devices:\n");
	chrdev_for_each(show_chrdev, out);
	strbuf_puts(out, "\nBlock devices:\n");
	bdev_for_each(show_blkdev, out);
	return 0;
}

/* Nothing can be loaded. */
static int show_nothing(struct strbuf *out, const struct pseudo_target *t)
{
	return 0;
}

static const struct pseudo_entry system_entries[] = {
	{ .name = "version", .mode = S_IFREG | 0444, .show = show_version },
	{ .name = "cmdline", .mode = S_IFREG | 0444, .show = show_cmdline },
	{ .name = "uptime", .mode = S_IFREG | 0444, .show = show_uptime },
	{ .name = "stat", .mode = S_IFREG | 0444, .show = show_stat },
	{ .name = "cpuinfo", .mode = S_IFREG | 0444, .show = show_cpuinfo },
	{ .name = "interrupts", .mode = S_IFREG | 0444, .show = show_interrupts },
	{ .name = "filesystems", .mode = S_IFREG | 0444, .show = show_filesystems },
	{ .name = "devices", .mode = S_IFREG | 0444, .show = show_devices },
	{ .name = "modules", .mode = S_IFREG | 0444, .show = show_nothing },
};

int procfs_register_system(void)
{
	return procfs_register("", system_entries, ARRAY_SIZE(system_entries));
}
