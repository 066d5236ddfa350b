/* SPDX-License-Identifier: MIT */
/*
 * The boot CPU's way from entry.asm to core_start().
 *
 * Steps, each needing the ones before: console; CPU features; exception tables (on the per-CPU template, so that a
 * mistake below prints instead of resetting); boot information; page tables; the real per-CPU area; timers.
 * Not here: other CPUs (ap.c), interrupt controllers beyond the local one (irq/).
 */
#include "machine/boot.h"

#include "arch/cpu.h"
#include "arch/debug.h"
#include "arch/upcall.h"
#include "lib/string.h"
#include "machine/apic.h"
#include "machine/copy.h"
#include "machine/desc.h"
#include "machine/features.h"
#include "machine/msr.h"
#include "machine/patch.h"
#include "machine/time.h"

#define CMDLINE_MAX	4096	/* COMMAND_LINE_SIZE is 2048 on Linux/x86; be generous */

struct boot_info boot_info;
extern uintptr_t __stack_chk_guard;	/* core/panic.c */
uintptr_t arch_percpu_offsets[ARCH_NR_CPUS];
__attribute__((section("percpu.first"))) struct arch_cpu arch_cpu;

static struct {
	uint64_t entry_cycles;
	char cmdline[CMDLINE_MAX];
} boot;

static char boot_ist[IST_COUNT * X86_IST_SIZE] __aligned(X86_IST_SIZE) __section(".bss.page_aligned");

void boot_puts(const char *s)
{
	arch_early_write(s, strlen(s));
}

__noreturn void boot_die(const char *why)
{
	boot_puts("coracle: cannot start: ");
	boot_puts(why);
	boot_puts("\n");
	arch_machine_exit(1);
}

paddr_t arch_image_phys(const void *p)
{
	return boot_image_phys(p);
}

uint64_t arch_boot_cycles(void)
{
	return boot.entry_cycles;
}

/* A canary nobody can guess, before any protected function whose return matters is running. */
static __no_stack_protector void guard_init(void)
{
	uint64_t random = 0;

	if (!arch_random64(&random))
		random = boot.entry_cycles * 0x9e3779b97f4a7c15u ^ arch_cycles();
	__stack_chk_guard = random & ~0xffUL;	/* a zero byte stops string overruns */
}

/* The strings the loader left may be overwritten once memory is managed: keep the command line in the image. */
static void take_boot_info(paddr_t info, bool pvh)
{
	if (pvh) {
		pvh_translate(info, &boot_info);
	} else {
		memcpy(&boot_info, arch_phys_to_virt(info), sizeof(boot_info));
		if (boot_info.magic != BOOT_INFO_MAGIC)
			boot_die("the loader's boot_info has a wrong magic number");
	}
	if (boot_info.nr_mem > BOOT_MEM_MAX)
		boot_die("the loader's memory map is too long");
	if (boot_info.cmdline) {
		const char *from = arch_phys_to_virt(boot_info.cmdline);

		memcpy(boot.cmdline, from, strnlen(from, CMDLINE_MAX - 1));
	}
	fw_cfg_append_cmdline(boot.cmdline, CMDLINE_MAX);
	boot_info.cmdline = boot_image_phys(boot.cmdline);
}

/* The per-CPU area proper: a copy of the template, which stays clean for the CPUs to come. */
static void percpu_init_boot(struct arch_cpu *self)
{
	size_t size = (size_t)(__percpu_end - __percpu_start);
	void *area = early_alloc(size, ARCH_CACHE_LINE);

	memcpy(area, __percpu_start, size);
	self->percpu_offset = (uintptr_t)area - (uintptr_t)__percpu_start;
	arch_percpu_offsets[0] = self->percpu_offset;
	wrmsr(MSR_GS_BASE, self->percpu_offset);
	*arch_cpu_of(0) = *self;
	desc_load(0, boot_ist);
}

__noreturn __no_stack_protector void boot_start(paddr_t info, uint64_t entry_cycles, int pvh);
__noreturn __no_stack_protector void boot_start(paddr_t info, uint64_t entry_cycles, int pvh)
{
	static struct arch_cpu self;

	boot.entry_cycles = entry_cycles;
	features_init();
	guard_init();
	desc_init_idt();
	desc_load(0, boot_ist);
	take_boot_info(info, pvh);
	patch_apply();
	early_alloc_init(&boot_info, early_map_bytes(&boot_info) + (size_t)(__percpu_end - __percpu_start));
	cpu_init_registers();
	early_map_init(&boot_info);
	self.kstack_top = (uintptr_t)boot_stack_top;
	percpu_init_boot(&self);
	lapic_init();
	clock_init();
	copy_select();
	core_start(&boot_info);
}
