/* SPDX-License-Identifier: MIT */
/*
 * identity: SHA-256 over the tree (names, attributes, sizes, and CRC32C of contents), and from that digest
 * UUIDs of version 8 (RFC 9562: made by the application), each with its purpose mixed in.
 */
#include "imgbuild/identity.h"

#include "imgbuild/sha256.h"

#include <ctype.h>
#include <endian.h>
#include <stdio.h>
#include <string.h>

static void add_number(struct sha256 *sum, uint64_t number)
{
	uint64_t bytes = htole64(number);

	sha256_add(sum, &bytes, sizeof(bytes));
}

/* With the size first, so that neighbouring fields cannot run into each other. */
static void add_bytes(struct sha256 *sum, const void *bytes, size_t size)
{
	add_number(sum, size);
	sha256_add(sum, bytes, size);
}

static void add_text(struct sha256 *sum, const char *text)
{
	add_bytes(sum, text ? text : "", text ? strlen(text) : 0);
}

static void add_node(struct sha256 *sum, const struct node *node)
{
	add_number(sum, node->mode);
	add_number(sum, (uint64_t)node->uid << 32 | node->gid);
	add_number(sum, (uint64_t)node->major << 32 | node->minor);
	add_number(sum, (uint64_t)node->mtime);
	add_number(sum, (uint64_t)node->mtime_ns << 32 | node->links);
	add_text(sum, node->target);
	add_number(sum, node->content.size);
	add_number(sum, (uint64_t)node->content.crc << 32 | node->content.nr_pieces);
	for (unsigned int i = 0; i < node->nr_xattrs; i++) {
		add_text(sum, node->xattrs[i].name);
		add_bytes(sum, node->xattrs[i].value, node->xattrs[i].size);
	}
}

static void add_entry(struct sha256 *sum, const struct tree_entry *entry)
{
	add_text(sum, entry->name);
	add_node(sum, entry->node);
	add_number(sum, entry->nr_children);
	for (unsigned int i = 0; i < entry->nr_children; i++)
		add_entry(sum, entry->children[i]);
}

/* A UUID for one purpose. */
static void make_uuid(const uint8_t seed[SHA256_SIZE], const char *purpose, uint8_t uuid[16])
{
	uint8_t digest[SHA256_SIZE];
	struct sha256 sum;

	sha256_init(&sum);
	sha256_add(&sum, seed, SHA256_SIZE);
	add_text(&sum, purpose);
	sha256_end(&sum, digest);
	memcpy(uuid, digest, 16);
	uuid[6] = (uuid[6] & 0x0f) | 0x80;	/* version 8 */
	uuid[8] = (uuid[8] & 0x3f) | 0x80;	/* the RFC's variant */
}

void identity_make(const struct tree *tree, const char *label, uint64_t size, struct identity *identity)
{
	uint8_t seed[SHA256_SIZE], small[16];
	struct sha256 sum;

	sha256_init(&sum);
	add_text(&sum, "coracle image 1");
	add_entry(&sum, tree->root);
	add_text(&sum, label);
	add_number(&sum, size);
	sha256_end(&sum, seed);
	make_uuid(seed, "root", identity->root);
	make_uuid(seed, "hash seed", identity->hash_seed);
	make_uuid(seed, "disk", identity->disk);
	make_uuid(seed, "root partition", identity->root_partition);
	make_uuid(seed, "system partition", identity->esp_partition);
	make_uuid(seed, "boot partition", identity->boot_partition);
	make_uuid(seed, "small numbers", small);
	memcpy(&identity->fat_serial, small, 4);
	memcpy(&identity->vmdk_content, small + 12, 4);
	identity->vmdk_content = (identity->vmdk_content & 0x7fffffff) | 1;	/* 0 and -1 are special */
}

void uuid_format(const uint8_t uuid[16], char *text)
{
	for (int i = 0; i < 16; i++)
		text += sprintf(text, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", uuid[i]);
}

int uuid_parse_text(const char *text, uint8_t uuid[16])
{
	unsigned int byte;
	const char *p = text;

	for (int i = 0; i < 16; i++) {
		if ((i == 4 || i == 6 || i == 8 || i == 10) && *p++ != '-')
			return fail("'%s' is not a UUID", text);
		if (!isxdigit((unsigned char)p[0]) || !isxdigit((unsigned char)p[1]) || sscanf(p, "%2x", &byte) != 1)
			return fail("'%s' is not a UUID", text);
		uuid[i] = (uint8_t)byte;
		p += 2;
	}
	return *p ? fail("'%s' is not a UUID", text) : 0;
}
