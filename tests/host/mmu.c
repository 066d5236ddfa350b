/* SPDX-License-Identifier: MIT */
/* Simulated RAM and the mmu part of the contract (arch/mmu.h). There is no TLB: flushes have nothing to do. */
#include "host.h"

#include "abi/errno.h"
#include "arch/cpu.h"
#include "arch/mmu.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct {
	int fd;				/* the memory file that is RAM */
	size_t size;
	struct arch_mm *loaded[ARCH_NR_CPUS];	/* each CPU's address space */
	paddr_t *kvmap;			/* frame behind each page of ARCH_KVMAP; mostly untouched */
} ram = { .fd = -1 };

static void map_fixed(uintptr_t at, size_t size, int prot, int flags, off_t offset)
{
	int fd = flags & MAP_ANONYMOUS ? -1 : ram.fd;

	if (mmap((void *)at, size, prot, flags | MAP_FIXED, fd, offset) != (void *)at)
		host_die("cannot map simulated memory");
}

void host_ram_init(size_t size)
{
	if (ram.fd >= 0)
		host_die("host_machine_init() called twice");
	ram.fd = memfd_create("ram", MFD_CLOEXEC);
	ram.size = size;
	if (ram.fd < 0 || ftruncate(ram.fd, (off_t)size))
		host_die("cannot create simulated memory");
	map_fixed(ARCH_DIRECT_MAP, size, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	ram.kvmap = mmap(NULL, (ARCH_KVMAP_END - ARCH_KVMAP_START) / PAGE_SIZE * sizeof(paddr_t),
			 PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (ram.kvmap == MAP_FAILED)
		host_die("cannot create simulated memory");
	map_fixed(ARCH_KVMAP_START, ARCH_KVMAP_END - ARCH_KVMAP_START, PROT_NONE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, 0);
}

int arch_kmap(vaddr_t va, paddr_t pa, size_t size, unsigned prot)
{
	int host_prot = (prot & PTE_PROT_READ ? PROT_READ : 0) | (prot & PTE_PROT_WRITE ? PROT_WRITE : 0);
	size_t at;

	if (pa + size > ram.size)	/* a device: there is none */
		return -ENOMEM;
	map_fixed(va, size, host_prot, MAP_SHARED, (off_t)pa);
	for (at = 0; at < size; at += PAGE_SIZE)
		ram.kvmap[(va + at - ARCH_KVMAP_START) / PAGE_SIZE] = pa + at;
	return 0;
}

paddr_t arch_kvmap_phys(vaddr_t va)
{
	paddr_t pa = ram.kvmap[(va - ARCH_KVMAP_START) / PAGE_SIZE];

	return pa ? pa + (va & (PAGE_SIZE - 1)) : 0;
}

void arch_kclear(vaddr_t va, size_t size)
{
	map_fixed(va, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, 0);
	memset(&ram.kvmap[(va - ARCH_KVMAP_START) / PAGE_SIZE], 0, size / PAGE_SIZE * sizeof(paddr_t));
}

void arch_kflush(vaddr_t start, vaddr_t end)
{
	(void)start;
	(void)end;
}

void arch_kunmap(vaddr_t va, size_t size)
{
	arch_kclear(va, size);
}

void arch_mm_init(struct arch_mm *am, paddr_t root)
{
	*am = (struct arch_mm){ .root = root };
}

void arch_mm_fini(struct arch_mm *am)
{
	unsigned cpu;

	for (cpu = 0; cpu < ARCH_NR_CPUS; cpu++) {
		if (ram.loaded[cpu] == am)
			ram.loaded[cpu] = NULL;
	}
	am->cpus = 0;
}

void arch_mm_activate(struct arch_mm *am)
{
	unsigned cpu = arch_cpu_id();

	if (!am)
		return;
	if (ram.loaded[cpu])
		ram.loaded[cpu]->cpus &= ~(1ULL << cpu);
	ram.loaded[cpu] = am;
	am->cpus |= 1ULL << cpu;
}

void arch_tlb_flush(struct arch_mm *am, vaddr_t start, vaddr_t end, bool tables)
{
	(void)am, (void)start, (void)end, (void)tables;
}

void arch_tlb_flush_local(struct arch_mm *am, vaddr_t start, vaddr_t end)
{
	(void)am, (void)start, (void)end;
}

bool arch_mm_shared(const struct arch_mm *am)
{
	return am->cpus & ~(1ULL << arch_cpu_id());
}

void arch_clear_page(void *page)
{
	memset(page, 0, PAGE_SIZE);
}

void arch_copy_page(void *dst, const void *src)
{
	memcpy(dst, src, PAGE_SIZE);
}

/* Walk the loaded tables as a processor would: every level must allow the access; marks young and dirty. */
void *host_user_ptr(vaddr_t addr, bool write)
{
	struct arch_mm *am = ram.loaded[arch_cpu_id()];
	paddr_t table;
	unsigned level;

	if (!am || addr >= ARCH_USER_MAX)
		return NULL;
	table = am->root;
	for (level = ARCH_PT_ROOT_LEVEL; ; level--) {
		pte_t *slot = (pte_t *)arch_phys_to_virt(table) + arch_pt_index(addr, level);
		pte_t pte = arch_pte_load(slot);
		size_t span = PAGE_SIZE << (9 * level);

		if (!arch_pte_present(pte) || !(pte & HOST_PTE_USER) || (write && !arch_pte_writable(pte)))
			return NULL;
		if (arch_pte_is_leaf(pte, level)) {
			arch_pte_store(slot, pte | HOST_PTE_YOUNG | (write ? HOST_PTE_DIRTY : 0));
			return (char *)arch_phys_to_virt(arch_pte_paddr(pte)) + (addr & (span - 1));
		}
		table = arch_pte_paddr(pte);
	}
}
