/* SPDX-License-Identifier: MIT */
/*
 * owners: a text file that sets owners and modes by path, for trees kept where those cannot be kept (git).
 *
 *	# comment
 *	/etc/shadow	0:42	0640
 *	/tmp/		0:0	1777
 *	/dev/console	0:5	0600	c 5 1
 *
 * The path comes first, then UID:GID in numbers, then the mode in octal (optional), then for a device c or b,
 * major and minor. It applies to the finished tree. A path that ends in "/" is a folder and, like a device, is made
 * when no source has it; any other path must be there.
 */
#include "imgbuild/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct line {
	char *path;
	uint32_t uid, gid;
	long mode;		/* -1: stays */
	char device;		/* c, b, or 0 */
	uint32_t major, minor;
};

enum {
	FIELDS_MAX = 6,
	MAJOR_MAX = (1 << 12) - 1,	/* of a device number on Linux */
	MINOR_MAX = (1 << 20) - 1,
};

static bool parse_number(const char *text, char end, int base, unsigned long max, unsigned long *value)
{
	char *stop;

	errno = 0;
	*value = strtoul(text, &stop, base);
	return stop != text && *stop == end && *text != '-' && !errno && *value <= max;
}

static bool parse_device(char *const fields[], struct line *line)
{
	unsigned long major_number, minor_number;

	if (strcmp(fields[3], "c") && strcmp(fields[3], "b"))
		return false;
	if (!parse_number(fields[4], '\0', 10, MAJOR_MAX, &major_number) ||
	    !parse_number(fields[5], '\0', 10, MINOR_MAX, &minor_number))
		return false;
	line->device = *fields[3];
	line->major = (uint32_t)major_number;
	line->minor = (uint32_t)minor_number;
	return true;
}

/* fields: PATH UID:GID [MODE [c|b MAJOR MINOR]] */
static bool parse(char *const fields[], int nr_fields, struct line *line)
{
	const char *colon = nr_fields > 1 ? strchr(fields[1], ':') : NULL;
	unsigned long uid, gid, mode;

	line->path = fields[0];
	line->mode = -1;
	line->device = 0;
	if (*line->path != '/' || !colon || nr_fields == 4 || nr_fields == 5)
		return false;
	if (!parse_number(fields[1], ':', 10, UINT32_MAX - 1, &uid) ||
	    !parse_number(colon + 1, '\0', 10, UINT32_MAX - 1, &gid))
		return false;
	line->uid = (uint32_t)uid;
	line->gid = (uint32_t)gid;
	if (nr_fields > 2) {
		if (!parse_number(fields[2], '\0', 8, 07777, &mode))
			return false;
		line->mode = (long)mode;
	}
	return nr_fields < FIELDS_MAX || parse_device(fields, line);
}

/* The node a line describes when no source has it; NULL when it must be there. */
static struct node *make_node(const struct line *line)
{
	struct node *node = NULL;

	if (line->device) {
		node = node_new(line->device == 'c' ? S_IFCHR : S_IFBLK);
		node->major = line->major;
		node->minor = line->minor;
	} else if (line->path[strlen(line->path) - 1] == '/') {
		node = node_new(S_IFDIR | 0755);
	}
	if (node)
		node->mtime = TREE_TIME_UNSET;
	return node;
}

static int apply(struct tree *tree, const struct layer *layer, const struct line *line)
{
	struct tree_entry *entry = tree_find(tree, line->path);
	struct node *node = entry ? NULL : make_node(line);

	if (node && tree_put(tree, layer, line->path, node))
		return -1;
	entry = tree_find(tree, line->path);
	if (!entry)
		return fail("%s: '%s' is not in the image", layer->name, line->path);
	entry->node->uid = line->uid;
	entry->node->gid = line->gid;
	if (line->mode >= 0)
		entry->node->mode = (entry->node->mode & S_IFMT) | (mode_t)line->mode;
	return 0;
}

static int apply_text(struct tree *tree, const struct layer *layer, char *text)
{
	char *fields[FIELDS_MAX + 1], *save = NULL;
	struct line line;
	int nr = 0;

	for (char *field = strtok_r(text, " \t\n", &save); field && nr <= FIELDS_MAX;
	     field = strtok_r(NULL, " \t\n", &save))
		fields[nr++] = field;
	if (!nr || *fields[0] == '#')
		return 0;
	if (nr > FIELDS_MAX || !parse(fields, nr, &line))
		return fail("%s: '%s': expected PATH UID:GID [MODE [c|b MAJOR MINOR]]", layer->name, fields[0]);
	return apply(tree, layer, &line);
}

int owners_apply(struct tree *tree, const char *path)
{
	struct layer layer = { .name = path, .number = ~0u };
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	int result = 0;

	if (!file)
		return fail_errno("'%s'", path);
	while (!result && getline(&text, &size, file) >= 0)
		result = apply_text(tree, &layer, text);
	if (!result && ferror(file))
		result = fail_errno("'%s'", path);
	free(text);
	fclose(file);
	return result;
}
