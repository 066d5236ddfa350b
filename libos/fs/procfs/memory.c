/* SPDX-License-Identifier: MIT */
/* procfs/memory: meminfo, vmstat, slabinfo, swaps. Values in KiB or pages as proc(5) has them. */
#include "fs/procfs/internal.h"

#include "arch/mmu.h"
#include "mm/commit.h"
#include "mm/mm.h"
#include "mm/page_alloc.h"
#include "mm/pagecache.h"
#include "mm/slab.h"

#define KIB(pages)	((unsigned long)(pages) << (PAGE_SHIFT - 10))

static void line(struct strbuf *out, const char *name, unsigned long kib)
{
	strbuf_puts(out, name);
	strbuf_printf(out, ":%*lu kB\n", (int)(23 - __builtin_strlen(name)), kib);
}

/* What a program could get without anybody being stopped: free pages less the reserve, and clean cache. */
static unsigned long pages_available(const struct pagecache_stats *cache)
{
	unsigned long free = pages_free(), low = pages_low();
	unsigned long reclaimable = cache->cached > cache->shmem + cache->dirty ?
		(unsigned long)(cache->cached - cache->shmem - cache->dirty) : 0;

	return (free > low ? free - low : 0) + reclaimable;
}

static int show_meminfo(struct strbuf *out, const struct pseudo_target *t)
{
	unsigned long total = pages_total(), slab = slab_pages(), free = pages_free();
	struct pagecache_stats cache;
	unsigned long used;

	pagecache_stats(&cache);
	used = total - free;
	used -= slab + (unsigned long)cache.cached < used ? slab + (unsigned long)cache.cached : used;
	line(out, "MemTotal", KIB(total));
	line(out, "MemFree", KIB(free));
	line(out, "MemAvailable", KIB(pages_available(&cache)));
	line(out, "Buffers", 0);
	line(out, "Cached", KIB(cache.cached));
	line(out, "SwapCached", 0);
	line(out, "Active", KIB(cache.mapped + used));
	line(out, "Inactive", KIB(cache.cached - (cache.mapped < cache.cached ? cache.mapped : cache.cached)));
	line(out, "SwapTotal", 0);
	line(out, "SwapFree", 0);
	line(out, "Dirty", KIB(cache.dirty));
	line(out, "Writeback", KIB(cache.writeback));
	line(out, "AnonPages", KIB(used));
	line(out, "Mapped", KIB(cache.mapped));
	line(out, "Shmem", KIB(cache.shmem));
	line(out, "KReclaimable", 0);
	line(out, "Slab", KIB(slab));
	line(out, "SReclaimable", 0);
	line(out, "SUnreclaim", KIB(slab));
	line(out, "CommitLimit", KIB(commit_limit()));
	line(out, "Committed_AS", KIB(commit_total()));
	line(out, "AnonHugePages", mm_huge_entries() * (HUGE_SIZE >> 10));
	line(out, "HugePages_Total", 0);
	line(out, "HugePages_Free", 0);
	line(out, "Hugepagesize", HUGE_SIZE >> 10);
	return 0;
}

static int show_vmstat(struct strbuf *out, const struct pseudo_target *t)
{
	struct pagecache_stats cache;

	pagecache_stats(&cache);
	strbuf_printf(out, "nr_free_pages %lu\n", pages_free());
	strbuf_printf(out, "nr_file_pages %lu\n", (unsigned long)cache.cached);
	strbuf_printf(out, "nr_mapped %lu\n", (unsigned long)cache.mapped);
	strbuf_printf(out, "nr_dirty %lu\n", (unsigned long)cache.dirty);
	strbuf_printf(out, "nr_writeback %lu\n", (unsigned long)cache.writeback);
	strbuf_printf(out, "nr_shmem %lu\n", (unsigned long)cache.shmem);
	strbuf_printf(out, "nr_slab_unreclaimable %lu\n", slab_pages());
	return 0;
}

static void show_cache(const struct slab_info *info, void *arg)
{
	strbuf_printf(arg, "%-17s %6lu %6lu %6lu %4u %4u : tunables    0    0    0 : slabdata %6lu %6lu      0\n",
		      info->name, info->active, info->slabs * info->per_slab, (unsigned long)info->object_size,
		      info->per_slab, 1U << info->order, info->slabs, info->slabs);
}

static int show_slabinfo(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_puts(out, "slabinfo - version: 2.1\n"
			 "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables "
			 "<limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
	slab_for_each(show_cache, out);
	return 0;
}

static int show_swaps(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_puts(out, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	return 0;
}

static const struct pseudo_entry memory_entries[] = {
	{ .name = "meminfo", .mode = S_IFREG | 0444, .show = show_meminfo },
	{ .name = "vmstat", .mode = S_IFREG | 0444, .show = show_vmstat },
	{ .name = "slabinfo", .mode = S_IFREG | 0400, .show = show_slabinfo },
	{ .name = "swaps", .mode = S_IFREG | 0444, .show = show_swaps },
};

int procfs_register_memory(void)
{
	return procfs_register("", memory_entries, ARRAY_SIZE(memory_entries));
}
