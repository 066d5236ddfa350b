/* SPDX-License-Identifier: MIT */
/*
 * Address spaces on CPUs, and getting stale translations out of them.
 *
 * Model. Each address space has a generation, tlb_gen, that a flush request raises. Each CPU keeps ARCH_CPU_ASIDS
 * slots (PCIDs 1..n; one slot without PCID), each remembering which address space's translations it may hold and
 * up to which generation they are clean. Loading an address space whose slot is current costs no flush; a slot
 * that is behind is flushed whole. mm->cpus says who has it loaded: only they must be told at once.
 *
 * Shootdown. The requester fills its own request, marks itself in each target's inbox, interrupts the targets and
 * waits, with interrupts on and no lock held, so that it serves others' requests meanwhile:
 *
 *	requester                                 target (loading the mm)
 *	clear the page-table entry                set its bit in mm->cpus
 *	raise tlb_gen        (full barrier)       full barrier
 *	read mm->cpus, interrupt those in it      read tlb_gen, flush if the slot is behind
 *
 * Either the requester sees the target's bit, or the target sees the new generation.
 *
 * Lazy CPUs. A CPU that went idle or to a kernel thread keeps the last mm loaded. It uses no user translation, so it
 * need not be interrupted for a range: when it goes back to user work it compares generations. It is
 * told when page tables themselves are to be freed (the processor may walk them on its own), and then leaves the mm.
 *
 * Invariant: arch_tlb_flush() returned => no CPU uses a translation older than the call.
 */
#include "arch/mmu.h"

#include "arch/cpu.h"
#include "arch/irq.h"
#include "arch/smp.h"
#include "machine/apic.h"
#include "machine/boot.h"
#include "machine/desc.h"
#include "machine/features.h"
#include "machine/msr.h"
#include "machine/tlb.h"
#include "sync/percpu.h"

#define FLUSH_ALL_PAGES	33	/* above this many pages one full flush is cheaper */
#define EVERYTHING	UINT64_MAX

/* Field legend: [o] the owning CPU, between requests, [a] atomic */
struct tlb_request {
	struct arch_mm *mm;		/* [o] NULL: kernel translations */
	vaddr_t start, end;		/* [o] */
	uint64_t gen;			/* [o] tlb_gen this request brings the mm to */
	bool tables;			/* [o] paging structures too; lazy CPUs leave the mm */
	uint64_t waiting;		/* [a] CPUs that have not answered */
};

static DEFINE_PER_CPU(struct tlb_request, tlb_request);
static DEFINE_PER_CPU(uint64_t, tlb_inbox);	/* [a] CPUs whose request this CPU is to serve */
static uint64_t next_ctx_id = 1;		/* [a] */

static uint64_t cpu_bit(unsigned cpu)
{
	return 1UL << cpu;
}

/* --- This CPU --- */

static void flush_user_all(void)
{
	/* The value without CR3_NOFLUSH: drops everything of the PCID in force that is not global. */
	write_cr3(read_cr3());
}

static void flush_global_all(void)
{
	unsigned long cr4 = read_cr4();

	write_cr4(cr4 & ~CR4_PGE);	/* every PCID, globals included */
	write_cr4(cr4);
}

static void flush_range_local(vaddr_t start, vaddr_t end)
{
	for (vaddr_t va = start & PAGE_MASK; va < end; va += PAGE_SIZE)
		invlpg(va);
}

static bool range_is_large(vaddr_t start, vaddr_t end)
{
	return (end - start) >> PAGE_SHIFT >= FLUSH_ALL_PAGES;
}

static unsigned nr_asids(void)
{
	return x86.pcid ? ARCH_CPU_ASIDS : 1;
}

/* Slot holding am's translations, or one taken from another. *flush: what it holds is of no use. */
static unsigned asid_choose(struct arch_cpu *self, const struct arch_mm *am, uint64_t gen, bool *flush)
{
	unsigned slot;

	for (slot = 0; slot < nr_asids(); slot++) {
		if (self->asids[slot].ctx_id != am->ctx_id)
			continue;
		*flush = self->asids[slot].tlb_gen != gen || !x86.pcid;
		self->asids[slot].tlb_gen = gen;
		return slot;
	}
	slot = self->asid_next++ % nr_asids();
	self->asids[slot] = (struct asid_slot){ .ctx_id = am->ctx_id, .tlb_gen = gen };
	*flush = true;
	return slot;
}

static void leave_mm(struct arch_cpu *self)
{
	struct arch_mm *old = self->loaded_mm;

	if (!old)
		return;
	write_cr3(kernel_root);
	WRITE_ONCE(self->loaded_mm, NULL);
	WRITE_ONCE(self->lazy, false);
	__atomic_fetch_and(&old->cpus, ~cpu_bit(self->id), __ATOMIC_SEQ_CST);
}

/* Load am, which is not loaded. */
static void enter_mm(struct arch_cpu *self, struct arch_mm *am)
{
	struct arch_mm *old = self->loaded_mm;
	bool flush;
	uint64_t gen;
	unsigned slot;

	__atomic_fetch_or(&am->cpus, cpu_bit(self->id), __ATOMIC_SEQ_CST);	/* barrier: drawing above */
	gen = __atomic_load_n(&am->tlb_gen, __ATOMIC_SEQ_CST);
	slot = asid_choose(self, am, gen, &flush);
	self->asid = slot;
	write_cr3(am->root | (x86.pcid ? slot + 1 : 0) | (x86.pcid && !flush ? CR3_NOFLUSH : 0));
	WRITE_ONCE(self->loaded_mm, am);
	WRITE_ONCE(self->lazy, false);
	if (old)
		__atomic_fetch_and(&old->cpus, ~cpu_bit(self->id), __ATOMIC_SEQ_CST);
}

/* am is loaded and was lazy: catch up with flushes it was spared. */
static void leave_lazy(struct arch_cpu *self, struct arch_mm *am)
{
	struct asid_slot *slot = &self->asids[self->asid];
	uint64_t gen;

	__atomic_store_n(&self->lazy, false, __ATOMIC_SEQ_CST);	/* barrier: pairs with targets_of() */
	gen = __atomic_load_n(&am->tlb_gen, __ATOMIC_SEQ_CST);
	if (slot->tlb_gen == gen)
		return;
	flush_user_all();
	slot->tlb_gen = gen;
}

void arch_mm_activate(struct arch_mm *am)
{
	struct arch_cpu *self = arch_this_cpu();

	if (!am) {
		if (self->loaded_mm)
			WRITE_ONCE(self->lazy, true);
		return;
	}
	if (self->loaded_mm != am)
		enter_mm(self, am);
	else if (self->lazy)
		leave_lazy(self, am);
}

void arch_mm_init(struct arch_mm *am, paddr_t root)
{
	*am = (struct arch_mm){
		.root = root, .ctx_id = __atomic_fetch_add(&next_ctx_id, 1, __ATOMIC_RELAXED), .tlb_gen = 1,
	};
	kernel_root_copy(arch_phys_to_virt(root));
}

bool arch_mm_shared(const struct arch_mm *am)
{
	return __atomic_load_n(&am->cpus, __ATOMIC_ACQUIRE) & ~cpu_bit(arch_cpu_id());
}

/* --- Requests --- */

/* Do on this CPU what r asks. Interrupts off. */
static void serve(const struct tlb_request *r)
{
	struct arch_cpu *self = arch_this_cpu();
	struct asid_slot *slot = &self->asids[self->asid];

	if (!r->mm) {
		if (range_is_large(r->start, r->end))
			flush_global_all();
		else
			flush_range_local(r->start, r->end);
		return;
	}
	if (self->loaded_mm != r->mm)	/* left it meanwhile: its slot is behind and will be flushed on the next load */
		return;
	if (self->lazy && r->tables) {
		leave_mm(self);
		return;
	}
	/* A range brings the slot to r->gen only if nothing before it was missed. */
	if (slot->tlb_gen + 1 == r->gen && !range_is_large(r->start, r->end)) {
		flush_range_local(r->start, r->end);
		slot->tlb_gen = r->gen;
	} else if (slot->tlb_gen < r->gen) {
		slot->tlb_gen = __atomic_load_n(&r->mm->tlb_gen, __ATOMIC_SEQ_CST);
		flush_user_all();
	}
}

void tlb_ipi(void)
{
	unsigned self = arch_cpu_id();
	uint64_t from = __atomic_exchange_n(this_cpu_ptr(&tlb_inbox), 0, __ATOMIC_SEQ_CST);

	while (from) {
		unsigned cpu = (unsigned)__builtin_ctzll(from);
		struct tlb_request *r = per_cpu_ptr(&tlb_request, cpu);

		serve(r);
		from &= from - 1;
		__atomic_fetch_and(&r->waiting, ~cpu_bit(self), __ATOMIC_RELEASE);	/* pairs with the wait */
	}
}

/* Of the CPUs in `loaded`, those that must act now. */
static uint64_t targets_of(const struct tlb_request *r, uint64_t loaded)
{
	uint64_t targets = 0;

	for (uint64_t left = loaded; left; left &= left - 1) {
		unsigned cpu = (unsigned)__builtin_ctzll(left);

		if (!r->tables && __atomic_load_n(&arch_cpu_of(cpu)->lazy, __ATOMIC_SEQ_CST))
			continue;
		targets |= cpu_bit(cpu);
	}
	return targets;
}

static void send_and_wait(struct tlb_request *r, uint64_t targets)
{
	uint64_t me = cpu_bit(arch_cpu_id());

	__atomic_store_n(&r->waiting, targets, __ATOMIC_RELEASE);
	for (uint64_t left = targets; left; left &= left - 1) {
		unsigned cpu = (unsigned)__builtin_ctzll(left);

		__atomic_fetch_or(per_cpu_ptr(&tlb_inbox, cpu), me, __ATOMIC_SEQ_CST);
		lapic_send(arch_cpu_of(cpu)->apic_id, ICR_ASSERT | VECTOR_TLB);
	}
	while (__atomic_load_n(&r->waiting, __ATOMIC_ACQUIRE))
		arch_cpu_relax();
}

void arch_tlb_flush(struct arch_mm *am, vaddr_t start, vaddr_t end, bool tables)
{
	struct tlb_request *r = this_cpu_ptr(&tlb_request);
	uint64_t me = cpu_bit(arch_cpu_id()), others;
	unsigned long flags;

	r->mm = am;
	r->start = start;
	r->end = end;
	r->tables = tables;
	r->gen = __atomic_add_fetch(&am->tlb_gen, 1, __ATOMIC_SEQ_CST);
	flags = arch_irq_save();
	serve(r);
	arch_irq_restore(flags);
	others = targets_of(r, __atomic_load_n(&am->cpus, __ATOMIC_SEQ_CST) & ~me);
	if (others)
		send_and_wait(r, others);
}

void arch_tlb_flush_local(struct arch_mm *am, vaddr_t start, vaddr_t end)
{
	if (arch_cpu_read(loaded_mm) != am)
		return;
	if (range_is_large(start, end))
		flush_user_all();
	else
		flush_range_local(start, end);
}

void tlb_flush_kernel(vaddr_t start, vaddr_t end)
{
	struct tlb_request *r = this_cpu_ptr(&tlb_request);
	uint64_t others = cpus_online() & ~cpu_bit(arch_cpu_id());
	unsigned long flags;

	*r = (struct tlb_request){ .start = start, .end = end };
	flags = arch_irq_save();
	serve(r);
	arch_irq_restore(flags);
	if (others)
		send_and_wait(r, others);
}

void arch_mm_fini(struct arch_mm *am)
{
	struct tlb_request *r = this_cpu_ptr(&tlb_request);
	struct arch_cpu *self = arch_this_cpu();
	unsigned long flags = arch_irq_save();
	uint64_t others;

	if (self->loaded_mm == am)
		leave_mm(self);
	arch_irq_restore(flags);
	others = __atomic_load_n(&am->cpus, __ATOMIC_SEQ_CST);
	if (!others)
		return;
	*r = (struct tlb_request){ .mm = am, .end = EVERYTHING, .tables = true, .gen = am->tlb_gen + 1 };
	send_and_wait(r, others);
}
