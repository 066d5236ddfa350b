/* SPDX-License-Identifier: MIT */
/*
 * script: `#!` lines, parsed as Linux does (execve(2), "Interpreter scripts").
 *
 * Only the first EXEC_HEAD_SIZE bytes count. The interpreter's name ends at a blank; everything after the blanks that
 * follow, up to the end of the line less trailing blanks, is one argument. A name cut off by the end of the
 * buffer is ENOEXEC, a cut argument is passed cut. argv[0] gives way to: interpreter, argument, script.
 */
#include "abi/errno.h"
#include "abi/limits.h"
#include "abi/fcntl.h"
#include "exec/internal.h"
#include "lib/string.h"
#include "vfs/exec.h"
#include "vfs/file.h"

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

int exec_open(int dirfd, const char *name, unsigned lookup, struct file **out, uint8_t *head)
{
	ssize_t n;
	int err = vfs_open_exec(&current->vfs, dirfd, name, lookup, out);

	if (err || !head)
		return err;
	memset(head, 0, EXEC_HEAD_SIZE);
	n = file_kernel_read(*out, head, EXEC_HEAD_SIZE, 0);
	if (n >= 0)
		return 0;
	vfs_close_exec(*out);
	return (int)n;
}

/* Split the line in img->head into name and argument, NUL-terminated in place. */
static int parse_line(char *line, size_t size, char **name, char **arg)
{
	char *end = memchr(line, '\n', size), *p = line + 2, *limit = line + size - 1;
	bool cut = !end;

	if (cut) {
		end = limit;
		while (p < end && blank(*p))
			p++;
		if (p == end)
			return -ENOEXEC;	/* nothing but blanks */
		while (p < end && *p && !blank(*p))
			p++;
		if (p == end)
			return -ENOEXEC;	/* the name itself is cut off */
		p = line + 2;
	}
	while (end > p && blank(end[-1]))
		end--;
	*end = '\0';
	while (blank(*p))
		p++;
	if (!*p)
		return -ENOEXEC;
	*name = p;
	while (*p && !blank(*p))
		p++;
	*arg = NULL;
	if (!*p)
		return 0;
	*p++ = '\0';
	while (blank(*p))
		p++;
	if (*p)
		*arg = p;
	return 0;
}

int exec_script(struct exec_image *img)
{
	struct file *interp;
	char *name, *arg;
	int err;

	if (img->scripts++ >= EXEC_MAX_SCRIPTS)
		return -ELOOP;
	if (img->path_closes)
		return -ENOENT;
	err = parse_line((char *)img->head, EXEC_HEAD_SIZE, &name, &arg);
	if (err)
		return err;
	exec_strings_shift(&img->argv);
	err = exec_strings_prepend(img, &img->argv, img->script);
	if (!err && arg)
		err = exec_strings_prepend(img, &img->argv, arg);
	if (!err)
		err = exec_strings_prepend(img, &img->argv, name);
	if (err)
		return err;
	strscpy(img->script, name, PATH_MAX);
	err = exec_open(AT_FDCWD, img->script, LOOKUP_FOLLOW, &interp, img->head);
	if (err)
		return err;
	vfs_close_exec(img->file);
	img->file = interp;
	return 0;
}
