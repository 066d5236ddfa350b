/* SPDX-License-Identifier: MIT */
/*
 * The kernel's user-copy routines (arch-x86_64/mm/copy.asm), linked as they are: every length and alignment, and a
 * fault at every offset. A signal handler does what the kernel's page-fault handler does: look the instruction up in
 * the fault table and go on at the fix-up.
 */
#include "arch/uaccess.h"

#include "test.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define PAGE	4096UL
#define SMALL	100U

struct extable_entry {
	uintptr_t at, fixup;
};
extern const struct extable_entry __start_extable[], __stop_extable[];

/* copy.asm asks it; the tests run each way. */
enum copy_rep { COPY_WORDS, COPY_MOVSB, COPY_MOVSQ };
uint8_t copy_use_rep;

int user_load8(uint64_t *value, const void *from);
int user_load16(uint64_t *value, const void *from);
int user_load32(uint64_t *value, const void *from);
int user_load64(uint64_t *value, const void *from);
int user_store8(uint64_t value, void *to);
int user_store16(uint64_t value, void *to);
int user_store32(uint64_t value, void *to);
int user_store64(uint64_t value, void *to);
int user_cmpxchg32(uint32_t *uaddr, uint32_t *expected, uint32_t desired);
int user_xchg32(uint32_t *uaddr, uint32_t *value);
int user_xadd32(uint32_t *uaddr, uint32_t *value);
void copy_page_words(void *dst, const void *src);
void copy_page_rep(void *dst, const void *src);
void clear_page_words(void *page);
void clear_page_rep(void *page);

static void on_fault(int signo, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	uintptr_t ip = (uintptr_t)uc->uc_mcontext.gregs[REG_RIP];

	(void)info;
	for (const struct extable_entry *e = __start_extable; e < __stop_extable; e++) {
		if (e->at == ip) {
			uc->uc_mcontext.gregs[REG_RIP] = (greg_t)e->fixup;
			return;
		}
	}
	signal(signo, SIG_DFL);
}

/* The end of a readable, writable page that no page follows; the handler is in place. */
static unsigned char *page_end(void)
{
	struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	unsigned char *p = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	CHECK(mprotect(p + 2 * PAGE, PAGE, PROT_NONE) == 0);
	CHECK(sigaction(SIGSEGV, &sa, NULL) == 0);
	return p + 2 * PAGE;
}

static size_t left_of(size_t size, size_t room)
{
	return size > room ? size - room : 0;
}

static bool all_are(const unsigned char *p, size_t n, unsigned char value)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] != value)
			return false;
	}
	return true;
}

/* Copy `size` bytes of which `room` can be touched on the faulting side; the other side is an ordinary buffer. */
static void check_from(unsigned char *end, size_t size, size_t room)
{
	static unsigned char to[2 * PAGE];
	size_t done = size - left_of(size, room);

	memset(to, 0xee, sizeof(to));
	CHECK_EQ(arch_copy_from_user(to + 3, end - room, size), size - done);
	CHECK(memcmp(to + 3, end - room, done) == 0);
	CHECK(all_are(to + 3 + done, 64, 0xee));
}

static void check_to(unsigned char *end, size_t size, size_t room)
{
	static unsigned char from[2 * PAGE];
	size_t done = size - left_of(size, room);

	test_random_bytes(from, size + 1);
	memset(end - room - 16, 0xee, room + 16);
	CHECK_EQ(arch_copy_to_user(end - room, from + 1, size), size - done);
	CHECK(memcmp(end - room, from + 1, done) == 0);
	CHECK(all_are(end - room - 16, 16, 0xee));
	CHECK(all_are(end - room + done, room - done, 0xee));
}

static void check_copies(enum copy_rep rep, size_t low, size_t high, size_t step)
{
	unsigned char *end = page_end();

	copy_use_rep = (uint8_t)rep;
	test_random_bytes(end - PAGE, PAGE);
	for (size_t size = low; size <= high; size += step) {
		for (size_t room = 0; room <= high + 8; room += step) {
			check_from(end, size, room);
			check_to(end, size, room);
		}
	}
}

TEST(every_length_and_fault_offset)
{
	check_copies(COPY_WORDS, 0, SMALL, 1);
}

TEST(long_copies_by_words)
{
	check_copies(COPY_WORDS, 505, 700, 13);
}

TEST(long_copies_by_rep)
{
	check_copies(COPY_MOVSB, 505, 700, 13);
	check_copies(COPY_MOVSQ, 505, 700, 13);
}

TEST(every_alignment)
{
	unsigned char *end = page_end(), to[SMALL + 16];

	test_random_bytes(end - PAGE, PAGE);
	for (size_t from = 0; from < 8; from++) {
		for (size_t at = 0; at < 8; at++) {
			CHECK_EQ(arch_copy_from_user(to + at, end - 200 + from, SMALL), 0U);
			CHECK(memcmp(to + at, end - 200 + from, SMALL) == 0);
		}
	}
}

TEST(clear_stops_exactly)
{
	unsigned char *end = page_end();

	for (size_t size = 0; size <= SMALL; size++) {
		for (size_t room = 0; room <= SMALL; room++) {
			size_t done = size - left_of(size, room);

			memset(end - 2 * SMALL, 0xee, 2 * SMALL);
			CHECK_EQ(arch_clear_user(end - room, size), size - done);
			CHECK(all_are(end - room, done, 0));
			CHECK(all_are(end - room + done, room - done, 0xee));
			CHECK(all_are(end - room - 8, 8, 0xee));
		}
	}
}

TEST(strings_end_at_nul_limit_or_fault)
{
	unsigned char *end = page_end();
	char to[64];

	for (size_t len = 0; len < 40; len++) {		/* a string of len bytes, its NUL the last byte there is */
		char *s = (char *)end - len - 1;

		memset(s, 'a', len);
		s[len] = 0;
		for (size_t max = 0; max < 48; max++) {
			long want = (long)(len < max ? len : max);

			CHECK_EQ(arch_strnlen_user(s, max), want);
			memset(to, 0x11, sizeof(to));
			CHECK_EQ(arch_strncpy_from_user(to, s, max), want);
			CHECK(memcmp(to, s, len < max ? len + 1 : max) == 0);
			CHECK(all_are((unsigned char *)to + max, sizeof(to) - max, 0x11));
		}
		s[len] = 'b';				/* no NUL: the fault decides, unless the limit comes first */
		CHECK_EQ(arch_strnlen_user(s, len + 1), (long)len + 1);
		CHECK_EQ(arch_strnlen_user(s, len + 2), -14L);
		CHECK_EQ(arch_strncpy_from_user(to, s, len + 1), (long)len + 1);
		CHECK_EQ(arch_strncpy_from_user(to, s, len + 2), -14L);
	}
}

TEST(single_accesses)
{
	unsigned char *end = page_end();
	uint64_t v = 0;

	memcpy(end - 8, "\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 8);
	CHECK(user_load8(&v, end - 1) == 0 && v == 0xff);
	CHECK(user_load16(&v, end - 2) == 0 && v == 0xffee);
	CHECK(user_load32(&v, end - 4) == 0 && v == 0xffeeddcc);
	CHECK(user_load64(&v, end - 8) == 0 && v == 0xffeeddccbbaa9988);
	CHECK(user_load8(&v, end) == -14 && user_load16(&v, end - 1) == -14);
	CHECK(user_load32(&v, end - 3) == -14 && user_load64(&v, end - 7) == -14);
	CHECK(user_store8(1, end) == -14 && user_store64(1, end - 7) == -14);
	CHECK(user_store8(0x12, end - 1) == 0 && user_store16(0x3456, end - 4) == 0);
	CHECK(user_store32(0x789abcde, end - 8) == 0);
	CHECK(memcmp(end - 8, "\xde\xbc\x9a\x78\x56\x34\xee\x12", 8) == 0);
	CHECK(user_store64(0x0102030405060708, end - 8) == 0 && end[-8] == 8);
}

TEST(atomics)
{
	uint32_t *word = (uint32_t *)(page_end() - 4), v = 5;

	*word = 5;
	CHECK(user_cmpxchg32(word, &v, 9) == 0 && v == 5 && *word == 9);
	CHECK(user_cmpxchg32(word, &v, 7) == 0 && v == 9 && *word == 9);
	v = 3;
	CHECK(user_xadd32(word, &v) == 0 && v == 9 && *word == 12);
	v = 1;
	CHECK(user_xchg32(word, &v) == 0 && v == 12 && *word == 1);
	CHECK(user_cmpxchg32(word + 1, &v, 7) == -14 && user_xadd32(word + 1, &v) == -14);
	CHECK(user_xchg32(word + 1, &v) == -14);
}

TEST(pages)
{
	static unsigned char a[PAGE] __attribute__((aligned(64))), b[PAGE + 2] __attribute__((aligned(64)));

	test_random_bytes(a, PAGE);
	b[PAGE] = 0x77;
	copy_page_words(b, a);
	CHECK(memcmp(a, b, PAGE) == 0 && b[PAGE] == 0x77);
	clear_page_words(b);
	CHECK(all_are(b, PAGE, 0) && b[PAGE] == 0x77);
	copy_page_rep(b, a);
	CHECK(memcmp(a, b, PAGE) == 0 && b[PAGE] == 0x77);
	clear_page_rep(b);
	CHECK(all_are(b, PAGE, 0) && b[PAGE] == 0x77);
}
