/* SPDX-License-Identifier: MIT */
/*
 * report: messages to the user, and memory that is never NULL. See report.h for the convention.
 */
#include "imgbuild/report.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
	int verbose;
} report;

static void print(const char *kind, const char *format, va_list args, const char *cause)
{
	fflush(stdout);
	fprintf(stderr, "imgbuild: %s: ", kind);
	vfprintf(stderr, format, args);
	fprintf(stderr, "%s%s\n", cause ? ": " : "", cause ? cause : "");
}

int fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print("error", format, args, NULL);
	va_end(args);
	return -1;
}

int fail_errno(const char *format, ...)
{
	const char *cause = strerror(errno);
	va_list args;

	va_start(args, format);
	print("error", format, args, cause);
	va_end(args);
	return -1;
}

void warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print("warning", format, args, NULL);
	va_end(args);
}

void say(const char *format, ...)
{
	va_list args;

	if (!report.verbose)
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

void report_set_verbose(int verbose)
{
	report.verbose = verbose;
}

static void *check(void *memory)
{
	if (!memory) {
		fail("out of memory");
		exit(1);
	}
	return memory;
}

void *mem_alloc(size_t size)
{
	return check(calloc(1, size ? size : 1));
}

void *mem_resize(void *memory, size_t count, size_t size)
{
	return check(reallocarray(memory, count ? count : 1, size));
}

char *mem_string(const char *text)
{
	return check(strdup(text));
}

char *mem_string_n(const char *text, size_t length)
{
	return check(strndup(text, length));
}

char *mem_format(const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	return check(text);
}
