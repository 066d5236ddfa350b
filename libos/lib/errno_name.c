/* SPDX-License-Identifier: MIT */
#include "lib/errno_name.h"

#include "abi/errno.h"
#include "lib/compiler.h"

#define E(name) [name] = #name,
static const char *const names[] = {
#include "lib/errno_names.def"
};
#undef E

const char *errno_symbol(long err)
{
	unsigned long value = err < 0 ? -(unsigned long)err : (unsigned long)err;

	return value < ARRAY_SIZE(names) ? names[value] : NULL;
}

const char *errno_name(long err)
{
	const char *name = errno_symbol(err);

	return name ? name : "an unknown error";
}
