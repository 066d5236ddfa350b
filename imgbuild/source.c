/* SPDX-License-Identifier: MIT */
/*
 * source: tell folders, archives and OCI layouts apart.
 */
#include "imgbuild/source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool has_file(const char *folder, const char *name)
{
	char *path = mem_format("%s/%s", folder, name);
	bool found = !access(path, F_OK);

	free(path);
	return found;
}

int source_read(struct sink *sink, const struct source *source)
{
	struct layer layer = { .name = source->path, .oci = false };
	struct stat st;

	if (!strcmp(source->path, "-")) {
		layer.name = "standard input";
		layer.number = ++sink->nr_layers;
		return archive_read(sink, &layer, NULL);
	}
	if (stat(source->path, &st))
		return fail_errno("'%s'", source->path);
	if (S_ISDIR(st.st_mode) && has_file(source->path, "oci-layout") && has_file(source->path, "index.json"))
		return oci_read(sink, source->path);
	layer.number = ++sink->nr_layers;
	if (S_ISDIR(st.st_mode))
		return folder_read(sink, &layer, source);
	if (S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode))
		return archive_read(sink, &layer, source->path);
	return fail("'%s' is neither a folder nor an archive", source->path);
}
