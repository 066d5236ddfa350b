/* SPDX-License-Identifier: MIT */
/*
 * The memory checker behind a debug build's loads and stores.
 *
 * Model. One shadow byte stands for 8 bytes of the range given to kasan_init(): 0 means all good, 1 to 7 that many
 * good ones from the start, anything above 7 all bad, and why (enum kasan_poison). The compiler calls
 * __asan_loadN/__asan_storeN with the address about to be touched; memcpy and its kind are checked by being
 * compiled that way themselves. Addresses outside the range (image, stacks,
 * devices, user memory) are not looked at: page tables and guard pages look after those.
 *
 * Invariants
 *  (1) Nothing in this file is instrumented (Makefile.in: no_sanitize), so that a check cannot check itself.
 *  (2) Before kasan_init() the range is empty and every access passes.
 *
 * Locking. None: a shadow byte belongs to whoever owns the memory it describes.
 * Entry points: kasan_*() for the allocators, __asan_*() for the compiler. A bad access panics.
 */
#include "core/kasan.h"

#include "core/assert.h"
#include "core/panic.h"
#include "lib/string.h"

#define KASAN_SHIFT	3

/* Field legend: [I] immutable after kasan_init() */
static struct {
	uint8_t *shadow;		/* [I] of start */
	uintptr_t start;		/* [I] first address checked */
	uintptr_t size;			/* [I] bytes; 0: not checking yet */
} kasan;

void kasan_init_range(void *shadow, const void *start, size_t size)
{
	kasan.shadow = shadow;
	kasan.start = (uintptr_t)start;
	WRITE_ONCE(kasan.size, size);
}

/* Shadow bytes of [start, start + size), as far as it is checked; NULL if it is not. */
static uint8_t *kasan_shadow_of(const void *start, size_t size)
{
	uintptr_t offset = (uintptr_t)start - kasan.start;

	return offset < kasan.size && size <= kasan.size - offset ? kasan.shadow + (offset >> KASAN_SHIFT) : NULL;
}

void kasan_poison_range(const void *start, size_t size, enum kasan_poison why)
{
	uint8_t *shadow = kasan_shadow_of(start, size);

	if (shadow)
		memset(shadow, why, (size + KASAN_GRANULE - 1) >> KASAN_SHIFT);
}

void kasan_unpoison_range(const void *start, size_t size)
{
	uint8_t *shadow = kasan_shadow_of(start, size);

	if (!shadow)
		return;
	memset(shadow, 0, size >> KASAN_SHIFT);
	if (size % KASAN_GRANULE)
		shadow[size >> KASAN_SHIFT] = size % KASAN_GRANULE;
}

/* Is the byte at this offset of the range bad? */
static __always_inline bool kasan_bad_at(uintptr_t offset)
{
	uint8_t shadow = kasan.shadow[offset >> KASAN_SHIFT];

	return unlikely(shadow) && (offset & (KASAN_GRANULE - 1)) >= shadow;
}

bool kasan_find_bad(const void *start, size_t size, uintptr_t *bad)
{
	uintptr_t offset = (uintptr_t)start - kasan.start;
	uintptr_t end = offset + size;

	if (offset >= kasan.size || end > kasan.size)
		return false;
	while (offset < end) {
		if (kasan_bad_at(offset)) {
			*bad = kasan.start + offset;
			return true;
		}
		/* The first bad byte of a granule is found at its last byte too: look at each byte only then. */
		if (!kasan.shadow[offset >> KASAN_SHIFT])
			offset = (offset | (KASAN_GRANULE - 1)) + 1;
		else
			offset++;
	}
	return false;
}

static const char *kasan_reason(uint8_t shadow)
{
	switch (shadow) {
	case KASAN_FREE_PAGE:	return "use of a free page";
	case KASAN_FREE_OBJECT:	return "use after free";
	case KASAN_UNALLOCATED:	return "use of an object never allocated";
	default:		return "out of bounds";
	}
}

/* The shadow around the bad byte, 16 granules a line, as far as it exists. */
static void kasan_print_shadow(uintptr_t bad)
{
	uintptr_t middle = (bad - kasan.start) >> KASAN_SHIFT & ~15UL;
	uintptr_t limit = kasan.size >> KASAN_SHIFT;
	uintptr_t line, i;

	for (line = middle < 32 ? 0 : middle - 32; line < limit && line <= middle + 32; line += 16) {
		const uint8_t *s = kasan.shadow + line;

		if (line + 16 > limit)
			break;
		i = kasan.start + (line << KASAN_SHIFT);
		panic_line("%c %016lx: %02x%02x%02x%02x %02x%02x%02x%02x %02x%02x%02x%02x %02x%02x%02x%02x",
			   line == middle ? '>' : ' ', (unsigned long)i, s[0], s[1], s[2], s[3], s[4], s[5], s[6],
			   s[7], s[8], s[9], s[10], s[11], s[12], s[13], s[14], s[15]);
	}
}

static noinline __cold void kasan_report(uintptr_t address, size_t size, bool write, uintptr_t pc)
{
	uintptr_t bad = address;
	uint8_t shadow;

	/* Panic's own accesses may be bad too: one report is enough. */
	if (panic_in_progress() || !kasan_find_bad((const void *)address, size, &bad))
		return;
	shadow = kasan.shadow[(bad - kasan.start) >> KASAN_SHIFT];
	kasan_print_shadow(bad);
	panic("KASAN: %s: %s of %lu bytes at %016lx, first bad byte %016lx, by %016lx",
	      kasan_reason(shadow), write ? "write" : "read", (unsigned long)size, (unsigned long)address,
	      (unsigned long)bad, (unsigned long)pc);
}

/* size is a constant of 1 to 16 in nearly all calls. */
static __always_inline void kasan_check(uintptr_t address, size_t size, bool write, uintptr_t pc)
{
	uintptr_t offset = address - kasan.start;

	if (offset >= kasan.size || !size)
		return;
	if (size <= KASAN_GRANULE) {
		/* Poison ends at a granule's end, so of one granule the last byte is the worst. */
		if (likely(!kasan_bad_at(offset + size - 1) && !kasan_bad_at(offset)))
			return;
	}
	kasan_report(address, size, write, pc);
}

/* What gcc and clang call in kernel mode, where the program goes on if the call returns. */
#define KASAN_CHECKER(name, size, write)							\
	void name(uintptr_t address);								\
	void name(uintptr_t address)								\
	{											\
		kasan_check(address, size, write, (uintptr_t)__builtin_return_address(0));	\
	}

#define KASAN_CHECKERS(size)									\
	KASAN_CHECKER(__asan_load##size##_noabort, size, false)					\
	KASAN_CHECKER(__asan_store##size##_noabort, size, true)

KASAN_CHECKERS(1)
KASAN_CHECKERS(2)
KASAN_CHECKERS(4)
KASAN_CHECKERS(8)
KASAN_CHECKERS(16)

#define KASAN_CHECKER_N(name, write)								\
	void name(uintptr_t address, size_t size);						\
	void name(uintptr_t address, size_t size)						\
	{											\
		kasan_check(address, size, write, (uintptr_t)__builtin_return_address(0));	\
	}

KASAN_CHECKER_N(__asan_loadN_noabort, false)
KASAN_CHECKER_N(__asan_storeN_noabort, true)

/* Stacks are not instrumented; the call before a noreturn function has nothing to do. */
void __asan_handle_no_return(void);
void __asan_handle_no_return(void)
{
}
