/* SPDX-License-Identifier: MIT */
/*
 * The vDSO's two areas, "[vvar]" (the data page, read-only) and "[vdso]" (the code). Both show pages of the kernel
 * image itself, never written by programs: VM_MAYWRITE is taken away, so that mprotect(2) cannot give it.
 */
#include "exec/vdso.h"

#include "abi/errno.h"
#include "abi/mman.h"
#include "arch/boot.h"
#include "arch/mmu.h"
#include "mm/mm.h"
#include "mm/mmap.h"
#include "mm/page.h"
#include "time/vdso.h"

/* The shared object, embedded by the makefile; page aligned. Absent from hosted tests. */
extern char vdso_start[] __weak, vdso_end[] __weak;

static struct page *vvar_page(struct vma *vma, uint64_t pgoff)
{
	(void)vma;
	return pgoff == 0 ? pfn_to_page(arch_image_phys(vdso_data_page()) >> PAGE_SHIFT) : NULL;
}

static struct page *code_page(struct vma *vma, uint64_t pgoff)
{
	size_t offset = pgoff << PAGE_SHIFT;

	(void)vma;
	if (offset >= (size_t)(vdso_end - vdso_start))
		return NULL;
	return pfn_to_page(arch_image_phys(vdso_start + offset) >> PAGE_SHIFT);
}

static const char *vvar_name(struct vma *vma)
{
	(void)vma;
	return "[vvar]";
}

static const char *code_name(struct vma *vma)
{
	(void)vma;
	return "[vdso]";
}

static const struct vma_ops vvar_ops = { .special_page = vvar_page, .name = vvar_name };
static const struct vma_ops code_ops = { .special_page = code_page, .name = code_name };

static long map_area(struct mm *mm, vaddr_t addr, size_t size, const struct vma_ops *ops)
{
	const struct map_request req = {
		.addr = addr, .size = size, .ops = ops,
		.prot = ops == &code_ops ? PROT_READ | PROT_EXEC : PROT_READ,
		.flags = MAP_PRIVATE | MAP_FIXED,
		.vm_flags = VM_SPECIAL | VM_DONTEXPAND | VM_DONTDUMP,
		.vm_clear = VM_MAYWRITE,
	};

	return mm_map(mm, &req);
}

long vdso_map(struct mm *mm)
{
	size_t size = (size_t)(vdso_end - vdso_start);
	long addr, r;

	if (!size)
		return 0;
	addr = mm_find_area(mm, 0, VDSO_DATA_SIZE + size);
	if (addr < 0)
		return addr;
	r = map_area(mm, (vaddr_t)addr, VDSO_DATA_SIZE, &vvar_ops);
	if (r >= 0)
		r = map_area(mm, (vaddr_t)addr + VDSO_DATA_SIZE, size, &code_ops);
	return r < 0 ? r : addr + VDSO_DATA_SIZE;
}
