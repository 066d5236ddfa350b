/* SPDX-License-Identifier: MIT */
/*
 * elf: headers, placement and mapping of a program and its interpreter.
 *
 * Placement. ET_EXEC: where it says. ET_DYN with an interpreter: around two thirds of the address space, at a
 * random page. ET_DYN without (static PIE, or the loader run directly) and the interpreter: in the mmap area. The whole
 * extent is reserved by the first segment's mapping, so that segments keep their distance.
 *
 * What fails before the point of no return gives the caller an error, what fails later (mapping) ends
 * the process: the order of checks is Linux's, as programs and tests can see it.
 */
#include "abi/elf.h"
#include "abi/errno.h"
#include "abi/limits.h"
#include "abi/mman.h"
#include "core/random.h"
#include "exec/internal.h"
#include "lib/align.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/mmap.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "vfs/exec.h"
#include "vfs/file.h"

#define ELF_DYN_BASE	((ARCH_USER_MAX / 3 * 2) & PAGE_MASK)
#define ELF_DYN_RANDOM_PAGES	(1UL << 28)	/* mmap_rnd_bits of x86-64 */
#define ELF_PHDRS_MAX	65536			/* bytes: Linux's limit on the table */

static int read_exact(struct file *file, void *buf, size_t size, loff_t pos)
{
	ssize_t n = pos < 0 ? -EINVAL : file_kernel_read(file, buf, size, pos);

	if (n < 0)
		return (int)n;
	return (size_t)n == size ? 0 : -EIO;
}

static bool header_ok(const Elf64_Ehdr *e)
{
	return !memcmp(e->e_ident, ELFMAG, SELFMAG) && (e->e_type == ET_EXEC || e->e_type == ET_DYN) &&
	       e->e_machine == EM_X86_64;
}

/* Program headers of a file; kmalloc'd. */
static int read_phdrs(struct file *file, const Elf64_Ehdr *e, Elf64_Phdr **out)
{
	size_t size = (size_t)e->e_phnum * sizeof(Elf64_Phdr);
	Elf64_Phdr *p;
	int err;

	if (e->e_phentsize != sizeof(Elf64_Phdr) || size == 0 || size > ELF_PHDRS_MAX)
		return -ENOEXEC;
	p = kmalloc(size, GFP_KERNEL);
	if (!p)
		return -ENOMEM;
	err = read_exact(file, p, size, e->e_phoff);
	if (err) {
		kfree(p);
		return -ENOEXEC;	/* whatever it was: as Linux */
	}
	*out = p;
	return 0;
}

static int open_interpreter(struct exec_image *img, const Elf64_Phdr *ph)
{
	char *name;
	int err;

	if (ph->p_filesz > PATH_MAX || ph->p_filesz < 2)
		return -ENOEXEC;
	name = kmalloc(ph->p_filesz, GFP_KERNEL);
	if (!name)
		return -ENOMEM;
	err = read_exact(img->file, name, ph->p_filesz, ph->p_offset);
	if (!err && name[ph->p_filesz - 1])
		err = -ENOEXEC;
	if (!err)
		err = exec_open(AT_FDCWD, name, LOOKUP_FOLLOW, &img->interp_file, NULL);
	kfree(name);
	if (err)
		return err;
	return read_exact(img->interp_file, &img->interp_ehdr, sizeof(img->interp_ehdr), 0);
}

static int check_interpreter(struct exec_image *img)
{
	int err;

	if (!header_ok(&img->interp_ehdr))
		return -ELIBBAD;
	err = read_phdrs(img->interp_file, &img->interp_ehdr, &img->interp_phdr);
	return err == -ENOEXEC ? -ELIBBAD : err;
}

int elf_prepare(struct exec_image *img)
{
	int err;

	memcpy(&img->ehdr, img->head, sizeof(img->ehdr));
	if (!header_ok(&img->ehdr))
		return -ENOEXEC;
	err = read_phdrs(img->file, &img->ehdr, &img->phdr);
	if (err)
		return err;
	img->layout.exec_stack = true;		/* without PT_GNU_STACK, as Linux on x86 for old files */
	for (unsigned i = 0; i < img->ehdr.e_phnum; i++) {
		const Elf64_Phdr *ph = &img->phdr[i];

		if (ph->p_type == PT_GNU_STACK)
			img->layout.exec_stack = ph->p_flags & PF_X;
		if (ph->p_type == PT_INTERP && !img->interp_file) {
			err = open_interpreter(img, ph);
			if (err)
				return err;
		}
	}
	return img->interp_file ? check_interpreter(img) : 0;
}

static unsigned segment_prot(const Elf64_Phdr *ph)
{
	return (ph->p_flags & PF_R ? PROT_READ : 0) | (ph->p_flags & PF_W ? PROT_WRITE : 0) |
	       (ph->p_flags & PF_X ? PROT_EXEC : 0);
}

/* Address range of all PT_LOADs: page-aligned start and byte end. 0 size: none. */
static int load_extent(const Elf64_Phdr *phdr, unsigned n, vaddr_t *start, vaddr_t *end)
{
	*start = UINT64_MAX;
	*end = 0;
	for (unsigned i = 0; i < n; i++) {
		if (phdr[i].p_type != PT_LOAD)
			continue;
		if (phdr[i].p_vaddr + phdr[i].p_memsz < phdr[i].p_vaddr ||
		    phdr[i].p_vaddr + phdr[i].p_memsz > ARCH_USER_MAX || phdr[i].p_filesz > phdr[i].p_memsz)
			return -EINVAL;
		*start = min(*start, ALIGN_DOWN(phdr[i].p_vaddr, PAGE_SIZE));
		*end = max(*end, phdr[i].p_vaddr + phdr[i].p_memsz);
	}
	return *end ? 0 : -EINVAL;
}

static unsigned long max_alignment(const Elf64_Phdr *phdr, unsigned n)
{
	unsigned long align = PAGE_SIZE;

	for (unsigned i = 0; i < n; i++) {
		if (phdr[i].p_type == PT_LOAD && phdr[i].p_align > align &&
		    !(phdr[i].p_align & (phdr[i].p_align - 1)))
			align = phdr[i].p_align;
	}
	return align;
}

/*
 * Zero from the end of the file's bytes to the end of that page, past the segment's end too (glibc's loader takes its
 * first memory from there), and map anonymous pages for the rest of the segment.
 */
static int map_bss(struct mm *mm, vaddr_t file_end, vaddr_t mem_end, unsigned prot)
{
	vaddr_t page_end = ALIGN_UP(file_end, PAGE_SIZE);
	long ret;

	if (mem_end <= file_end)
		return 0;
	if (page_end > file_end && (prot & PROT_WRITE) && clear_user((void __user *)file_end, page_end - file_end))
		return -EFAULT;
	if (ALIGN_UP(mem_end, PAGE_SIZE) <= page_end)
		return 0;
	ret = mm_map_anon_fixed(mm, page_end, ALIGN_UP(mem_end, PAGE_SIZE) - page_end, prot);
	return ret < 0 ? (int)ret : 0;
}

static int map_segment(struct mm *mm, struct file *file, const Elf64_Phdr *ph, unsigned long bias)
{
	vaddr_t addr = ph->p_vaddr + bias, start = ALIGN_DOWN(addr, PAGE_SIZE);
	size_t lead = addr - start;
	unsigned prot = segment_prot(ph);
	long ret;

	if ((ph->p_offset & ~PAGE_MASK) != (ph->p_vaddr & ~PAGE_MASK))
		return -EINVAL;
	if (ph->p_filesz) {
		ret = vfs_map_exec(mm, file, start, ph->p_filesz + lead, prot, ph->p_offset - lead);
		if (ret < 0)
			return (int)ret;
		return map_bss(mm, addr + ph->p_filesz, addr + ph->p_memsz, prot);
	}
	if (!ph->p_memsz)
		return 0;
	ret = mm_map_anon_fixed(mm, start, ALIGN_UP(ph->p_memsz + lead, PAGE_SIZE), prot);
	return ret < 0 ? (int)ret : 0;
}

/* Map all PT_LOADs at `bias`. */
static int map_segments(struct mm *mm, struct file *file, const Elf64_Phdr *phdr, unsigned n, unsigned long bias)
{
	int err = 0;

	for (unsigned i = 0; i < n && !err; i++) {
		if (phdr[i].p_type == PT_LOAD)
			err = map_segment(mm, file, &phdr[i], bias);
	}
	return err;
}

/* Find room for [start, end) of an ET_DYN file. hint 0: anywhere in the mmap area. */
static int place(struct mm *mm, vaddr_t start, vaddr_t end, unsigned long align, vaddr_t hint, unsigned long *bias)
{
	size_t size = ALIGN_UP(end - start, PAGE_SIZE) + (align > PAGE_SIZE ? align : 0);
	long base = hint ? (long)ALIGN_DOWN(hint, align) : mm_find_area(mm, 0, size);

	if (base < 0)
		return (int)base;
	*bias = ALIGN_UP((unsigned long)base, align) - ALIGN_DOWN(start, align);
	return 0;
}

static int map_interpreter(struct exec_image *img)
{
	unsigned n = img->interp_ehdr.e_phnum;
	vaddr_t start, end;
	unsigned long bias = 0;
	int err = load_extent(img->interp_phdr, n, &start, &end);

	if (!err && img->interp_ehdr.e_type == ET_DYN)
		err = place(img->mm, start, end, max_alignment(img->interp_phdr, n), 0, &bias);
	if (!err)
		err = map_segments(img->mm, img->interp_file, img->interp_phdr, n, bias);
	if (err)
		return err;
	img->layout.interp_base = bias;
	img->layout.entry = img->interp_ehdr.e_entry + bias;
	return img->layout.entry >= ARCH_USER_MAX ? -EINVAL : 0;
}

/* Code, data and brk bounds, and where the program headers lie in memory. */
static void note_layout(struct exec_image *img, unsigned long bias)
{
	struct exec_layout *l = &img->layout;
	const Elf64_Ehdr *e = &img->ehdr;

	l->start_code = UINT64_MAX;
	for (unsigned i = 0; i < e->e_phnum; i++) {
		const Elf64_Phdr *ph = &img->phdr[i];
		vaddr_t addr = ph->p_vaddr + bias, file_end = addr + ph->p_filesz;

		if (ph->p_type != PT_LOAD)
			continue;
		if (e->e_phoff >= ph->p_offset && e->e_phoff < ph->p_offset + ph->p_filesz)
			l->phdr = e->e_phoff - ph->p_offset + addr;
		if ((ph->p_flags & PF_X) && addr < l->start_code)
			l->start_code = addr;
		if (addr > l->start_data)
			l->start_data = addr;
		if ((ph->p_flags & PF_X) && file_end > l->end_code)
			l->end_code = file_end;
		l->end_data = max(l->end_data, file_end);
		l->brk = max(l->brk, addr + ph->p_memsz);
	}
	l->phnum = e->e_phnum;
	l->program_entry = e->e_entry + bias;
}

int elf_map(struct exec_image *img)
{
	unsigned n = img->ehdr.e_phnum;
	unsigned long bias = 0, align = max_alignment(img->phdr, n);
	vaddr_t start, end, hint = 0;
	int err = load_extent(img->phdr, n, &start, &end);

	if (err)
		return err;
	if (img->ehdr.e_type == ET_DYN) {
		if (img->interp_file)
			hint = ELF_DYN_BASE + (mm_randomize(img->mm) ?
					       (random_u64() % ELF_DYN_RANDOM_PAGES) << PAGE_SHIFT : 0);
		err = place(img->mm, start, end, align, hint, &bias);
		if (err)
			return err;
	}
	err = map_segments(img->mm, img->file, img->phdr, n, bias);
	if (err)
		return err;
	note_layout(img, bias);
	img->layout.entry = img->layout.program_entry;
	if (img->interp_file)
		return map_interpreter(img);
	return img->layout.entry >= ARCH_USER_MAX ? -EINVAL : 0;
}
