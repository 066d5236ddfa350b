/* SPDX-License-Identifier: MIT */
/* procfs/smaps: smaps and smaps_rollup: what of each area, and of all, is in memory. Lines as proc(5) has them. */
#include "proc/procfs/internal.h"

#include "lib/string.h"
#include "mm/commit.h"
#include "mm/mm.h"
#include "mm/usage.h"
#include "mm/vma.h"

#define NUMBER_END	24		/* the column behind a line's number */
#define NUMBER_MAX	100000000UL	/* below it, it fits behind every name */

/* "NAME:   NUMBER kB". By hand: there are two dozen an area, and printing them was most of the time it took. */
static void line(struct strbuf *out, const char *name, uint64_t bytes)
{
	static const char unit[] = " kB\n";
	unsigned long kib = bytes >> 10;
	size_t len = strlen(name);
	char *text, *digit;

	if (kib >= NUMBER_MAX) {
		strbuf_printf(out, "%s:%*lu%s", name, (int)(NUMBER_END - 1 - len), kib, unit);
		return;
	}
	text = strbuf_reserve(out, NUMBER_END + sizeof(unit) - 1);
	if (!text)
		return;
	memset(text, ' ', NUMBER_END);
	memcpy(text, name, len);
	text[len] = ':';
	digit = text + NUMBER_END;
	do {
		*--digit = (char)('0' + kib % 10);
		kib /= 10;
	} while (kib);
	memcpy(text + NUMBER_END, unit, sizeof(unit) - 1);
	strbuf_commit(out, NUMBER_END + sizeof(unit) - 1);
}

static void pss_line(struct strbuf *out, const char *name, uint64_t scaled)
{
	line(out, name, scaled >> USAGE_PSS_SHIFT);
}

static void print_usage(struct strbuf *out, const struct mem_usage *u, bool all)
{
	line(out, "Rss", u->resident);
	pss_line(out, "Pss", u->pss);
	pss_line(out, "Pss_Dirty", u->pss_dirty);
	if (all) {
		pss_line(out, "Pss_Anon", u->pss_anon);
		pss_line(out, "Pss_File", u->pss_file);
		pss_line(out, "Pss_Shmem", u->pss_shmem);
	}
	line(out, "Shared_Clean", u->shared_clean);
	line(out, "Shared_Dirty", u->shared_dirty);
	line(out, "Private_Clean", u->private_clean);
	line(out, "Private_Dirty", u->private_dirty);
	line(out, "Referenced", u->referenced);
	line(out, "Anonymous", u->anonymous);
	line(out, "LazyFree", 0);
	line(out, "AnonHugePages", u->huge);
	line(out, "ShmemPmdMapped", 0);
	line(out, "FilePmdMapped", 0);
	line(out, "Shared_Hugetlb", 0);
	line(out, "Private_Hugetlb", 0);
	line(out, "Swap", 0);
	line(out, "SwapPss", 0);
	pss_line(out, "Locked", u->pss_locked);
}

/* 0: what mm/commit.h counts. */
static const struct {
	uint32_t flag;
	char name[4];
} flag_names[] = {
	{ VM_READ, "rd" },	  { VM_WRITE, "wr" },	    { VM_EXEC, "ex" },	      { VM_SHARED, "sh" },
	{ VM_MAYREAD, "mr" },	  { VM_MAYWRITE, "mw" },    { VM_MAYEXEC, "me" },     { VM_SHARED, "ms" },
	{ VM_GROWSDOWN, "gd" },	  { VM_LOCKED, "lo" },	    { VM_SEQ_READ, "sr" },    { VM_RAND_READ, "rr" },
	{ VM_DONTCOPY, "dc" },	  { VM_DONTEXPAND, "de" },  { VM_LOCKONFAULT, "lf" }, { 0, "ac" },
	{ VM_NORESERVE, "nr" },	  { VM_WIPEONFORK, "wf" },  { VM_DONTDUMP, "dd" },    { VM_HUGE, "hg" },
	{ VM_NOHUGE, "nh" },
};

static void print_flags(struct strbuf *out, uint32_t flags)
{
	strbuf_puts(out, "VmFlags: ");
	for (unsigned i = 0; i < ARRAY_SIZE(flag_names); i++) {
		if (!(flag_names[i].flag ? flags & flag_names[i].flag : commit_counts(flags)))
			continue;
		strbuf_write(out, flag_names[i].name, 2);
		strbuf_putc(out, ' ');
	}
	strbuf_putc(out, '\n');
}

static int print_area(const struct mm *mm, const struct vma *vma, void *arg)
{
	struct strbuf *out = arg;
	struct mem_usage usage = { 0 };
	int err = procfs_print_area(out, mm, vma);

	if (err)
		return err;
	mem_usage_add(vma, &usage);
	line(out, "Size", vma->end - vma->start);
	line(out, "KernelPageSize", PAGE_SIZE);
	line(out, "MMUPageSize", PAGE_SIZE);
	print_usage(out, &usage, /*all=*/false);
	print_flags(out, vma->flags);
	return out->len >= PROCFS_PART;
}

int procfs_show_smaps(struct strbuf *out, const struct pseudo_target *t, uint64_t *next)
{
	int err = procfs_walk_areas(t, next, print_area, out);

	return err < 0 ? err : 0;
}

/* Field legend: [o] of the reader */
struct rollup {
	struct mem_usage usage;		/* [o] */
	vaddr_t first, last;		/* [o] */
};

static int add_area(const struct mm *mm, const struct vma *vma, void *arg)
{
	struct rollup *all = arg;

	(void)mm;
	all->first = all->last ? all->first : vma->start;
	all->last = vma->end;
	mem_usage_add(vma, &all->usage);
	return 0;
}

int procfs_show_smaps_rollup(struct strbuf *out, const struct pseudo_target *t)
{
	struct rollup all = { .last = 0 };
	size_t start = out->len;
	uint64_t next = 0;
	int err = procfs_walk_areas(t, &next, add_area, &all);

	if (err <= 0)
		return err ? err : -ESRCH;
	strbuf_printf(out, "%08lx-%08lx ---p 00000000 00:00 0 ", all.first, all.last);
	strbuf_pad(out, start + PROCFS_NAME_COLUMN);
	strbuf_puts(out, "[rollup]\n");
	print_usage(out, &all.usage, /*all=*/true);
	return 0;
}
