/* SPDX-License-Identifier: MIT */
/*
 * report: what imgbuild says, and the one way it fails.
 *
 * A function of this program that can fail returns 0 or -1, and has said why on standard error by
 * the time it returns -1: the caller only cleans up and passes the -1 on. Out of memory ends the
 * program at once; the temporary files go with it (output.c).
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#ifndef __must_check
#define __must_check		__attribute__((__warn_unused_result__))
#endif
#define __printf(fmt, args)	__attribute__((__format__(__printf__, fmt, args)))

/* "imgbuild: error: TEXT" on standard error. Always returns -1. */
int fail(const char *format, ...) __printf(1, 2);

/* As fail(), with ": " and the text of errno behind it. */
int fail_errno(const char *format, ...) __printf(1, 2);

/* "imgbuild: warning: TEXT" on standard error; the work goes on. */
void warn(const char *format, ...) __printf(1, 2);

/* One line of progress on standard output, only with --verbose. */
void say(const char *format, ...) __printf(1, 2);
void report_set_verbose(int verbose);

/* Memory, zeroed where new; never NULL. Freed with free(). */
void *mem_alloc(size_t size);
void *mem_resize(void *memory, size_t count, size_t size);
char *mem_string(const char *text);
char *mem_string_n(const char *text, size_t length);
char *mem_format(const char *format, ...) __printf(1, 2);
