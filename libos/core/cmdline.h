/* SPDX-License-Identifier: MIT */
/*
 * The kernel command line.
 *
 * A folder declares its options at file scope; core_start() hands them their values before INIT_EARLY. Words nobody
 * declared go to PID 1, as Linux does: `name=value` without a dot becomes environment, bare words become
 * arguments, and everything after "--" is arguments.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

enum cmdline_kind {
	CMDLINE_FLAG,		/* bool *: present, or name=0/1/on/off */
	CMDLINE_INT,		/* int * */
	CMDLINE_STRING,		/* const char **: points into the command line; the last one counts */
	CMDLINE_CALL,		/* int (*)(const char *value): each occurrence; value "" when none */
	CMDLINE_KNOWN,		/* nothing is set: asked for with cmdline_value(), and not for PID 1 */
};

/* Field legend: [I] */
struct cmdline_option {
	const char *name;
	const char *help;		/* one line, for doc and help= */
	enum cmdline_kind kind;
	union {
		bool *flag;
		int *number;
		const char **string;
		int (*call)(const char *value);
	};
};

#define CMDLINE_OPTION_(id, ...)							\
	static const struct cmdline_option cmdline_option_##id				\
		__keep __section("cmdline_options") __aligned(8) = { __VA_ARGS__ }
/* `id` is the option's name with _ for what a C name cannot hold. */
#define CMDLINE_FLAG_OPTION(id, name_, var, help_)					\
	CMDLINE_OPTION_(id, .name = name_, .help = help_, .kind = CMDLINE_FLAG, .flag = (var))
#define CMDLINE_INT_OPTION(id, name_, var, help_)					\
	CMDLINE_OPTION_(id, .name = name_, .help = help_, .kind = CMDLINE_INT, .number = (var))
#define CMDLINE_STRING_OPTION(id, name_, var, help_)					\
	CMDLINE_OPTION_(id, .name = name_, .help = help_, .kind = CMDLINE_STRING, .string = (var))
#define CMDLINE_KNOWN_OPTION(id, name_, help_)						\
	CMDLINE_OPTION_(id, .name = name_, .help = help_, .kind = CMDLINE_KNOWN)
#define CMDLINE_CALL_OPTION(id, name_, fn, help_)					\
	CMDLINE_OPTION_(id, .name = name_, .help = help_, .kind = CMDLINE_CALL, .call = (fn))

/* core_start(): keep `text` (copied) and set all options. */
void cmdline_parse(const char *text);
/* As given; for /proc/cmdline. */
const char *cmdline_text(void);
/* Value of an option that nobody declared, or of any: NULL when absent, "" without '='. Last one counts. */
const char *cmdline_value(const char *name);

/* What is left over for PID 1. */
#define CMDLINE_INIT_MAX	32
struct cmdline_init {
	unsigned nr_args, nr_env;
	const char *args[CMDLINE_INIT_MAX];
	const char *env[CMDLINE_INIT_MAX];	/* "name=value" */
};
const struct cmdline_init *cmdline_init_args(void);
/* Calls fn for each declared option. */
void cmdline_for_each(void (*fn)(const struct cmdline_option *opt, void *arg), void *arg);
