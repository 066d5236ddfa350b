/* SPDX-License-Identifier: MIT */
/* Number, size, option, command-line, list, UUID and UTF parsers on any text; numbers against libc's strtoull. */
#include "lib/bitmap.h"
#include "lib/parse.h"
#include "lib/utf.h"
#include "lib/uuid.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void numbers(const char *s)
{
	unsigned long long v, w;
	char *end;

	if (kstrtoull(s, 10, &v) == 0) {
		errno = 0;
		w = strtoull(s, &end, 10);
		if (v != w || errno || (*end && strcmp(end, "\n")))
			abort();
	} else if (isdigit(*s)) {
		errno = 0;
		strtoull(s, &end, 10);
		if (!errno && !*end)
			abort();
	}
}

static void words(char *s)
{
	char *cursor = s, *key, *value;
	const char *end = s + strlen(s);

	while (cmdline_next(&cursor, &key, &value)) {
		if (key < s || key > end || (value && (value < key || value > end)))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1), *cursor, *key, *value, out[16];
	DECLARE_BITMAP(map, 100);
	struct uuid u;
	uint32_t cp;
	size_t i;

	memcpy(s, data, size);
	s[size] = '\0';
	numbers(s);
	memparse(s, NULL);
	ignore_result(cmdline_find(s, "root", out, sizeof(out)));
	ignore_result(bitmap_parse_list(s, map, 100));
	ignore_result(uuid_parse(s, &u));
	for (i = 0; i < size; )
		i += utf8_decode(s + i, size - i, &cp);
	if (i != size)
		abort();
	utf16le_to_utf8(out, sizeof(out), data, size / 2);
	words(s);
	memcpy(s, data, size);
	cursor = s;
	while (option_next(&cursor, &key, &value))
		;
	free(s);
	return 0;
}
