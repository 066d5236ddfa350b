/* SPDX-License-Identifier: MIT */
/* sysctl: numbers in /proc/sys that are read, and written within bounds, where they stand. */
#pragma once

#include "fs/pseudo/pseudo.h"

/* entry->arg. Field legend: [I] immutable */
struct sysctl_number {
	void *value;			/* [I] what it points to is read and written as one word */
	bool wide;			/* [I] 64 bits, else 32 */
	uint64_t min, max;		/* [I] */
};

int sysctl_show(struct strbuf *out, const struct pseudo_target *t);
/* 0, or -EINVAL for what is no number or out of bounds. */
int sysctl_store(char *text, size_t size, const struct pseudo_target *t);
/* One number, white space around it and text behind that notwithstanding, as Linux reads it. 0 or -EINVAL. */
int __must_check sysctl_parse(const char *text, uint64_t *out);

#define SYSCTL(name_, ...) { .name = name_, .mode = S_IFREG | 0644, .show = sysctl_show, .store = sysctl_store, \
			     .arg = &(const struct sysctl_number){ __VA_ARGS__ } }
#define SYSCTL_U32(name_, ptr, min_, max_) SYSCTL(name_, .value = (ptr), .min = (min_), .max = (max_))
#define SYSCTL_U64(name_, ptr, min_, max_) SYSCTL(name_, .value = (ptr), .wide = true, .min = (min_), .max = (max_))
