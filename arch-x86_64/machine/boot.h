/* SPDX-License-Identifier: MIT */
/*
 * machine/boot.h: what the boot files share with each other and with the rest of arch-x86_64/.
 */
#pragma once

#include "arch/boot.h"
#include "arch/mmu.h"

extern char kernel_image_start[], kernel_image_end[], boot_stack_bottom[], boot_stack_top[];
extern pte_t boot_pml4[];
extern struct boot_info boot_info;

static inline paddr_t boot_image_phys(const void *p)
{
	return (paddr_t)p - ARCH_KERNEL_BASE;
}

/* boot/pvh.c: translate hvm_start_info into *bi. */
void pvh_translate(paddr_t start_info, struct boot_info *bi);

/* boot/fw_cfg.c: what QEMU was told to add to the command line comes behind `text`, in a buffer of `room` bytes. */
void fw_cfg_append_cmdline(char *text, size_t room);

/* boot/early_alloc.c: physical pages before mm/. Zeroed, below 4 GiB; never fails (halts with a message). */
void early_alloc_init(const struct boot_info *bi, size_t bytes);
void *early_alloc(size_t bytes, size_t align);

/* boot/early_map.c: make the kernel's page tables and load them. */
void early_map_init(const struct boot_info *bi);
size_t early_map_bytes(const struct boot_info *bi);
extern paddr_t kernel_root;		/* the kernel's own page-table root [I] */
/* Fill the kernel half of a fresh root. */
void kernel_root_copy(pte_t *root);

/* boot/start.c: say why and stop. */
__noreturn void boot_die(const char *why);
void boot_puts(const char *s);

#define AP_TRAMPOLINE	0x8000UL	/* page below 1 MiB other CPUs start in: reserved for ever */
