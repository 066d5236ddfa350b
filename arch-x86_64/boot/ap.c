/* SPDX-License-Identifier: MIT */
/*
 * Starting the other CPUs.
 *
 *	boot CPU                                  CPU n
 *	arch_smp_add_cpu(): number it             (waits for a start-up IPI)
 *	arch_smp_start(): area, stacks for all
 *	INIT to all, then SIPI to all, twice ---> entry.asm: real mode ... long mode
 *	(goes on)                                 finds itself by APIC id, takes its stack
 *	                                          ap_start(): tables, registers, APIC, timer
 *	                                          cpu_online(n): the scheduler has it
 *
 * Nobody waits for anybody; a CPU that never comes is never online. The pauses between INIT and SIPI that the
 * specification gives for discrete APICs are not needed by processors with long mode; the second SIPI is ignored
 * by a CPU that took the first.
 */
#include "arch/smp.h"

#include "abi/errno.h"
#include "arch/cpu.h"
#include "arch/irq.h"
#include "arch/upcall.h"
#include "core/log.h"
#include "lib/string.h"
#include "machine/apic.h"
#include "machine/boot.h"
#include "machine/desc.h"
#include "machine/features.h"
#include "machine/msr.h"
#include "machine/pages.h"
#include "machine/time.h"
#include "mm/page_alloc.h"

#define AP_STACK_ORDER	2
#define AP_IST_ORDER	3
_Static_assert(IST_COUNT * X86_IST_SIZE == PAGE_SIZE << AP_IST_ORDER, "aligned as the allocator aligns");

extern const char ap_trampoline[], ap_trampoline_end[];
__noreturn void ap_start(unsigned cpu);

/* Read by entry.asm. Field legend: [I] once arch_smp_start() sent the first IPI */
uint32_t ap_apic_ids[ARCH_NR_CPUS];	/* [I] */
uintptr_t ap_stacks[ARCH_NR_CPUS];	/* [I] */
uint32_t ap_count = 1;			/* [I] CPUs numbered; 0 is the boot CPU */

static void *ap_ist[ARCH_NR_CPUS];	/* [I] */

int arch_smp_add_cpu(uint32_t apic_id)
{
	if (apic_id == arch_cpu_of(0)->apic_id)
		return 0;
	if (ap_count == ARCH_NR_CPUS)
		return -ENOSPC;
	if (apic_id > 0xff && !x86.x2apic)
		return -ENOSPC;
	ap_apic_ids[ap_count++] = apic_id;
	return 0;
}

unsigned arch_smp_nr_cpus(void)
{
	return ap_count;
}

/* Everything CPU `cpu` needs to run C. -ENOMEM leaves it out. */
static int ap_prepare(unsigned cpu)
{
	size_t size = (size_t)(__percpu_end - __percpu_start);
	unsigned order = 0;
	char *area, *stack;

	while ((PAGE_SIZE << order) < size)
		order++;
	area = kernel_pages_alloc(GFP_KERNEL, order);
	stack = kernel_pages_alloc(GFP_KERNEL, AP_STACK_ORDER);
	ap_ist[cpu] = kernel_pages_alloc(GFP_KERNEL, AP_IST_ORDER);
	if (!area || !stack || !ap_ist[cpu])
		return -ENOMEM;
	memcpy(area, __percpu_start, size);
	arch_percpu_offsets[cpu] = (uintptr_t)area - (uintptr_t)__percpu_start;
	ap_stacks[cpu] = (uintptr_t)stack + (PAGE_SIZE << AP_STACK_ORDER);
	*arch_cpu_of(cpu) = (struct arch_cpu){
		.percpu_offset = arch_percpu_offsets[cpu], .id = cpu, .apic_id = ap_apic_ids[cpu],
		.kstack_top = ap_stacks[cpu],
	};
	return 0;
}

void ap_start(unsigned cpu)
{
	wrmsr(MSR_GS_BASE, arch_percpu_offsets[cpu]);
	desc_load(cpu, ap_ist[cpu]);
	cpu_init_registers();
	write_cr3(kernel_root);
	lapic_init_cpu();
	timer_init_cpu();
	cpu_online(cpu);
}

static void send_all(uint32_t command)
{
	for (unsigned cpu = 1; cpu < ap_count; cpu++)
		lapic_send(ap_apic_ids[cpu], command);
}

void arch_smp_start(void)
{
	size_t size = (size_t)(ap_trampoline_end - ap_trampoline);

	ap_apic_ids[0] = arch_cpu_of(0)->apic_id;
	for (unsigned cpu = 1; cpu < ap_count; cpu++) {
		if (ap_prepare(cpu) < 0) {
			klog(KLOG_WARN, "smp: no memory for CPU %u and later", cpu);
			ap_count = cpu;
		}
	}
	if (ap_count == 1)
		return;
	memcpy(arch_phys_to_virt(AP_TRAMPOLINE), ap_trampoline, size);
	send_all(ICR_INIT | ICR_ASSERT);
	send_all(ICR_STARTUP | ICR_ASSERT | AP_TRAMPOLINE >> 12);
	send_all(ICR_STARTUP | ICR_ASSERT | AP_TRAMPOLINE >> 12);
}
