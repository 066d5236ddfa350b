/* SPDX-License-Identifier: MIT */
/* The command line: declared options get values, the rest goes to PID 1. */
#include "test.h"

#include "core/cmdline.h"

#include <string.h>

static struct {
	bool flag, off;
	int number;
	const char *text;
	unsigned calls;
} opt = { .off = true };

static int called(const char *value)
{
	opt.calls += strcmp(value, "x") == 0;
	return 0;
}

CMDLINE_FLAG_OPTION(t_flag, "tflag", &opt.flag, "test");
CMDLINE_FLAG_OPTION(t_off, "toff", &opt.off, "test");
CMDLINE_INT_OPTION(t_number, "tnumber", &opt.number, "test");
CMDLINE_STRING_OPTION(t_text, "ttext", &opt.text, "test");
CMDLINE_CALL_OPTION(t_call, "tcall", called, "test");

TEST(cmdline_options_and_leftovers)
{
	const struct cmdline_init *init;

	cmdline_parse("tflag toff=0 tnumber=0x10 ttext=a ttext=\"b c\" tcall=x tcall=y tcall=x HOME=/root "
		      "mod.param=1 single -- last TERM=vt100");
	CHECK(opt.flag);
	CHECK(!opt.off);
	CHECK_EQ(opt.number, 16);
	CHECK(strcmp(opt.text, "b c") == 0);
	CHECK_EQ(opt.calls, 2);
	CHECK(cmdline_value("HOME") && strcmp(cmdline_value("HOME"), "/root") == 0);
	CHECK(cmdline_value("tflag") && !*cmdline_value("tflag"));
	CHECK(!cmdline_value("absent"));
	init = cmdline_init_args();
	CHECK_EQ(init->nr_args, 2);
	CHECK(strcmp(init->args[0], "single") == 0);
	CHECK(strcmp(init->args[1], "last") == 0);
	CHECK_EQ(init->nr_env, 2);
	CHECK(strcmp(init->env[0], "HOME=/root") == 0);
	CHECK(strcmp(init->env[1], "TERM=vt100") == 0);
}
