/* SPDX-License-Identifier: MIT */
/*
 * ksnprintf with any format and any buffer size, against libc's snprintf where the format is one both define. All
 * arguments are the same 64-bit value, small enough that widths stay small.
 */
#include "lib/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As many as 62 characters of format can ask for. */
#define ARGS_8	v, v, v, v, v, v, v, v
#define ARGS	ARGS_8, ARGS_8, ARGS_8, ARGS_8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Behind a width or a precision; NULL: so large that libc pads for seconds. */
static const char *behind_number(const char *f)
{
	size_t digits = strspn(f, "0123456789");

	return digits <= 4 ? f + digits : NULL;
}

/* Only what lib/format.h promises: flags, numbers without *, lengths, d i u x X o c %. */
static bool comparable(const char *f)
{
	while ((f = strchr(f, '%'))) {
		f++;
		if (*f == '%') {
			f++;
			continue;
		}
		f += strspn(f, "-+ #0");
		f = behind_number(f);
		if (f && *f == '.')
			f = behind_number(f + 1);
		if (!f)
			return false;
		if (*f == 'l' || *f == 'z' || *f == 'j')
			f++;
		if (!*f || !strchr("diuxXo", *f))
			return false;
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char fmt[64], theirs[4096], *ours;
	size_t room;
	long v;
	int n, m;

	if (size < 10 || size > 9 + sizeof(fmt) - 1)
		return 0;
	memcpy(&v, data, sizeof(v));
	room = (size_t)data[8] * 16 + 1;
	memcpy(fmt, data + 9, size - 9);
	fmt[size - 9] = '\0';
	if (!comparable(fmt))
		return 0;
	ours = malloc(room);
	n = ksnprintf(ours, room, fmt, ARGS);
	m = snprintf(theirs, sizeof(theirs), fmt, ARGS);
	if (strlen(ours) >= room)
		abort();
	if (m >= 0 && m < (int)sizeof(theirs) && (n != m || strncmp(ours, theirs, room - 1)))
		abort();
	free(ours);
	return 0;
}
