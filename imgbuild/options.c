/* SPDX-License-Identifier: MIT */
/*
 * options: long options in GNU style. --owner works on the sources named after it; everything else is
 * independent of order, except that overlays are laid over each other in the order they are named.
 */
#include "imgbuild/options.h"

#include "imgbuild/ext4.h"
#include "imgbuild/identity.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPT_ROOTFS = 256,
	OPT_OVERLAY,
	OPT_OWNER,
	OPT_NUMERIC_OWNER,
	OPT_KERNEL,
	OPT_CMDLINE,
	OPT_INITRD,
	OPT_EFI,
	OPT_MBR,
	OPT_STAGE2,
	OPT_SIZE,
	OPT_FORMAT,
	OPT_LABEL,
	OPT_UUID,
	OPT_ROOT_ONLY,
	OPT_VERIFY,
};

static const struct option long_options[] = {
	{ "rootfs", required_argument, NULL, OPT_ROOTFS },
	{ "overlay", required_argument, NULL, OPT_OVERLAY },
	{ "owner", required_argument, NULL, OPT_OWNER },
	{ "numeric-owner", required_argument, NULL, OPT_NUMERIC_OWNER },
	{ "kernel", required_argument, NULL, OPT_KERNEL },
	{ "cmdline", required_argument, NULL, OPT_CMDLINE },
	{ "initrd", required_argument, NULL, OPT_INITRD },
	{ "efi", required_argument, NULL, OPT_EFI },
	{ "mbr", required_argument, NULL, OPT_MBR },
	{ "stage2", required_argument, NULL, OPT_STAGE2 },
	{ "size", required_argument, NULL, OPT_SIZE },
	{ "format", required_argument, NULL, OPT_FORMAT },
	{ "label", required_argument, NULL, OPT_LABEL },
	{ "uuid", required_argument, NULL, OPT_UUID },
	{ "root-only", no_argument, NULL, OPT_ROOT_ONLY },
	{ "verify", no_argument, NULL, OPT_VERIFY },
	{ "output", required_argument, NULL, 'o' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void usage(void)
{
	fputs("Usage: imgbuild [OPTION]... --rootfs PATH --output FILE\n"
	      "       imgbuild --verify [--root-only] --output FILE\n"
	      "\n"
	      "Build a bootable disk image, or only its root file system, without root and without mounting.\n"
	      "\n"
	      "Root file system:\n"
	      "  --rootfs PATH         folder, tar (any compression), cpio, OCI image layout; - is standard input\n"
	      "  --overlay PATH        laid over it; may be repeated, later ones win\n"
	      "  --owner UID:GID       owner of the files of all folders named after this; 'root' is 0:0,\n"
	      "                        'keep' is as found (archives carry their own)\n"
	      "  --numeric-owner FILE  lines PATH UID:GID [MODE [c|b MAJOR MINOR]]: owners and modes by\n"
	      "                        path; folders (PATH/) and devices are made when missing\n"
	      "  --label TEXT          volume label, at most 16 bytes [coracle]\n"
	      "  --uuid UUID           of the file system [made from the content]\n"
	      "\n"
	      "Boot (without a kernel the disk has a root partition only):\n"
	      "  --kernel FILE         payload, as loader/payload writes it\n"
	      "  --cmdline TEXT        for the kernel; without a root= the image's root partition is added\n"
	      "  --initrd FILE         handed to the kernel\n"
	      "  --efi FILE            UEFI loader, becomes /EFI/BOOT/BOOTX64.EFI\n"
	      "  --mbr FILE --stage2 FILE   BIOS loader\n"
	      "\n"
	      "Output:\n"
	      "  -o, --output FILE     the image\n"
	      "  --size SIZE           of the disk (with --root-only: of the file system); K, M, G, T are powers\n"
	      "                        of 1024 [content, half as much again, at least 64 MiB to spare]\n"
	      "  --format LIST         of raw, qcow2, vmdk [raw]; the others lie beside FILE with their suffix\n"
	      "  --root-only           a bare ext4 file without a partition table\n"
	      "  --verify              check the image that was built; without --rootfs, an existing one\n"
	      "  -v, --verbose         say what is done\n"
	      "  -h, --help            this text\n"
	      "\n"
	      "The same inputs give the same bytes. With SOURCE_DATE_EPOCH set, no time in the image is later.\n"
	      "Exit status: 0 good, 1 failed, 2 wrong usage.\n",
	      stdout);
}

static int parse_size(const char *text, uint64_t *size)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end;

	errno = 0;
	*size = strtoull(text, &end, 10);
	if (end == text || *text == '-' || errno)
		return fail("--size: '%s' is not a size", text);
	unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
	if (unit) {
		unsigned int shift = 10 * (unsigned int)(unit - units + 1);

		if (*size > UINT64_MAX >> shift)
			return fail("--size: '%s' is too large", text);
		*size <<= shift;
		end++;
		if (!strcmp(end, "iB") || !strcmp(end, "B"))
			end += strlen(end);
	}
	if (*end || !*size)
		return fail("--size: '%s' is not a size", text);
	return 0;
}

static int parse_formats(const char *text, unsigned int *formats)
{
	static const char *const names[] = { "raw", "qcow2", "vmdk" };

	*formats = 0;
	while (*text) {
		size_t length = strcspn(text, ", ");
		unsigned int i = 0;

		while (i < 3 && (strlen(names[i]) != length || strncmp(text, names[i], length)))
			i++;
		if (i == 3)
			return fail("--format: '%.*s' is none of raw, qcow2, vmdk", (int)length, text);
		*formats |= 1u << i;
		text += length;
		text += strspn(text, ", ");
	}
	return *formats ? 0 : fail("--format: names no format");
}

static int parse_owner(const char *text, struct owner *owner)
{
	unsigned long uid, gid;
	char *end;

	owner->set = strcmp(text, "keep") != 0;
	owner->uid = owner->gid = 0;
	if (!owner->set || !strcmp(text, "root"))
		return 0;
	uid = gid = strtoul(text, &end, 10);
	if (end != text && *end == ':') {
		text = end + 1;
		gid = strtoul(text, &end, 10);
	}
	if (end == text || *end || uid >= UINT32_MAX || gid >= UINT32_MAX)
		return fail("--owner: expected root, keep or UID:GID in numbers");
	owner->uid = (uint32_t)uid;
	owner->gid = (uint32_t)gid;
	return 0;
}

static int add_source(struct options *options, const struct owner *owner, bool rootfs)
{
	struct source source = { optarg, *owner };

	options->sources = mem_resize(options->sources, options->nr_sources + 1, sizeof(source));
	if (rootfs && options->nr_sources && options->sources[0].path)
		return fail("--rootfs may be given once; use --overlay for what lies over it");
	if (rootfs && options->nr_sources) {
		options->sources[0] = source;
		return 0;
	}
	/* The first place is kept for the root file system, which may be named after its overlays. */
	if (!rootfs && !options->nr_sources) {
		options->sources[options->nr_sources++].path = NULL;
		return add_source(options, owner, rootfs);
	}
	options->sources[options->nr_sources++] = source;
	return 0;
}

static int take_text(struct options *options, int option)
{
	const char **const places[] = {
		[OPT_NUMERIC_OWNER - OPT_ROOTFS] = &options->owners, [OPT_KERNEL - OPT_ROOTFS] = &options->kernel,
		[OPT_CMDLINE - OPT_ROOTFS] = &options->cmdline,	     [OPT_INITRD - OPT_ROOTFS] = &options->initrd,
		[OPT_EFI - OPT_ROOTFS] = &options->efi,		     [OPT_MBR - OPT_ROOTFS] = &options->mbr,
		[OPT_STAGE2 - OPT_ROOTFS] = &options->stage2,	     [OPT_LABEL - OPT_ROOTFS] = &options->label,
	};

	*places[option - OPT_ROOTFS] = optarg;
	return 0;
}

static int take(struct options *options, struct owner *owner, int option)
{
	switch (option) {
	case OPT_ROOTFS:
	case OPT_OVERLAY:
		return add_source(options, owner, option == OPT_ROOTFS);
	case OPT_OWNER:
		return parse_owner(optarg, owner);
	case OPT_SIZE:
		return parse_size(optarg, &options->size);
	case OPT_FORMAT:
		return parse_formats(optarg, &options->formats);
	case OPT_UUID:
		options->uuid_set = true;
		return uuid_parse_text(optarg, options->uuid);
	case OPT_ROOT_ONLY:
		options->root_only = true;
		return 0;
	case OPT_VERIFY:
		options->verify = true;
		return 0;
	case 'o':
		options->output = optarg;
		return 0;
	case 'v':
		report_set_verbose(1);
		return 0;
	default:
		return take_text(options, option);
	}
}

static int take_epoch(struct options *options)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	char *end;

	if (!text || !*text)
		return 0;
	errno = 0;
	options->epoch = strtoll(text, &end, 10);
	if (errno || *end || options->epoch < 0)
		return fail("SOURCE_DATE_EPOCH: '%s' is not a number of seconds", text);
	/* To ext4 a time of 0 means "never". */
	if (!options->epoch)
		options->epoch = 1;
	options->epoch_set = true;
	return 0;
}

/* What fits together. */
static int check(const struct options *options)
{
	bool boot = options->kernel || options->efi || options->mbr || options->initrd || options->cmdline;

	if (!options->output)
		return fail("--output is missing (see --help)");
	if (!options->nr_sources)
		return options->verify ? 0 : fail("--rootfs is missing (see --help)");
	if (!options->sources[0].path)
		return fail("--overlay without a --rootfs");
	if (!options->mbr != !options->stage2)
		return fail("--mbr and --stage2 go together");
	if (options->root_only && boot)
		return fail("--root-only has no place for a kernel, its command line or a loader");
	if (!options->kernel && boot)
		return fail("--kernel is missing: the other boot options need one");
	if (strlen(options->label) > LABEL_MAX)
		return fail("--label: at most %d bytes", LABEL_MAX);
	if (options->cmdline && strlen(options->cmdline) > CMDLINE_MAX)
		return fail("--cmdline: at most %d bytes", CMDLINE_MAX);
	return 0;
}

enum options_result options_parse(struct options *options, int argc, char **argv)
{
	struct owner owner = { .set = false };
	int option;

	memset(options, 0, sizeof(*options));
	options->label = "coracle";
	options->formats = FORMAT_RAW;
	while ((option = getopt_long(argc, argv, "o:vh", long_options, NULL)) != -1) {
		if (option == 'h') {
			usage();
			return OPTIONS_DONE;
		}
		if (option == '?' || take(options, &owner, option))
			return OPTIONS_BAD;
	}
	if (optind < argc) {
		fail("unexpected argument '%s' (see --help)", argv[optind]);
		return OPTIONS_BAD;
	}
	return take_epoch(options) || check(options) ? OPTIONS_BAD : OPTIONS_RUN;
}

void options_fini(struct options *options)
{
	free(options->sources);
}
