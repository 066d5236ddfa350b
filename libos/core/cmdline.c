/* SPDX-License-Identifier: MIT */
/*
 * The kernel command line: the table of declared options, and what is left for PID 1.
 *
 * Two copies are kept: the text as given, and one that is cut into words in place; values point into the second.
 * Set once by core_start(), immutable after. Source for the split between kernel, arguments and environment:
 * bootparam(7).
 */
#include "core/cmdline.h"

#include "core/log.h"
#include "lib/parse.h"
#include "lib/string.h"

#define CMDLINE_SIZE	2048
#define WORDS_MAX	128

extern const struct cmdline_option __start_cmdline_options[] __weak, __stop_cmdline_options[] __weak;

struct word {
	const char *key;
	const char *value;		/* NULL: no '=' */
};

/* Field legend: [I] immutable after cmdline_parse() */
static struct {
	char text[CMDLINE_SIZE];	/* [I] */
	char words[CMDLINE_SIZE];	/* [I] */
	char env[CMDLINE_SIZE];		/* [I] "name=value" strings */
	struct word word[WORDS_MAX];	/* [I] */
	unsigned nr_words;		/* [I] */
	size_t env_used;		/* [I] */
	struct cmdline_init init;	/* [I] */
} line;

static const struct cmdline_option *option_find(const char *name)
{
	for (const struct cmdline_option *o = __start_cmdline_options; o < __stop_cmdline_options; o++) {
		if (strcmp(o->name, name) == 0)
			return o;
	}
	return NULL;
}

/* 0 or -EINVAL. */
static int option_set(const struct cmdline_option *o, const char *value)
{
	switch (o->kind) {
	case CMDLINE_FLAG:
		if (value)
			return kstrtobool(value, o->flag);
		*o->flag = true;
		return 0;
	case CMDLINE_INT:
		return kstrtoint(value ? value : "", 0, o->number);
	case CMDLINE_STRING:
		*o->string = value ? value : "";
		return 0;
	case CMDLINE_KNOWN:
		return 0;
	case CMDLINE_CALL:
		return o->call(value ? value : "");
	}
	return 0;
}

static void init_add_arg(const char *arg)
{
	if (line.init.nr_args < CMDLINE_INIT_MAX)
		line.init.args[line.init.nr_args++] = arg;
}

static void init_add_env(const char *key, const char *value)
{
	size_t klen = strlen(key), vlen = strlen(value);
	char *at = line.env + line.env_used;

	if (line.init.nr_env == CMDLINE_INIT_MAX || line.env_used + klen + vlen + 2 > sizeof(line.env))
		return;
	memcpy(at, key, klen);
	at[klen] = '=';
	memcpy(at + klen + 1, value, vlen + 1);
	line.env_used += klen + vlen + 2;
	line.init.env[line.init.nr_env++] = at;
}

static void word_take(const char *key, const char *value, bool for_init)
{
	const struct cmdline_option *o;

	if (for_init) {
		if (value)
			init_add_env(key, value);
		else
			init_add_arg(key);
		return;
	}
	if (line.nr_words < WORDS_MAX)
		line.word[line.nr_words++] = (struct word){ key, value };
	o = option_find(key);
	if (o) {
		if (option_set(o, value) < 0)
			klog(KLOG_WARN, "command line: bad value in %s=%s", key, value ? value : "");
	} else if (!value) {
		init_add_arg(key);
	} else if (!strchr(key, '.')) {
		init_add_env(key, value);
	}
}

void cmdline_parse(const char *text)
{
	char *cursor = line.words, *key, *value;
	bool for_init = false;

	strscpy(line.text, text, sizeof(line.text));
	strscpy(line.words, text, sizeof(line.words));
	while (cmdline_next(&cursor, &key, &value)) {
		if (!for_init && !value && strcmp(key, "--") == 0)
			for_init = true;
		else
			word_take(key, value, for_init);
	}
}

const char *cmdline_text(void)
{
	return line.text;
}

const char *cmdline_value(const char *name)
{
	for (unsigned i = line.nr_words; i-- > 0;) {
		if (strcmp(line.word[i].key, name) == 0)
			return line.word[i].value ? line.word[i].value : "";
	}
	return NULL;
}

const struct cmdline_init *cmdline_init_args(void)
{
	return &line.init;
}

void cmdline_for_each(void (*fn)(const struct cmdline_option *opt, void *arg), void *arg)
{
	for (const struct cmdline_option *o = __start_cmdline_options; o < __stop_cmdline_options; o++)
		fn(o, arg);
}
