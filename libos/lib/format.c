/* SPDX-License-Identifier: MIT */
/*
 * Formatted printing: see lib/format.h. One conversion is parsed into a struct spec, turned into digits and
 * a prefix, and laid out with its padding. Output goes through an emit function in pieces.
 */
#include "lib/format.h"

#include "lib/string.h"

enum spec_flags {
	FMT_LEFT = 1 << 0,
	FMT_PLUS = 1 << 1,
	FMT_SPACE = 1 << 2,
	FMT_ALT = 1 << 3,
	FMT_ZERO = 1 << 4,
};

struct spec {
	unsigned flags;
	int width;
	int precision;		/* -1: none */
	char length;		/* 'H' for hh, 'h', 'l', 'L' for ll, 'z', 'j', 't', or 0 */
	char conv;
};

struct out {
	void (*emit)(void *arg, const char *s, size_t n);
	void *arg;
	size_t total;
};

/* Octal digits of 2^64 - 1: 22. */
#define DIGITS_MAX	24

static void put(struct out *out, const char *s, size_t n)
{
	if (n)
		out->emit(out->arg, s, n);
	out->total += n;
}

static void put_repeated(struct out *out, char c, int n)
{
	char run[16];
	int piece;

	memset(run, c, sizeof(run));
	for (; n > 0; n -= piece) {
		piece = min(n, (int)sizeof(run));
		put(out, run, (size_t)piece);
	}
}

/* Digits of v, most significant first, none for 0. Returns where they start in buf[DIGITS_MAX]. */
static char *digits_of(uint64_t v, unsigned base, bool upper, char *buf)
{
	const char *symbols = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char *p = buf + DIGITS_MAX;

	for (; v; v /= base)
		*--p = symbols[v % base];
	return p;
}

static unsigned base_of(char conv)
{
	return conv == 'o' ? 8 : conv == 'x' || conv == 'X' ? 16 : 10;
}

/* Sign or 0x, up to two characters: how many. */
static int make_prefix(const struct spec *spec, uint64_t v, bool negative, char *out)
{
	if (spec->conv == 'd' || spec->conv == 'i') {
		if (negative || spec->flags & FMT_PLUS)
			*out = negative ? '-' : '+';
		else
			*out = ' ';
		return negative || spec->flags & (FMT_PLUS | FMT_SPACE);
	}
	if (base_of(spec->conv) != 16 || !(spec->flags & FMT_ALT) || !v)
		return 0;
	out[0] = '0';
	out[1] = spec->conv;
	return 2;
}

/* A number before it is laid out: prefix, zeros, digits. */
struct number {
	char prefix[2], buf[DIGITS_MAX];
	const char *digits;
	int nr_prefix, zeros, nr_digits;
};

static void make_number(struct number *n, const struct spec *spec, uint64_t v, bool negative)
{
	n->digits = digits_of(v, base_of(spec->conv), spec->conv == 'X', n->buf);
	n->nr_digits = (int)(n->buf + DIGITS_MAX - n->digits);
	n->nr_prefix = make_prefix(spec, v, negative, n->prefix);
	n->zeros = max((spec->precision < 0 ? 1 : spec->precision) - n->nr_digits, 0);
	if (spec->conv == 'o' && spec->flags & FMT_ALT && !n->zeros)
		n->zeros = 1;
	if (spec->precision < 0 && (spec->flags & (FMT_ZERO | FMT_LEFT)) == FMT_ZERO)
		n->zeros = max(n->zeros, spec->width - n->nr_prefix - n->nr_digits);
}

static void format_number(struct out *out, const struct spec *spec, uint64_t v, bool negative)
{
	struct number n;
	int pad;

	make_number(&n, spec, v, negative);
	pad = max(spec->width - n.nr_prefix - n.zeros - n.nr_digits, 0);
	if (!(spec->flags & FMT_LEFT))
		put_repeated(out, ' ', pad);
	put(out, n.prefix, (size_t)n.nr_prefix);
	put_repeated(out, '0', n.zeros);
	put(out, n.digits, (size_t)n.nr_digits);
	if (spec->flags & FMT_LEFT)
		put_repeated(out, ' ', pad);
}

static void format_text(struct out *out, const struct spec *spec, const char *s, size_t n)
{
	int pad = (size_t)spec->width > n ? spec->width - (int)n : 0;

	if (!(spec->flags & FMT_LEFT))
		put_repeated(out, ' ', pad);
	put(out, s, n);
	if (spec->flags & FMT_LEFT)
		put_repeated(out, ' ', pad);
}

static void format_string(struct out *out, const struct spec *spec, const char *s)
{
	if (!s)		/* cut only as a whole: a precision below 6 prints nothing */
		s = spec->precision < 0 || spec->precision >= 6 ? "(null)" : "";
	format_text(out, spec, s, spec->precision < 0 ? strlen(s) : strnlen(s, (size_t)spec->precision));
}

static void format_pointer(struct out *out, struct spec *spec, const void *p)
{
	if (!p) {
		format_text(out, spec, "(nil)", 5);
		return;
	}
	spec->conv = 'x';
	spec->flags |= FMT_ALT;
	format_number(out, spec, (uintptr_t)p, false);
}

/* va_list by pointer, through a struct: arrays decay, and the caller must see it advance. */
struct args {
	va_list ap;
};

static int64_t signed_arg(struct args *args, char length)
{
	switch (length) {
	case 'H':
		return (signed char)va_arg(args->ap, int);
	case 'h':
		return (short)va_arg(args->ap, int);
	case 0:
		return va_arg(args->ap, int);
	default:
		return va_arg(args->ap, long);	/* l ll z j t: all 64 bits */
	}
}

static uint64_t unsigned_arg(struct args *args, char length)
{
	switch (length) {
	case 'H':
		return (unsigned char)va_arg(args->ap, int);
	case 'h':
		return (unsigned short)va_arg(args->ap, int);
	case 0:
		return va_arg(args->ap, unsigned int);
	default:
		return va_arg(args->ap, unsigned long);
	}
}

static const char *parse_flags(struct spec *spec, const char *f)
{
	static const char names[] = "-+ #0";
	const char *hit;

	while (*f && (hit = strchr(names, *f))) {
		spec->flags |= 1U << (hit - names);
		f++;
	}
	return f;
}

/* A number or '*', saturating well below overflow. */
static const char *parse_count(int *count, const char *f, struct args *args)
{
	if (*f == '*') {
		*count = va_arg(args->ap, int);
		return f + 1;
	}
	for (*count = 0; *f >= '0' && *f <= '9'; f++)
		*count = min(*count * 10 + (*f - '0'), 1 << 20);
	return f;
}

static const char *parse_length(struct spec *spec, const char *f)
{
	if (!*f || !strchr("hlzjt", *f))
		return f;
	spec->length = *f++;
	if (*f == spec->length && (*f == 'h' || *f == 'l')) {
		spec->length = *f == 'h' ? 'H' : 'L';
		f++;
	}
	return f;
}

/* Parse what follows '%'; returns the character after the conversion. */
static const char *parse_spec(struct spec *spec, const char *f, struct args *args)
{
	*spec = (struct spec){ .precision = -1 };
	f = parse_flags(spec, f);
	f = parse_count(&spec->width, f, args);
	if (spec->width < 0) {
		spec->flags |= FMT_LEFT;
		spec->width = spec->width == INT_MIN ? INT_MAX : -spec->width;
	}
	if (*f == '.') {
		f = parse_count(&spec->precision, f + 1, args);
		if (spec->precision < 0)
			spec->precision = -1;
	}
	f = parse_length(spec, f);
	spec->conv = *f;
	return *f ? f + 1 : f;
}

static void format_spec(struct out *out, struct spec *spec, struct args *args)
{
	int64_t v;
	char c;

	switch (spec->conv) {
	case 'd':
	case 'i':
		v = signed_arg(args, spec->length);
		format_number(out, spec, v < 0 ? -(uint64_t)v : (uint64_t)v, v < 0);
		break;
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		format_number(out, spec, unsigned_arg(args, spec->length), false);
		break;
	case 'c':
		c = (char)va_arg(args->ap, int);
		format_text(out, spec, &c, 1);
		break;
	case 's':
		format_string(out, spec, va_arg(args->ap, const char *));
		break;
	case 'p':
		format_pointer(out, spec, va_arg(args->ap, const void *));
		break;
	case '%':
		put(out, "%", 1);
		break;
	default:	/* unknown: shown, so that it is noticed; its argument is not consumed */
		put(out, "%", 1);
		put(out, &spec->conv, spec->conv != '\0');
	}
}

int kvformat(void (*emit)(void *arg, const char *s, size_t n), void *arg, const char *fmt, va_list ap)
{
	struct out out = { .emit = emit, .arg = arg };
	const char *percent;
	struct args args;
	struct spec spec;

	va_copy(args.ap, ap);
	while (*(percent = strchrnul(fmt, '%'))) {
		put(&out, fmt, (size_t)(percent - fmt));
		fmt = parse_spec(&spec, percent + 1, &args);
		format_spec(&out, &spec, &args);
	}
	put(&out, fmt, (size_t)(percent - fmt));
	va_end(args.ap);
	return (int)min_t(size_t, out.total, INT_MAX);
}

struct buffer {
	char *pos;
	size_t room;		/* without the final NUL */
};

static void emit_to_buffer(void *arg, const char *s, size_t n)
{
	struct buffer *b = arg;

	n = min(n, b->room);
	memcpy(b->pos, s, n);
	b->pos += n;
	b->room -= n;
}

int kvsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	char none;
	struct buffer b = { .pos = size ? buf : &none, .room = size ? size - 1 : 0 };
	int len = kvformat(emit_to_buffer, &b, fmt, ap);

	*b.pos = '\0';
	return len;
}

int ksnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = kvsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return len;
}

int kvscnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	int len = kvsnprintf(buf, size, fmt, ap);

	return (size_t)len < size ? len : size ? (int)(size - 1) : 0;
}

int kscnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = kvscnprintf(buf, size, fmt, ap);
	va_end(ap);
	return len;
}
