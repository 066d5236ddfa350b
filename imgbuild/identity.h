/* SPDX-License-Identifier: MIT */
/*
 * identity: the numbers that must be unique for an image, made from what is in it.
 *
 * Two builds of the same inputs get the same numbers, any change of the root file system other ones.
 */
#pragma once

#include "imgbuild/tree.h"

#define UUID_TEXT_SIZE	37

struct identity {
	uint8_t root[16];		/* UUID of the ext4 file system */
	uint8_t hash_seed[16];		/* of its hashed folders */
	uint8_t disk[16];		/* GPT */
	uint8_t root_partition[16];
	uint8_t esp_partition[16];
	uint8_t boot_partition[16];
	uint32_t fat_serial;
	uint32_t vmdk_content;		/* VMDK's CID */
};

/* From the finished tree, label and size. */
void identity_make(const struct tree *tree, const char *label, uint64_t size, struct identity *identity);

/* "xxxxxxxx-xxxx-..." into text[UUID_TEXT_SIZE]. */
void uuid_format(const uint8_t uuid[16], char *text);
int __must_check uuid_parse_text(const char *text, uint8_t uuid[16]);
