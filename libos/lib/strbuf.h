/* SPDX-License-Identifier: MIT */
/*
 * A text buffer to print into, growing up to a fixed bound (procfs, sysfs) or of fixed size (log lines).
 *
 * Running out of room or memory is remembered, not reported at each call: printers print everything, and
 * the owner asks strbuf_error() once at the end. The text so far is always NUL-terminated.
 * Not locked; growing buffers may sleep in every call that adds.
 */
#pragma once

#include "lib/compiler.h"

struct strbuf {
	char *data;
	size_t len;		/* without the NUL */
	size_t size;		/* bytes at data */
	size_t max;		/* size never exceeds it */
	int error;		/* 0, -ENOMEM (allocation failed) or -EOVERFLOW (max reached) */
	bool owned;		/* data came from lib_alloc */
};

/* Print into the caller's memory; nothing to free. size > 0. */
void strbuf_init_fixed(struct strbuf *sb, char *buf, size_t size);
/* Grow as needed, up to max bytes with the NUL. Nothing is allocated before the first addition. */
void strbuf_init(struct strbuf *sb, size_t max);
/* Free what was allocated; sb is as after strbuf_init. */
void strbuf_fini(struct strbuf *sb);
/* Empty it, keep the memory, forget the error. */
void strbuf_reset(struct strbuf *sb);

static inline int __must_check strbuf_error(const struct strbuf *sb)
{
	return sb->error;
}

void strbuf_putc(struct strbuf *sb, char c);
void strbuf_puts(struct strbuf *sb, const char *s);
void strbuf_write(struct strbuf *sb, const void *data, size_t n);
/* Blanks until the text is `column` characters long. */
void strbuf_pad(struct strbuf *sb, size_t column);
void strbuf_printf(struct strbuf *sb, const char *fmt, ...) __printf(2, 3);
void strbuf_vprintf(struct strbuf *sb, const char *fmt, va_list ap) __printf(2, 0);
/* s with each character of `special`, each backslash and each control character as \ooo (mounts, maps). */
void strbuf_escape(struct strbuf *sb, const char *s, const char *special);
/* Make room for n more bytes and return where they go (NULL: none); add what was filled with strbuf_commit. */
char *strbuf_reserve(struct strbuf *sb, size_t n);
void strbuf_commit(struct strbuf *sb, size_t n);
/* The text as a string; "" when empty. Valid until the next addition. */
const char *strbuf_str(const struct strbuf *sb);
