/* SPDX-License-Identifier: MIT */
/*
 * Which copy and clear routine is fastest on this machine, and the C side of user accesses.
 *
 * REP MOVS/STOS are microcode of varying worth, and loops inside an emulator; CPUID's ERMS and FSRM flags tell of
 * real processors only. So each pair is timed once at boot on two pages, best of three: some thousand instructions.
 */
#include "arch/mmu.h"

#include "abi/errno.h"
#include "arch/cpu.h"
#include "arch/uaccess.h"
#include "lib/string.h"
#include "machine/copy.h"

void copy_page_words(void *dst, const void *src);
void copy_page_rep(void *dst, const void *src);
void clear_page_words(void *page);
void clear_page_rep(void *page);

int user_load8(uint64_t *value, const void __user *from);
int user_load16(uint64_t *value, const void __user *from);
int user_load32(uint64_t *value, const void __user *from);
int user_load64(uint64_t *value, const void __user *from);
int user_store8(uint64_t value, void __user *to);
int user_store16(uint64_t value, void __user *to);
int user_store32(uint64_t value, void __user *to);
int user_store64(uint64_t value, void __user *to);
int user_cmpxchg32(uint32_t __user *uaddr, uint32_t *expected, uint32_t desired);
int user_xchg32(uint32_t __user *uaddr, uint32_t *value);
int user_xadd32(uint32_t __user *uaddr, uint32_t *value);

#define TRIES	3

/* Field legend: all [I] after copy_select() */
enum copy_rep { COPY_WORDS, COPY_MOVSB, COPY_MOVSQ };
uint8_t copy_use_rep;			/* known to copy.asm: enum copy_rep, for large user copies */
static struct {
	bool copy_rep, clear_rep;
} chosen;

static char scratch[2 * PAGE_SIZE] __aligned(PAGE_SIZE);

static void movsb(void *dst, const void *src)
{
	size_t n = PAGE_SIZE;

	__asm__ __volatile__("rep movsb" : "+D"(dst), "+S"(src), "+c"(n) : : "memory");
}

static uint64_t time_copy(void (*fn)(void *dst, const void *src))
{
	uint64_t best = UINT64_MAX;

	for (unsigned i = 0; i < TRIES; i++) {
		uint64_t start = arch_cycles();

		fn(scratch, scratch + PAGE_SIZE);
		best = min_t(uint64_t, best, arch_cycles() - start);
	}
	return best;
}

static uint64_t time_clear(void (*fn)(void *page))
{
	uint64_t best = UINT64_MAX;

	for (unsigned i = 0; i < TRIES; i++) {
		uint64_t start = arch_cycles();

		fn(scratch);
		best = min_t(uint64_t, best, arch_cycles() - start);
	}
	return best;
}

void copy_select(void)
{
	uint64_t words = time_copy(copy_page_words), quads = time_copy(copy_page_rep), bytes = time_copy(movsb);

	chosen.copy_rep = quads < words;
	if (bytes < words && bytes <= quads)
		copy_use_rep = COPY_MOVSB;
	else if (quads < words)
		copy_use_rep = COPY_MOVSQ;
	chosen.clear_rep = time_clear(clear_page_rep) < time_clear(clear_page_words);
}

void arch_copy_page(void *dst, const void *src)
{
	if (chosen.copy_rep)
		copy_page_rep(dst, src);
	else
		copy_page_words(dst, src);
}

void arch_clear_page(void *page)
{
	if (chosen.clear_rep)
		clear_page_rep(page);
	else
		clear_page_words(page);
}

int arch_get_user(uint64_t *value, const void __user *from, unsigned size)
{
	switch (size) {
	case 1: return user_load8(value, from);
	case 2: return user_load16(value, from);
	case 4: return user_load32(value, from);
	case 8: return user_load64(value, from);
	default: return -EFAULT;
	}
}

int arch_put_user(uint64_t value, void __user *to, unsigned size)
{
	switch (size) {
	case 1: return user_store8(value, to);
	case 2: return user_store16(value, to);
	case 4: return user_store32(value, to);
	case 8: return user_store64(value, to);
	default: return -EFAULT;
	}
}

int arch_user_cmpxchg32(uint32_t __user *uaddr, uint32_t *expected, uint32_t desired)
{
	return user_cmpxchg32(uaddr, expected, desired);
}

static uint32_t combine(enum user_atomic_op op, uint32_t old, uint32_t arg)
{
	switch (op) {
	case USER_OR: return old | arg;
	case USER_ANDN: return old & ~arg;
	default: return old ^ arg;
	}
}

/* Operations without an instruction that also returns the old value: compare-and-swap until it holds. */
static int user_combine(uint32_t __user *uaddr, enum user_atomic_op op, uint32_t arg, uint32_t *old)
{
	uint64_t seen;
	int r = user_load32(&seen, uaddr);

	while (r == 0) {
		*old = (uint32_t)seen;
		r = user_cmpxchg32(uaddr, old, combine(op, *old, arg));
		if (r || *old == (uint32_t)seen)
			break;
		seen = *old;
	}
	return r;
}

int arch_user_atomic32(uint32_t __user *uaddr, enum user_atomic_op op, uint32_t arg, uint32_t *old)
{
	int r;

	if (op != USER_SET && op != USER_ADD)
		return user_combine(uaddr, op, arg, old);
	*old = arg;
	r = op == USER_SET ? user_xchg32(uaddr, old) : user_xadd32(uaddr, old);
	return r;
}
