/* SPDX-License-Identifier: MIT */
/*
 * Descriptor tables: one IDT for all CPUs, a GDT and a TSS for each.
 *
 * The IDT lies in read-only data and is filled before the image is write-protected. #DF, NMI, #MC and #DB run on
 * stacks of their own (IST): they can hit between SWAPGS and the stack switch, or on a broken stack.
 */
#include "machine/desc.h"

#include "arch/cpu.h"
#include "machine/msr.h"
#include "machine/trap.h"

#define NR_VECTORS	256
#define GATE_INTERRUPT	0x8e00u	/* present, DPL 0, 64-bit interrupt gate: clears IF */
#define GATE_DPL3	0x6000u
#define GDT_ENTRIES	16

struct idt_gate {
	uint16_t offset_low, selector;
	uint16_t ist_type;		/* IST in bits 0..2, type and DPL above */
	uint16_t offset_mid;
	uint32_t offset_high, reserved;
};

struct table_ptr {
	uint16_t limit;
	uint64_t base;
} __packed;

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3, iomap_base;
} __packed;

/* Field legend: [c] own CPU */
struct cpu_tables {
	uint64_t gdt[GDT_ENTRIES];	/* [c] */
	uint32_t pad;			/* [c] puts tss.rsp on an 8-byte boundary */
	struct tss tss;			/* [c] */
} __packed __aligned(64);

static __attribute__((section("percpu"))) struct cpu_tables cpu_tables;

/* const for the section's sake; volatile so that nobody believes the zeros. */
static const volatile struct idt_gate idt[NR_VECTORS] __section("idt_gates") __aligned(16);

static uint16_t gate_type(unsigned vector)
{
	switch (vector) {
	case X86_TRAP_DF: return GATE_INTERRUPT | IST_DF;
	case X86_TRAP_NMI: return GATE_INTERRUPT | IST_NMI;
	case X86_TRAP_MC: return GATE_INTERRUPT | IST_MC;
	case X86_TRAP_DB: return GATE_INTERRUPT | IST_DB;
	case X86_TRAP_BP:
	case X86_TRAP_OF: return GATE_INTERRUPT | GATE_DPL3;	/* INT3 and INTO are for programs */
	default: return GATE_INTERRUPT;
	}
}

void desc_init_idt(void)
{
	volatile struct idt_gate *gates = (volatile struct idt_gate *)(uintptr_t)idt;

	for (unsigned v = 0; v < NR_VECTORS; v++) {
		uint64_t entry = (uint64_t)trap_stubs + v * TRAP_STUB_SIZE;

		gates[v].offset_low = (uint16_t)entry;
		gates[v].selector = X86_KERNEL_CS;
		gates[v].ist_type = gate_type(v);
		gates[v].offset_mid = (uint16_t)(entry >> 16);
		gates[v].offset_high = (uint32_t)(entry >> 32);
		gates[v].reserved = 0;
	}
}

static void gdt_fill(struct cpu_tables *t, unsigned cpu)
{
	uint64_t tss = (uint64_t)&t->tss;

	t->gdt[X86_KERNEL_CS >> 3] = 0x00af9b000000ffff;
	t->gdt[X86_KERNEL_DS >> 3] = 0x00cf93000000ffff;
	t->gdt[X86_USER32_CS >> 3] = 0x00cffb000000ffff;
	t->gdt[X86_USER_DS >> 3] = 0x00cff3000000ffff;
	t->gdt[X86_USER_CS >> 3] = 0x00affb000000ffff;
	/* Available 64-bit TSS, two entries. */
	t->gdt[X86_TSS_SEL >> 3] = (sizeof(struct tss) - 1) | (tss & 0xffffff) << 16 | 0x89UL << 40 |
				   (tss >> 24 & 0xff) << 56;
	t->gdt[(X86_TSS_SEL >> 3) + 1] = tss >> 32;
	/* Expand-up data, DPL 3, byte limit = CPU number (node 0). */
	t->gdt[X86_CPU_SEL >> 3] = 0x0040f10000000000 | (cpu & 0xffff);
}

static void load_segments(void)
{
	__asm__ __volatile__(
		"mov %0, %%ds; mov %0, %%es; mov %0, %%fs; mov %1, %%ss\n\t"
		"push %2; lea 1f(%%rip), %%rax; push %%rax; lretq\n1:"
		: : "r"(0), "r"(X86_KERNEL_DS), "i"(X86_KERNEL_CS) : "rax", "memory");
}

void desc_load(unsigned cpu, void *ist_stacks)
{
	struct arch_cpu *self = arch_this_cpu();
	struct cpu_tables *t = (struct cpu_tables *)((uintptr_t)&cpu_tables + self->percpu_offset);
	struct table_ptr gdtr = { sizeof(t->gdt) - 1, (uint64_t)t->gdt };
	struct table_ptr idtr = { sizeof(idt) - 1, (uint64_t)idt };

	self->tables = t;
	gdt_fill(t, cpu);
	for (unsigned i = 0; i < IST_COUNT; i++) {
		uint64_t top = (uint64_t)ist_stacks + (i + 1) * X86_IST_SIZE;

		*(uint64_t *)(top - 8) = self->percpu_offset;
		t->tss.ist[i] = top - 16;
	}
	t->tss.iomap_base = sizeof(struct tss);
	t->tss.rsp[0] = self->kstack_top;
	__asm__ __volatile__("lgdt %0" : : "m"(gdtr));
	load_segments();
	__asm__ __volatile__("lidt %0" : : "m"(idtr));
	__asm__ __volatile__("ltr %w0" : : "r"(X86_TSS_SEL));
	/* At reset its limit is 64 KiB: selectors of programs would find descriptors in their own low memory. */
	__asm__ __volatile__("lldt %w0" : : "r"(0));
}

void desc_set_kstack(uintptr_t top)
{
	struct arch_cpu *self = arch_this_cpu();

	self->kstack_top = top;
	self->tables->tss.rsp[0] = top;
}
