/* SPDX-License-Identifier: MIT */
/* UTF-8 and UTF-16LE: see lib/utf.h. */
#include "lib/utf.h"

#include "lib/byteorder.h"
#include "lib/string.h"

#define REPLACEMENT	0xfffdU

/* Bytes of the character a lead byte begins and its smallest value; 0: no lead byte. */
static unsigned lead_length(uint8_t c, uint32_t *smallest)
{
	if (c < 0xc2)
		return 0;
	*smallest = c < 0xe0 ? 0x80 : c < 0xf0 ? 0x800 : 0x10000;
	return c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
}

size_t utf8_decode(const char *s, size_t n, uint32_t *cp)
{
	const uint8_t *p = (const uint8_t *)s;
	uint32_t smallest, v;
	unsigned len, i;

	*cp = *p;
	if (*p < 0x80)
		return 1;
	*cp = REPLACEMENT;
	len = lead_length(*p, &smallest);
	if (!len)
		return 1;
	v = *p & (0x7f >> len);
	for (i = 1; i < len; i++) {
		if (i == n || (p[i] & 0xc0) != 0x80)
			return i;
		v = v << 6 | (p[i] & 0x3f);
	}
	if (v >= smallest && v <= 0x10ffff && (v < 0xd800 || v > 0xdfff))
		*cp = v;
	return len;
}

size_t utf8_encode(uint32_t cp, char out[UTF8_MAX])
{
	if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		cp = REPLACEMENT;
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

size_t utf16le_to_utf8(char *dst, size_t size, const void *src, size_t units)
{
	const uint8_t *p = src;
	char bytes[UTF8_MAX];
	size_t len = 0, i, n;
	uint32_t cp, low;

	for (i = 0; i < units && (cp = get_unaligned_le16(p + 2 * i)) != 0; i++) {
		if (cp >= 0xd800 && cp < 0xdc00 && i + 1 < units) {
			low = get_unaligned_le16(p + 2 * i + 2);
			if (low >= 0xdc00 && low < 0xe000) {
				cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
				i++;
			}
		}
		n = utf8_encode(cp, bytes);
		if (len + n >= size)
			break;
		memcpy(dst + len, bytes, n);
		len += n;
	}
	dst[len] = '\0';
	return len;
}
