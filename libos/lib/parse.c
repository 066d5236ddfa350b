/* SPDX-License-Identifier: MIT */
/* Text to numbers and options: see lib/parse.h. */
#include "lib/parse.h"

#include "abi/errno.h"
#include "lib/bitmap.h"
#include "lib/string.h"

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Value of a digit in any base up to 36, or 99. */
static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') + 10 : 99;
}

/* Find the base and skip 0x. The x counts as a prefix only before a hexadecimal digit. */
static const char *skip_prefix(const char *s, unsigned *base)
{
	bool hex = s[0] == '0' && (s[1] | 0x20) == 'x' && digit_value(s[2]) < 16;

	if (!*base)
		*base = hex ? 16 : *s == '0' ? 8 : 10;
	return hex && *base == 16 ? s + 2 : s;
}

/* Digits as far as they go. *overflow: the value wrapped. */
static unsigned long long scan_digits(const char *s, unsigned base, const char **end, bool *overflow)
{
	unsigned long long v = 0;

	for (*overflow = false; digit_value(*s) < base; s++) {
		*overflow |= check_mul_overflow(v, base, &v);
		*overflow |= check_add_overflow(v, digit_value(*s), &v);
	}
	*end = s;
	return v;
}

/* A whole string of digits, perhaps with a newline. */
static int scan_whole(const char *s, unsigned base, unsigned long long *v)
{
	const char *digits = skip_prefix(s, &base), *end;
	bool overflow;

	*v = scan_digits(digits, base, &end, &overflow);
	if (end == digits)
		return -EINVAL;
	if (*end == '\n')
		end++;
	if (*end)
		return -EINVAL;
	return overflow ? -ERANGE : 0;
}

int kstrtoull(const char *s, unsigned base, unsigned long long *res)
{
	unsigned long long v;
	int err = scan_whole(*s == '+' ? s + 1 : s, base, &v);

	if (!err)
		*res = v;
	return err;
}

int kstrtoll(const char *s, unsigned base, long long *res)
{
	bool negative = *s == '-';
	unsigned long long v;
	int err = scan_whole(*s == '-' || *s == '+' ? s + 1 : s, base, &v);

	if (err)
		return err;
	if (v > (unsigned long long)LLONG_MAX + negative)
		return -ERANGE;
	*res = (long long)(negative ? -v : v);
	return 0;
}

static int parse_unsigned(const char *s, unsigned base, unsigned long long limit, unsigned long long *v)
{
	int err = kstrtoull(s, base, v);

	return err ? err : *v > limit ? -ERANGE : 0;
}

#define DEFINE_UNSIGNED(name, type, limit) \
int name(const char *s, unsigned base, type *res) \
{ \
	unsigned long long v; \
	int err = parse_unsigned(s, base, limit, &v); \
\
	if (!err) \
		*res = (type)v; \
	return err; \
}

DEFINE_UNSIGNED(kstrtoul, unsigned long, ULONG_MAX)
DEFINE_UNSIGNED(kstrtouint, unsigned int, UINT_MAX)
DEFINE_UNSIGNED(kstrtou64, uint64_t, UINT64_MAX)
DEFINE_UNSIGNED(kstrtou32, uint32_t, UINT32_MAX)
DEFINE_UNSIGNED(kstrtou16, uint16_t, UINT16_MAX)
DEFINE_UNSIGNED(kstrtou8, uint8_t, UINT8_MAX)

int kstrtol(const char *s, unsigned base, long *res)
{
	long long v;
	int err = kstrtoll(s, base, &v);

	if (!err)
		*res = v;
	return err;
}

int kstrtoint(const char *s, unsigned base, int *res)
{
	long long v;
	int err = kstrtoll(s, base, &v);

	if (!err && (v < INT_MIN || v > INT_MAX))
		err = -ERANGE;
	if (!err)
		*res = (int)v;
	return err;
}

int kstrtobool(const char *s, bool *res)
{
	switch (s[0]) {
	case 'y': case 'Y': case 't': case 'T': case '1':
		*res = true;
		return 0;
	case 'n': case 'N': case 'f': case 'F': case '0':
		*res = false;
		return 0;
	case 'o': case 'O':
		if ((s[1] | 0x20) == 'n' || (s[1] | 0x20) == 'f') {
			*res = (s[1] | 0x20) == 'n';
			return 0;
		}
		return -EINVAL;
	default:
		return -EINVAL;
	}
}

unsigned long long simple_strtoull(const char *s, char **end, unsigned base)
{
	const char *digits = skip_prefix(s, &base), *stop;
	bool overflow;
	unsigned long long v = scan_digits(digits, base, &stop, &overflow);

	if (end)
		*end = (char *)(stop == digits ? s : stop);
	return v;
}

unsigned long long memparse(const char *s, const char **end)
{
	static const char suffixes[] = "kmgtpe";
	unsigned base = 0;
	const char *digits = skip_prefix(s, &base), *stop, *suffix;
	bool overflow;
	unsigned long long v = scan_digits(digits, base, &stop, &overflow);

	suffix = stop != digits && *stop ? strchr(suffixes, *stop | 0x20) : NULL;
	if (suffix) {
		overflow |= check_mul_overflow(v, 1ULL << (10 * (suffix - suffixes + 1)), &v);
		stop++;
	}
	if (end)
		*end = stop == digits ? s : stop;
	return overflow ? ULLONG_MAX : v;
}

bool option_next(char **cursor, char **key, char **value)
{
	char *word;

	do {
		word = strsep(cursor, ",");
		if (!word)
			return false;
	} while (!*word);
	*key = word;
	*value = strchr(word, '=');
	if (*value)
		*(*value)++ = '\0';
	return true;
}

/* Remove the quotes of one word in place, cut it off, and return where the next may begin. */
static char *unquote_word(char *word, char **equals)
{
	char *from = word, *to = word;
	bool quoted = false;

	*equals = NULL;
	for (; *from && (quoted || !is_space(*from)); from++) {
		if (*from == '"') {
			quoted = !quoted;
			continue;
		}
		if (*from == '=' && !*equals)
			*equals = to;
		*to++ = *from;
	}
	if (*from)
		from++;
	*to = '\0';
	return from;
}

bool cmdline_next(char **cursor, char **key, char **value)
{
	char *word = skip_spaces(*cursor), *equals;

	if (!*word) {
		*cursor = word;
		return false;
	}
	*cursor = unquote_word(word, &equals);
	*key = word;
	*value = NULL;
	if (equals) {
		*equals = '\0';
		*value = equals + 1;
	}
	return true;
}

/* One word of a constant command line: its end; quotes kept. */
static const char *word_end(const char *s)
{
	bool quoted = false;

	for (; *s && (quoted || !is_space(*s)); s++)
		quoted ^= *s == '"';
	return s;
}

ssize_t cmdline_find(const char *cmdline, const char *name, char *value, size_t size)
{
	size_t name_len = strlen(name), len = 0;
	const char *s, *end;

	for (s = skip_spaces(cmdline); *s; s = skip_spaces(end)) {
		end = word_end(s);
		s += *s == '"';		/* "name=value with blanks" */
		if ((size_t)(end - s) < name_len || memcmp(s, name, name_len))
			continue;
		s += name_len;
		if (s != end && *s != '=' && *s != '"')
			continue;
		for (s += *s == '='; s < end; s++) {
			if (*s != '"' && len + 1 < size)
				value[len++] = *s;
		}
		if (size)
			value[len] = '\0';
		return (ssize_t)len;
	}
	return -ENOENT;
}

int bitmap_parse_list(const char *s, unsigned long *map, size_t bits)
{
	bitmap_zero(map, bits);
	for (s = skip_spaces(s); *s && *s != '\n'; ) {
		unsigned long long from, to;
		char *end;

		from = to = simple_strtoull(s, &end, 10);
		if (end == s)
			return -EINVAL;
		if (*end == '-') {
			s = end + 1;
			to = simple_strtoull(s, &end, 10);
			if (end == s || to < from)
				return -EINVAL;
		}
		if (to >= bits)
			return -ERANGE;
		bitmap_set(map, from, to - from + 1);
		s = end;
		if (*s == ',')
			s++;
		else if (*s && *s != '\n')
			return -EINVAL;
	}
	return 0;
}
