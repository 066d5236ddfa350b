/* SPDX-License-Identifier: MIT */
/*
 * command: posix_spawn with output caught in a temporary file.
 */
#include "imgbuild/command.h"

#include "imgbuild/temp.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void show(const char *log, FILE *where)
{
	FILE *file = fopen(log, "re");
	int c;

	while (file && (c = getc(file)) != EOF)
		putc(c, where);
	if (file)
		fclose(file);
}

static int spawn(const char *const argv[], const char *log, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	char path[64];
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_APPEND, 0);
	posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
	/* The array of pointers to const is what it promises anyway; POSIX could not say so. */
	error = posix_spawnp(pid, argv[0], &actions, NULL, (char *const *)argv, environ);
	/* Debian leaves the folder of e2fsck out of a user's PATH. */
	if (error == ENOENT) {
		snprintf(path, sizeof(path), "/sbin/%s", argv[0]);
		error = posix_spawn(pid, path, &actions, NULL, (char *const *)argv, environ);
	}
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

int command_run(const char *const argv[], const char *package, int max_status)
{
	char *log = temp_create(NULL);
	int error, status, result = 0;
	pid_t pid;

	if (!log)
		return -1;
	error = spawn(argv, log, &pid);
	if (error == ENOENT) {
		result = fail("'%s' not found: install the Debian package '%s'", argv[0], package);
	} else if (error) {
		errno = error;
		result = fail_errno("cannot run '%s'", argv[0]);
	} else {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		if (!WIFEXITED(status) || WEXITSTATUS(status) > max_status) {
			show(log, stderr);
			result = fail("'%s' failed (status 0x%x)", argv[0], status);
		}
	}
	temp_drop(log);
	return result;
}
