/* SPDX-License-Identifier: MIT */
/*
 * #!: interpreter, the rest of the line as one argument without blanks at its ends, the script,
 * argv[1..].
 */
#include "lib/contract.h"

#include "lib/elf_image.h"

/* Exits 0 when argv[2..] are what the environment variable WANT lists, separated by |. */
int contract_role(const char *role, int argc, char **argv)
{
	char got[1024] = "";

	for (int i = 1; i < argc; i++) {
		strcat(got, argv[i]);
		strcat(got, "|");
	}
	if (!strcmp(got, getenv("WANT")))
		return 0;
	note("got '%s', want '%s'", got, getenv("WANT"));
	return 1;
}

static const char *self;

static void try(const char *before, const char *after, const char *want)
{
	char line[512];

	snprintf(line, sizeof(line), "#!%s%s%s", before, self, after);
	unlink("script");
	write_file("script", line, strlen(line));
	REQUIRE(chmod("script", 0755) == 0);
	setenv("WANT", want, 1);
	CHECK_INT(exec_result("./script"), 0, "'#!%sSELF%.40s' passes %s", before, after, want);
}

void contract_main(void)
{
	tmp_dir();
	REQUIRE(symlink(contract_self(), "self") == 0);
	self = "./self";
	try("", " @a\n", "@a|./script|argument|");
	try(" ", " @a\n", "@a|./script|argument|");
	try(" \t ", "\t @a\n", "@a|./script|argument|");
	try("", " @a b  c \t \n", "@a b  c|./script|argument|");
	try("", " @a 'x y'\nsecond line\n", "@a 'x y'|./script|argument|");
	try("", " @a", "@a|./script|argument|");
	try("", " @a \n", "@a|./script|argument|");
	try("", " @a\r\n", "@a\r|./script|argument|");
}
