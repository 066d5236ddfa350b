/* SPDX-License-Identifier: MIT */
/* Text buffers: see lib/strbuf.h. Invariant: whenever size > 0, len < size and data[len] is NUL. */
#include "lib/strbuf.h"

#include "abi/errno.h"
#include "lib/alloc.h"
#include "lib/bits.h"
#include "lib/format.h"
#include "lib/string.h"

#define FIRST_SIZE	256UL

void strbuf_init_fixed(struct strbuf *sb, char *buf, size_t size)
{
	*sb = (struct strbuf){ .data = buf, .size = size, .max = size };
	buf[0] = '\0';
}

void strbuf_init(struct strbuf *sb, size_t max_size)
{
	*sb = (struct strbuf){ .max = max_size };
}

void strbuf_fini(struct strbuf *sb)
{
	if (sb->owned) {
		lib_free(sb->data);
		strbuf_init(sb, sb->max);
	}
}

void strbuf_reset(struct strbuf *sb)
{
	sb->len = 0;
	sb->error = 0;
	if (sb->size)
		sb->data[0] = '\0';
}

/* Have room for n more bytes and the NUL. False, with the error noted, when there is none. */
static bool make_room(struct strbuf *sb, size_t n)
{
	size_t need, size;
	char *data;

	if (n < sb->size - sb->len)	/* sizes are unsigned: also right for size == len == 0 */
		return true;
	if (sb->error)
		return false;
	if (check_add_overflow(sb->len + 1, n, &need) || need > sb->max) {
		sb->error = -EOVERFLOW;
		return false;
	}
	size = min(max(roundup_pow_of_two(need), FIRST_SIZE), sb->max);
	data = lib_alloc(size);
	if (!data) {
		sb->error = -ENOMEM;
		return false;
	}
	memcpy(data, strbuf_str(sb), sb->len + 1);
	if (sb->owned)
		lib_free(sb->data);
	sb->data = data;
	sb->size = size;
	sb->owned = true;
	return true;
}

char *strbuf_reserve(struct strbuf *sb, size_t n)
{
	return make_room(sb, n) ? sb->data + sb->len : NULL;
}

void strbuf_commit(struct strbuf *sb, size_t n)
{
	sb->len += n;
	sb->data[sb->len] = '\0';
}

/* What fits of the text is kept: a truncated log line is better than none. */
void strbuf_write(struct strbuf *sb, const void *data, size_t n)
{
	if (!make_room(sb, n))
		n = sb->size ? min(n, sb->size - sb->len - 1) : 0;
	if (n) {
		memcpy(sb->data + sb->len, data, n);
		strbuf_commit(sb, n);
	}
}

void strbuf_putc(struct strbuf *sb, char c)
{
	strbuf_write(sb, &c, 1);
}

void strbuf_puts(struct strbuf *sb, const char *s)
{
	strbuf_write(sb, s, strlen(s));
}

void strbuf_pad(struct strbuf *sb, size_t column)
{
	size_t n = column > sb->len ? column - sb->len : 0;
	char *text = strbuf_reserve(sb, n);

	if (text && n) {
		memset(text, ' ', n);
		strbuf_commit(sb, n);
	}
}

static void emit_to_strbuf(void *arg, const char *s, size_t n)
{
	strbuf_write(arg, s, n);
}

void strbuf_vprintf(struct strbuf *sb, const char *fmt, va_list ap)
{
	kvformat(emit_to_strbuf, sb, fmt, ap);
}

void strbuf_printf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vprintf(sb, fmt, ap);
	va_end(ap);
}

void strbuf_escape(struct strbuf *sb, const char *s, const char *special)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < ' ' || c == '\\' || strchr(special, c))
			strbuf_printf(sb, "\\%03o", c);
		else
			strbuf_putc(sb, *s);
	}
}

const char *strbuf_str(const struct strbuf *sb)
{
	return sb->size ? sb->data : "";
}
