/* SPDX-License-Identifier: MIT */
/*
 * options: the command line.
 */
#pragma once

#include "imgbuild/source.h"

enum {
	FORMAT_RAW = 1 << 0,
	FORMAT_QCOW2 = 1 << 1,
	FORMAT_VMDK = 1 << 2,
};

enum {
	LABEL_MAX = 16,
	CMDLINE_MAX = 4095,	/* what the loader takes */
};

struct options {
	struct source *sources;	/* the root file system first, then the overlays */
	size_t nr_sources;
	const char *output;
	const char *owners;	/* --numeric-owner */
	const char *kernel, *cmdline, *initrd, *efi, *mbr, *stage2;
	const char *label;
	uint64_t size;		/* 0: as needed */
	uint8_t uuid[16];
	bool uuid_set;
	bool root_only;
	bool verify;
	unsigned int formats;
	/* From the environment. */
	bool epoch_set;		/* SOURCE_DATE_EPOCH */
	int64_t epoch;
};

enum options_result {
	OPTIONS_RUN,
	OPTIONS_DONE,		/* --help, --version: all is said */
	OPTIONS_BAD,		/* the message is out */
};

enum options_result options_parse(struct options *options, int argc, char **argv);
void options_fini(struct options *options);
