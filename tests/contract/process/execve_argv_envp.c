/* SPDX-License-Identifier: MIT */
/* execve: argv and envp reach the new image, byte for byte and in order. */
#include "lib/contract.h"

extern char **environ;

int contract_role(const char *role, int argc, char **argv)
{
	if (argc != 5 || strcmp(argv[2], "two words") || strcmp(argv[3], "") || strcmp(argv[4], "\xff\x01"))
		return 1;
	if (argv[5] != NULL)
		return 2;
	if (!environ[0] || !environ[1] || environ[2])
		return 3;
	return strcmp(environ[0], "A=1") || strcmp(environ[1], "EMPTY=") ? 4 : 60;
}

static int with_args(void *arg)
{
	char *argv[] = { (char *)contract_self(), "@args", "two words", "", "\xff\x01", NULL };
	char *envp[] = { "A=1", "EMPTY=", NULL };

	execve(argv[0], argv, envp);
	return 100;
}

void contract_main(void)
{
	char *argv[] = { "x", NULL };

	CHECK_EXIT(with_args, NULL, 60, "five arguments and two variables arrive");
	CHECK_ERR(execve("/nonexistent/x", argv, NULL), ENOENT, "a missing file is ENOENT");
	CHECK_ERR(execve("/", argv, NULL), EACCES, "a folder is EACCES");
	CHECK_ERR(execve(contract_self(), bad_pointer(), NULL), EFAULT, "a bad argv is EFAULT");
	argv[0] = bad_pointer();
	CHECK_ERR(execve(contract_self(), argv, NULL), EFAULT, "a bad argument is EFAULT");
}
