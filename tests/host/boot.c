/* SPDX-License-Identifier: MIT */
/* Start and end of the hosted machine: boot_info, the early console, last words (arch/boot.h, arch/debug.h). */
#include "host.h"

#include "arch/boot.h"
#include "arch/clock.h"
#include "arch/cpu.h"
#include "arch/debug.h"
#include "arch/mmu.h"
#include "arch/upcall.h"

#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RAM_DEFAULT	(64UL << 20)
#define LOW_RESERVED	(1UL << 20)	/* as on a PC: the first MiB is not RAM */

static struct {
	struct boot_info info;
	char cmdline[1024];
} boot;

/* Bounds of a kernel image there is none of: empty ranges. */
char __text_start[1], __text_end[1], __rodata_start[1], __rodata_end[1], __bss_end[1];
char __percpu_start[1], __percpu_end[1];

void host_die(const char *why)
{
	fflush(stdout);
	fprintf(stderr, "hosted machine: %s\n", why);
	abort();
}

void host_machine_init(const struct host_options *options)
{
	size_t size = options && options->ram_size ? options->ram_size : RAM_DEFAULT;
	struct boot_info *bi = &boot.info;

	host_ram_init(size);
	host_cpus_init(options && options->nr_cpus ? options->nr_cpus : 1, options ? options->interleave_seed : 0);
	snprintf(boot.cmdline, sizeof(boot.cmdline), "%s", options && options->cmdline ? options->cmdline : "");
	bi->magic = BOOT_INFO_MAGIC;
	bi->nr_mem = 1;
	bi->mem[0] = (struct boot_mem_range){ LOW_RESERVED, size - LOW_RESERVED, BOOT_MEM_USABLE, 0 };
	/* A physical address: the string is put where RAM begins, in the part that is not given out. */
	memcpy(arch_phys_to_virt(0x1000), boot.cmdline, sizeof(boot.cmdline));
	bi->cmdline = 0x1000;
}

const struct boot_info *host_boot_info(void)
{
	return &boot.info;
}

static void boot_main(void *arg)
{
	(void)arg;
	core_start(&boot.info);
}

void host_boot(void)
{
	struct host_fiber *start = host_fiber_new(boot_main, NULL), *self = host_cpu->fiber;

	host_cpu->fiber = start;
	host_fiber_switch(self, start);
	host_die("the kernel came back from core_start()");
}

void arch_boot_reserved(void (*fn)(paddr_t base, size_t size, void *arg), void *arg)
{
	(void)fn;
	(void)arg;
}

/* The image is an ordinary program's: nothing in it is simulated RAM. */
paddr_t arch_image_phys(const void *p)
{
	(void)p;
	return 0;
}

uint64_t arch_boot_cycles(void)
{
	return 0;
}

int64_t arch_boot_entry_ns(void)
{
	return 0;
}

void arch_early_write(const char *s, size_t n)
{
	fwrite(s, 1, n, stderr);
}

unsigned arch_backtrace(uintptr_t *pc, unsigned max, const struct thread *t, const struct arch_regs *regs)
{
	void *addresses[64];
	int n;

	if (t || regs)
		return 0;
	n = backtrace(addresses, max < 64 ? (int)max : 64);
	memcpy(pc, addresses, (size_t)n * sizeof(pc[0]));
	return (unsigned)n;
}

void arch_regs_capture(struct arch_regs *out)
{
	*out = (struct arch_regs){ .ip = (uintptr_t)__builtin_return_address(0),
				   .sp = (uintptr_t)__builtin_frame_address(0) };
}

void arch_regs_print(const struct arch_regs *regs, void (*emit)(const char *line))
{
	char line[100];

	snprintf(line, sizeof(line), "ip %lx sp %lx call %ld", regs->ip, regs->sp, regs->nr);
	emit(line);
}

void arch_machine_halt(void)
{
	host_die("the kernel halted");
}

void arch_machine_reset(void)
{
	host_die("the kernel reset the machine");
}

void arch_machine_exit(unsigned code)
{
	fflush(NULL);
	if (code)
		abort();	/* a panic: leave a trace of where */
	_exit(0);
}

void arch_breakpoint(void)
{
	__builtin_trap();
}
