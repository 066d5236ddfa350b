/* SPDX-License-Identifier: MIT */
/*
 * Runs the TEST() bodies linked in and prints TAP. See tests/host/test.h.
 *
 * Each test runs in this process, so that a sanitizer report or a crash ends the program with a non-zero
 * status: the TAP reader then misses results and counts the program as failed.
 */
#include "test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define FOLDER_ROOM	(1ull << 30)

static struct {
	struct test *first, **last;
	jmp_buf escape;
	bool failed, skipped, forked;
	uint64_t seed, random;
	char skip_reason[200];
} run = { .last = &run.first, .seed = 0x5eed0c07ac1e0001 };

void test_register(struct test *t)
{
	*run.last = t;
	run.last = &t->next;
}

void test_exit_on_failure(void)
{
	run.forked = true;
}

static __attribute__((__noreturn__)) void end_test(int code)
{
	fflush(stdout);
	if (run.forked)
		_exit(code);
	longjmp(run.escape, 1);
}

void test_fail(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	printf("# %s:%d: ", file, line);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n# seed: TEST_SEED=0x%llx\n", (unsigned long long)run.seed);
	run.failed = true;
	end_test(TEST_EXIT_FAIL);
}

void test_skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(run.skip_reason, sizeof(run.skip_reason), fmt, ap);
	va_end(ap);
	run.skipped = true;
	end_test(TEST_EXIT_SKIP);
}

void test_check_str(const char *file, int line, const char *a, const char *b)
{
	if (!a || !b || strcmp(a, b))
		test_fail(file, line, "\"%s\" against \"%s\"", a ? a : "(null)", b ? b : "(null)");
}

void test_check_mem(const char *file, int line, const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;
	size_t i;

	for (i = 0; i < n; i++) {
		if (x[i] != y[i])
			test_fail(file, line, "byte %zu of %zu: %02x against %02x", i, n, x[i], y[i]);
	}
}

/* splitmix64: every seed gives a good sequence. */
uint64_t test_random(void)
{
	uint64_t z = run.random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint64_t test_random_below(uint64_t n)
{
	return (uint64_t)(((unsigned __int128)test_random() * n) >> 64);
}

void test_random_bytes(void *buf, size_t n)
{
	unsigned char *p = buf;

	while (n--)
		*p++ = (unsigned char)test_random();
}

void *test_command(const char *command, size_t *size)
{
	size_t used = 0, room = 4096, n;
	FILE *f = popen(command, "r");
	char *buf = malloc(room);

	if (!f || !buf)
		test_fail(__FILE__, __LINE__, "cannot run: %s", command);
	while ((n = fread(buf + used, 1, room - used, f)) > 0) {
		used += n;
		if (used == room && !(buf = realloc(buf, room *= 2)))
			abort();
	}
	if (pclose(f)) {
		free(buf);
		test_fail(__FILE__, __LINE__, "failed: %s", command);
	}
	*size = used;
	return buf;
}

void test_make_folder(char *folder, size_t size)
{
	struct statvfs info;
	bool room = !statvfs("/dev/shm", &info) && info.f_bavail * info.f_frsize > FOLDER_ROOM;

	if (room && !access("/dev/shm", W_OK)) {
		snprintf(folder, size, "/dev/shm/coracle-test.XXXXXX");
		if (mkdtemp(folder))
			return;
	}
	snprintf(folder, size, "/tmp/coracle-test.XXXXXX");
	if (!mkdtemp(folder))
		test_fail(__FILE__, __LINE__, "cannot make %s", folder);
}

/* No argument: all tests; else those whose name begins with one of the arguments. */
static bool selected(const char *name, char **prefixes)
{
	if (!*prefixes)
		return true;
	for (; *prefixes; prefixes++) {
		if (!strncmp(name, *prefixes, strlen(*prefixes)))
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	volatile unsigned n = 0, failures = 0;
	struct test *volatile t;

	(void)argc;
	if (getenv("TEST_SEED"))
		run.seed = strtoull(getenv("TEST_SEED"), NULL, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (t = run.first; t; t = t->next)
		n += selected(t->name, argv + 1);
	printf("1..%u\n", n);
	n = 0;
	for (t = run.first; t; t = t->next) {
		if (!selected(t->name, argv + 1))
			continue;
		run.failed = run.skipped = false;
		run.random = run.seed;
		if (!setjmp(run.escape))
			t->fn();
		printf("%sok %u %s%s%s\n", run.failed ? "not " : "", ++n, t->name,
		       run.skipped ? " # SKIP " : "", run.skipped ? run.skip_reason : "");
		failures += run.failed;
	}
	return failures != 0;
}
