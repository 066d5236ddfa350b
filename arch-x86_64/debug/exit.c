/* SPDX-License-Identifier: MIT */
/* Ending the machine, without help from drivers. ACPI power-off is dev/acpi's. */
#include "arch/debug.h"

#include "arch/cpu.h"
#include "arch/io.h"
#include "arch/irq.h"
#include "arch/smp.h"

#define PORT_DEBUG_EXIT	0xf4	/* QEMU -device isa-debug-exit,iobase=0xf4,iosize=4: status (code << 1) | 1 */
#define PORT_RESET	0xcf9	/* chipset reset control */
#define PORT_KBD	0x64
#define KBD_BUSY	0x02
#define KBD_PULSE_RESET	0xfe

void arch_machine_halt(void)
{
	arch_irq_disable();
	for (;;)
		__asm__ __volatile__("hlt");
}

static void keyboard_reset(void)
{
	for (unsigned i = 0; i < 10000 && (arch_in8(PORT_KBD) & KBD_BUSY); i++)
		arch_cpu_relax();
	arch_out8(PORT_KBD, KBD_PULSE_RESET);
}

static void triple_fault(void)
{
	static const struct {
		uint16_t limit;
		uint64_t base;
	} __packed none;

	__asm__ __volatile__("lidt %0; int3" : : "m"(none));
}

void arch_machine_reset(void)
{
	arch_irq_disable();
	arch_out8(PORT_RESET, 0x02);
	arch_out8(PORT_RESET, 0x06);
	for (unsigned i = 0; i < 100000; i++)
		arch_cpu_relax();
	keyboard_reset();
	for (unsigned i = 0; i < 100000; i++)
		arch_cpu_relax();
	triple_fault();
	arch_machine_halt();
}

void arch_machine_exit(unsigned code)
{
	arch_irq_disable();
	if (code)
		arch_out32(PORT_DEBUG_EXIT, code);
	arch_machine_halt();
}

void arch_breakpoint(void)
{
	__asm__ __volatile__("int3");
}
