/* SPDX-License-Identifier: MIT */
/*
 * The unit-test harness: each tests/unit/<path>_test.c is a program made of TEST() bodies, whose results
 * come out as TAP. A failed CHECK names file, line and values, and ends its test (not the program).
 *
 *	TEST(list_is_empty_at_first)
 *	{
 *		LIST_HEAD(l);
 *		CHECK(list_empty(&l));
 *	}
 *
 * Properties are checked against simple models on random input: test_random() is seeded by the TEST_SEED
 * environment variable (default: fixed), and a failure prints the seed. main() is in tests/host/main.c;
 * arguments select tests by prefix.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test {
	const char *name;
	void (*fn)(void);
	struct test *next;
};

void test_register(struct test *t);
__attribute__((__noreturn__, __format__(__printf__, 3, 4)))
void test_fail(const char *file, int line, const char *fmt, ...);
/* End the current test as skipped, with the reason. */
__attribute__((__noreturn__, __format__(__printf__, 1, 2))) void test_skip(const char *fmt, ...);

/* From now on a failure or skip ends the process, with these codes: for forked tests. */
enum test_exit { TEST_EXIT_FAIL = 1, TEST_EXIT_SKIP = 77 };
void test_exit_on_failure(void);

/* Uniform 64-bit numbers (seeded anew for each test), and 0..n-1 (n > 0). */
uint64_t test_random(void);
uint64_t test_random_below(uint64_t n);
void test_random_bytes(void *buf, size_t n);

/*
 * Run a shell command, its standard output into a malloc'd buffer (*size bytes). For input made by the tools
 * of the host (gzip, zstd). Fails the test when the command does.
 */
void *test_command(const char *command, size_t *size);

/* A new folder for images, in memory where there is room (/dev/shm), else in /tmp. The caller removes it. */
void test_make_folder(char *folder, size_t size);

#define TEST(test_name) \
	static void test_fn_##test_name(void); \
	__attribute__((__constructor__)) static void test_reg_##test_name(void) \
	{ \
		static struct test t = { #test_name, test_fn_##test_name, 0 }; \
		test_register(&t); \
	} \
	static void test_fn_##test_name(void)

#define CHECK(cond) \
	do { \
		if (!(cond)) \
			test_fail(__FILE__, __LINE__, "%s", #cond); \
	} while (0)

/* Compared as long long; both values are printed. */
#define CHECK_OP(a, op, b) \
	do { \
		__typeof__(a) check_a = (a); \
		__typeof__(b) check_b = (b); \
		if (!(check_a op check_b)) \
			test_fail(__FILE__, __LINE__, "%s " #op " %s: %lld (0x%llx) against %lld (0x%llx)", #a, #b, \
				  (long long)check_a, (long long)check_a, (long long)check_b, (long long)check_b); \
	} while (0)
#define CHECK_EQ(a, b)	CHECK_OP(a, ==, b)
#define CHECK_NE(a, b)	CHECK_OP(a, !=, b)
#define CHECK_LT(a, b)	CHECK_OP(a, <, b)
#define CHECK_LE(a, b)	CHECK_OP(a, <=, b)
#define CHECK_GT(a, b)	CHECK_OP(a, >, b)
#define CHECK_GE(a, b)	CHECK_OP(a, >=, b)

void test_check_str(const char *file, int line, const char *a, const char *b);
void test_check_mem(const char *file, int line, const void *a, const void *b, size_t n);
#define CHECK_STR(a, b)		test_check_str(__FILE__, __LINE__, (a), (b))
#define CHECK_MEM(a, b, n)	test_check_mem(__FILE__, __LINE__, (a), (b), (n))
