/* SPDX-License-Identifier: MIT */
/*
 * imgbuild: a root file system, a kernel and a loader become a disk image, without root rights and without mounting
 * anything.
 *
 *	sources --> tree + spool --> identity --> layout --> table, boot code, ESP, ext4 --> check --> rename
 *
 * Reading order: options.h, tree.h, source.h, ext4.h, gpt.h, esp.h, output.h. Errors: report.h.
 */
#include "imgbuild/ext4.h"
#include "imgbuild/options.h"
#include "imgbuild/output.h"
#include "imgbuild/temp.h"
#include "imgbuild/verify.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

/* All that a build knows. */
struct build {
	const struct options *options;
	struct tree tree;
	struct spool spool;
	int64_t time;		/* of creation of all parts */
	struct ext4_plan plan;
	struct layout layout;
	struct identity identity;
	struct esp_files files;
};

/* e2fsck puts lost files there and wants it to exist. */
static int add_lost_found(struct tree *tree)
{
	const struct layer layer = { .name = "imgbuild", .number = ~0u };
	struct node *node;

	if (tree_find(tree, "lost+found"))
		return 0;
	node = node_new(S_IFDIR | 0700);
	node->mtime = TREE_TIME_UNSET;
	return tree_put(tree, &layer, "lost+found", node);
}

static int read_sources(struct build *build)
{
	const struct options *options = build->options;
	struct sink sink = { .tree = &build->tree, .spool = &build->spool };

	for (size_t i = 0; i < options->nr_sources; i++) {
		if (source_read(&sink, &options->sources[i]))
			return -1;
	}
	if (options->owners && owners_apply(&build->tree, options->owners))
		return -1;
	if (add_lost_found(&build->tree))
		return -1;
	build->time = options->epoch_set ? options->epoch : tree_newest(&build->tree);
	tree_finish(&build->tree, build->time, options->epoch_set);
	return 0;
}

/* Sizes of everything: the root alone decides, or the disk that was asked for. */
static int plan_sizes(struct build *build)
{
	const struct options *options = build->options;
	uint64_t system_size = 0;

	if (options->root_only) {
		build->plan.size = options->size / EXT4_BLOCK_SIZE * EXT4_BLOCK_SIZE;
		if (ext4_plan(&build->tree, &build->plan))
			return -1;
		build->layout.disk_size = build->layout.root.size = build->plan.size;
		return 0;
	}
	if (options->kernel && esp_size(&build->files, &system_size))
		return -1;
	if (!options->size && ext4_plan(&build->tree, &build->plan))
		return -1;
	if (layout_make(&build->layout, options->size, system_size, build->plan.size))
		return -1;
	build->plan.size = build->layout.root.size;
	return ext4_plan(&build->tree, &build->plan);
}

static int write_root(struct build *build, const char *path)
{
	struct ext4_target target = {
		.path = path,
		.offset = build->layout.root.offset,
		.label = build->options->label,
		.time = build->time,
	};

	memcpy(target.uuid, build->identity.root, sizeof(target.uuid));
	memcpy(target.hash_seed, build->identity.hash_seed, sizeof(target.hash_seed));
	return ext4_write(&target, &build->plan, &build->tree, &build->spool);
}

/* The command line with a root= in it. */
static char *make_cmdline(const struct build *build)
{
	const char *text = build->options->cmdline ? build->options->cmdline : "";
	char uuid[UUID_TEXT_SIZE];

	if (!strncmp(text, "root=", 5) || strstr(text, " root="))
		return mem_string(text);
	uuid_format(build->identity.root_partition, uuid);
	return mem_format("root=PARTUUID=%s rw%s%s", uuid, *text ? " " : "", text);
}

static int write_boot(struct build *build, const char *path)
{
	const struct options *options = build->options;
	char *cmdline;
	int result = 0;

	if (gpt_write(path, &build->layout, &build->identity))
		return -1;
	if (!options->kernel)
		return 0;
	if (options->mbr)
		result = gpt_write_boot(path, &build->layout, options->mbr, options->stage2);
	cmdline = make_cmdline(build);
	build->files.cmdline = cmdline;
	if (strlen(cmdline) > CMDLINE_MAX)
		result = fail("--cmdline: with root= added, more than %d bytes", CMDLINE_MAX);
	if (!result)
		result = esp_write(path, &build->layout.esp, &build->files, build->identity.fat_serial, build->time);
	build->files.cmdline = NULL;
	free(cmdline);
	return result;
}

static int write_image(struct build *build)
{
	const struct options *options = build->options;
	char *temp = output_create(options->output, build->layout.disk_size);
	int result = 0;

	if (!temp)
		return -1;
	if (!options->root_only)
		result = write_boot(build, temp);
	if (!result)
		result = write_root(build, temp);
	if (!result && options->verify)
		result = verify_image(temp, options->root_only, options->kernel ? &build->files : NULL);
	if (result) {
		temp_drop(temp);
		return -1;
	}
	return output_finish(temp, options->output, options->formats, build->identity.vmdk_content);
}

static int run(struct build *build)
{
	const struct options *options = build->options;

	if (spool_init(&build->spool) || read_sources(build) || plan_sizes(build))
		return -1;
	identity_make(&build->tree, options->label, build->layout.disk_size, &build->identity);
	if (options->uuid_set)
		memcpy(build->identity.root, options->uuid, sizeof(options->uuid));
	say("%llu files, %llu MiB of content, image of %llu MiB", (unsigned long long)build->plan.nr_inodes,
	    (unsigned long long)(build->plan.nr_blocks * EXT4_BLOCK_SIZE >> 20),
	    (unsigned long long)(build->layout.disk_size >> 20));
	return write_image(build);
}

static int build_image(const struct options *options)
{
	struct build build = {
		.options = options,
		.spool.fd = -1,
		.files = { .kernel = options->kernel, .initrd = options->initrd, .efi = options->efi },
	};
	int result;

	tree_init(&build.tree);
	result = run(&build);
	tree_fini(&build.tree);
	spool_fini(&build.spool);
	return result;
}

int main(int argc, char **argv)
{
	struct options options;
	int result = 2;

	/* Names in archives are UTF-8; without a locale that says so libarchive refuses to hand them over. */
	setlocale(LC_CTYPE, "C.UTF-8");
	temp_init();
	switch (options_parse(&options, argc, argv)) {
	case OPTIONS_DONE:
		result = 0;
		break;
	case OPTIONS_BAD:
		break;
	case OPTIONS_RUN:
		result = options.nr_sources ? build_image(&options) :
					      verify_image(options.output, options.root_only, NULL);
		result = result ? 1 : 0;
		break;
	}
	options_fini(&options);
	return result;
}
