/* SPDX-License-Identifier: MIT */
/* UUIDs as text: see lib/uuid.h. */
#include "lib/uuid.h"

#include "abi/errno.h"

/* Byte order of the text: for a uuid as stored, for a guid with the first three fields reversed. */
static const uint8_t uuid_order[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
static const uint8_t guid_order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

static bool dash_before(unsigned i)
{
	return i == 4 || i == 6 || i == 8 || i == 10;
}

static void print(const uint8_t b[16], const uint8_t order[16], char *out)
{
	static const char hex[] = "0123456789abcdef";
	unsigned i;

	for (i = 0; i < 16; i++) {
		if (dash_before(i))
			*out++ = '-';
		*out++ = hex[b[order[i]] >> 4];
		*out++ = hex[b[order[i]] & 15];
	}
	*out = '\0';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse(const char *s, const uint8_t order[16], uint8_t out[16])
{
	uint8_t b[16];
	unsigned i;
	int hi, lo;

	for (i = 0; i < 16; i++) {
		if (dash_before(i) && *s++ != '-')
			return -EINVAL;
		hi = hex_value(*s);
		lo = hi < 0 ? -1 : hex_value(s[1]);
		if (lo < 0)
			return -EINVAL;
		b[order[i]] = (uint8_t)(hi << 4 | lo);
		s += 2;
	}
	if (*s)
		return -EINVAL;
	__builtin_memcpy(out, b, sizeof(b));
	return 0;
}

void uuid_print(const struct uuid *u, char out[UUID_STRING_LEN + 1])
{
	print(u->b, uuid_order, out);
}

void guid_print(const struct guid *g, char out[UUID_STRING_LEN + 1])
{
	print(g->b, guid_order, out);
}

int uuid_parse(const char *s, struct uuid *out)
{
	return parse(s, uuid_order, out->b);
}

int guid_parse(const char *s, struct guid *out)
{
	return parse(s, guid_order, out->b);
}

void uuid_make_v4(struct uuid *u)
{
	u->b[6] = (u->b[6] & 0x0f) | 0x40;	/* version 4 */
	u->b[8] = (u->b[8] & 0x3f) | 0x80;	/* variant of RFC 9562 */
}
