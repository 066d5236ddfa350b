/* SPDX-License-Identifier: MIT */
/* sysctl: see sysctl.h. */
#include "fs/pseudo/sysctl.h"

#include "abi/errno.h"
#include "lib/parse.h"
#include "lib/strbuf.h"
#include "lib/string.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

int sysctl_parse(const char *text, uint64_t *out)
{
	char word[24];
	size_t n = 0;

	while (is_space(*text))
		text++;
	while (text[n] && !is_space(text[n]) && n < sizeof(word) - 1)
		n++;
	memcpy(word, text, n);
	word[n] = 0;
	return (text[n] && !is_space(text[n])) || kstrtou64(word, 10, out) ? -EINVAL : 0;
}

int sysctl_show(struct strbuf *out, const struct pseudo_target *t)
{
	const struct sysctl_number *n = t->entry->arg;

	strbuf_printf(out, "%llu\n", n->wide ? (unsigned long long)READ_ONCE(*(uint64_t *)n->value) :
		      (unsigned long long)READ_ONCE(*(uint32_t *)n->value));
	return 0;
}

int sysctl_store(char *text, size_t size, const struct pseudo_target *t)
{
	const struct sysctl_number *n = t->entry->arg;
	uint64_t value;
	int err = sysctl_parse(text, &value);

	(void)size;
	if (err || value < n->min || value > n->max)
		return -EINVAL;
	if (n->wide)
		WRITE_ONCE(*(uint64_t *)n->value, value);
	else
		WRITE_ONCE(*(uint32_t *)n->value, (uint32_t)value);
	return 0;
}
