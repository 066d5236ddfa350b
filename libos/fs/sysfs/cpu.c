/* SPDX-License-Identifier: MIT */
/*
 * cpu: /sys/devices/system/cpu, the CPUs that are online. Each counts as a core of its own in one package: the
 * scheduler makes no other difference.
 *
 * Source: the kernel's sysfs-devices-system-cpu ABI file.
 */
#include "fs/sysfs/internal.h"

#include "abi/errno.h"
#include "lib/format.h"
#include "lib/parse.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "sync/percpu.h"

#define MASK_DIGITS	((ARCH_NR_CPUS + 3) / 4)

static bool is_online(unsigned long cpu)
{
	return cpu < ARCH_NR_CPUS && cpus_online() & cpumask_of((unsigned)cpu);
}

/* As ranges: CPUs come up in order, so one range is nearly always all. */
static void print_list(struct strbuf *out, cpumask_t mask)
{
	bool first = true;

	for (unsigned cpu = 0; cpu < ARCH_NR_CPUS; cpu++) {
		unsigned last = cpu;

		if (!(mask & cpumask_of(cpu)))
			continue;
		while (last + 1 < ARCH_NR_CPUS && (mask & cpumask_of(last + 1)))
			last++;
		strbuf_printf(out, "%s%u", first ? "" : ",", cpu);
		if (last > cpu)
			strbuf_printf(out, "-%u", last);
		first = false;
		cpu = last;
	}
	strbuf_putc(out, '\n');
}

static int show_online(struct strbuf *out, const struct pseudo_target *t)
{
	print_list(out, cpus_online());
	return 0;
}

static int show_none(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_putc(out, '\n');
	return 0;
}

static int show_kernel_max(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%u\n", ARCH_NR_CPUS - 1);
	return 0;
}

static int show_package(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "0\n");
	return 0;
}

static int show_core(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%lu\n", t->index);
	return 0;
}

static int show_own_mask(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%0*llx\n", MASK_DIGITS, (unsigned long long)cpumask_of((unsigned)t->index));
	return 0;
}

static int show_own_list(struct strbuf *out, const struct pseudo_target *t)
{
	print_list(out, cpumask_of((unsigned)t->index));
	return 0;
}

static int show_package_mask(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%0*llx\n", MASK_DIGITS, (unsigned long long)cpus_online());
	return 0;
}

#define CPU_FILE(file, function)	{ .name = file, .mode = S_IFREG | 0444, .show = function }

static const struct pseudo_entry topology_entries[] = {
	CPU_FILE("physical_package_id", show_package), CPU_FILE("die_id", show_package), CPU_FILE("core_id", show_core),
	CPU_FILE("core_cpus", show_own_mask), CPU_FILE("core_cpus_list", show_own_list),
	CPU_FILE("thread_siblings", show_own_mask), CPU_FILE("thread_siblings_list", show_own_list),
	CPU_FILE("die_cpus", show_package_mask), CPU_FILE("die_cpus_list", show_online),
	CPU_FILE("package_cpus", show_package_mask), CPU_FILE("package_cpus_list", show_online),
	CPU_FILE("core_siblings", show_package_mask), CPU_FILE("core_siblings_list", show_online),
};

static const struct pseudo_dir topology = { .entries = topology_entries, .count = ARRAY_SIZE(topology_entries) };

static const struct pseudo_entry one_cpu_entries[] = {
	{ .name = "topology", .mode = S_IFDIR | 0555, .dir = &topology },
};

static const struct pseudo_dir one_cpu = { .entries = one_cpu_entries, .count = ARRAY_SIZE(one_cpu_entries) };
static const struct pseudo_entry one_cpu_entry = { .name = "", .mode = S_IFDIR | 0555, .dir = &one_cpu };

static int cpu_lookup(const struct pseudo_target *dir, const char *name, struct pseudo_target *out)
{
	uint64_t cpu;

	/* "cpu7", never "cpu07" or "cpu+7" */
	if (strncmp(name, "cpu", 3) || name[3] < '0' || name[3] > '9' || (name[3] == '0' && name[4]) ||
	    kstrtou64(name + 3, 10, &cpu) || !is_online(cpu))
		return -ENOENT;
	*out = (struct pseudo_target){ .entry = &one_cpu_entry, .index = cpu };
	return 0;
}

static bool cpu_next(const struct pseudo_target *dir, loff_t *pos, char *name, size_t size, uint32_t *mode)
{
	while (*pos < ARCH_NR_CPUS && !is_online((unsigned long)*pos))
		(*pos)++;
	if (*pos >= ARCH_NR_CPUS)
		return false;
	ksnprintf(name, size, "cpu%u", (unsigned)*pos);
	*mode = S_IFDIR | 0555;
	return true;
}

static const struct pseudo_entry cpu_entries[] = {
	CPU_FILE("online", show_online), CPU_FILE("possible", show_online), CPU_FILE("present", show_online),
	CPU_FILE("offline", show_none), CPU_FILE("isolated", show_none), CPU_FILE("kernel_max", show_kernel_max),
};

static const struct pseudo_dir cpu_folder = {
	.entries = cpu_entries, .count = ARRAY_SIZE(cpu_entries), .lookup = cpu_lookup, .next = cpu_next,
};

const struct pseudo_entry sysfs_cpu_entry = { .name = "cpu", .mode = S_IFDIR | 0555, .dir = &cpu_folder };
