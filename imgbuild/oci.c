/* SPDX-License-Identifier: MIT */
/*
 * oci: an OCI image layout (OCI Image Format 1.1: image-layout.md, image-index.md, manifest.md) as a
 * source: index.json -> manifest of linux/amd64 -> its layers, lowest first.
 *
 * Every blob is checked against the SHA-256 that names it before it is read. Other digests than sha256,
 * foreign layers without a blob, and an index with two images for linux/amd64 are errors.
 */
#include "imgbuild/json.h"
#include "imgbuild/sha256.h"
#include "imgbuild/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	JSON_SIZE_MAX = 4 << 20,	/* the standard asks registries for 4 MiB */
	INDEX_DEPTH_MAX = 4,		/* an index may name an index */
};

/* blobs/sha256/HEX below the layout for "sha256:HEX"; NULL after an error. */
static char *blob_path(const char *layout, const char *digest)
{
	static const char algorithm[] = "sha256:";
	const char *hex = digest ? digest + strlen(algorithm) : NULL;

	if (!digest || strncmp(digest, algorithm, strlen(algorithm)) || strlen(hex) != 2 * SHA256_SIZE ||
	    strspn(hex, "0123456789abcdef") != 2 * SHA256_SIZE) {
		fail("%s: digest '%.80s' is not a sha256", layout, digest ? digest : "(none)");
		return NULL;
	}
	return mem_format("%s/blobs/sha256/%s", layout, hex);
}

/* Is the file what its name (the digest in hexadecimal) says? */
static int check_blob(const char *path)
{
	const char *want = strrchr(path, '/') + 1;
	uint8_t digest[SHA256_SIZE];
	char have[2 * SHA256_SIZE + 1], *buffer;
	struct sha256 sum;
	size_t got;
	FILE *file = fopen(path, "re");

	if (!file)
		return fail_errno("'%s'", path);
	buffer = mem_alloc(1 << 16);
	sha256_init(&sum);
	while ((got = fread(buffer, 1, 1 << 16, file)))
		sha256_add(&sum, buffer, got);
	sha256_end(&sum, digest);
	free(buffer);
	fclose(file);
	for (int i = 0; i < SHA256_SIZE; i++)
		sprintf(have + 2 * i, "%02x", digest[i]);
	if (strcmp(have, want))
		return fail("'%s' is damaged: its SHA-256 is %s", path, have);
	return 0;
}

static struct json *read_json(const char *path)
{
	FILE *file = fopen(path, "re");
	struct json *json;
	char *text;
	size_t size;

	if (!file) {
		fail_errno("'%s'", path);
		return NULL;
	}
	text = mem_alloc(JSON_SIZE_MAX + 1);
	size = fread(text, 1, JSON_SIZE_MAX + 1, file);
	json = size <= JSON_SIZE_MAX ? json_parse(text, size) : NULL;
	if (!json)
		fail("'%s' is not JSON of at most 4 MiB", path);
	free(text);
	fclose(file);
	return json;
}

/* The blob a descriptor names, checked, as JSON. NULL after an error. */
static struct json *read_json_blob(const char *layout, const struct json *descriptor)
{
	char *path = blob_path(layout, json_get_string(descriptor, "digest"));
	struct json *json = NULL;

	if (path && !check_blob(path))
		json = read_json(path);
	free(path);
	return json;
}

static bool is_for_us(const struct json *descriptor)
{
	const struct json *platform = json_get(descriptor, "platform");
	const char *os = json_get_string(platform, "os");
	const char *architecture = json_get_string(platform, "architecture");

	if (!platform)
		return true;
	return os && !strcmp(os, "linux") && architecture && !strcmp(architecture, "amd64");
}

static const struct json *choose(const char *layout, const struct json *manifests)
{
	const struct json *chosen = NULL;

	for (unsigned int i = 0; i < manifests->nr_items; i++) {
		if (!is_for_us(manifests->items[i]))
			continue;
		if (chosen) {
			fail("%s: holds several images for linux/amd64; copy the wanted one to a layout of its own",
			     layout);
			return NULL;
		}
		chosen = manifests->items[i];
	}
	if (!chosen)
		fail("%s: holds no image for linux/amd64", layout);
	return chosen;
}

static int read_layer(struct sink *sink, const char *layout, const struct json *descriptor)
{
	struct layer layer = { .oci = true };
	char *path = blob_path(layout, json_get_string(descriptor, "digest"));
	int result = -1;

	if (path && !check_blob(path)) {
		layer.name = path;
		layer.number = ++sink->nr_layers;
		result = archive_read(sink, &layer, path);
	}
	free(path);
	return result;
}

/* index: an image index or a manifest; takes it over. */
static int read_image(struct sink *sink, const char *layout, struct json *index, int depth)
{
	const struct json *manifests = json_get(index, "manifests"), *layers = json_get(index, "layers"), *chosen;
	int result = 0;

	if (layers && layers->type == JSON_LIST) {
		for (unsigned int i = 0; !result && i < layers->nr_items; i++)
			result = read_layer(sink, layout, layers->items[i]);
	} else if (manifests && manifests->type == JSON_LIST && depth < INDEX_DEPTH_MAX) {
		struct json *next;

		chosen = choose(layout, manifests);
		next = chosen ? read_json_blob(layout, chosen) : NULL;
		result = next ? read_image(sink, layout, next, depth + 1) : -1;
	} else {
		result = fail("%s: neither an image index nor an image manifest", layout);
	}
	json_free(index);
	return result;
}

int oci_read(struct sink *sink, const char *path)
{
	char *index_path = mem_format("%s/index.json", path);
	struct json *index = read_json(index_path);

	free(index_path);
	return index ? read_image(sink, path, index, 0) : -1;
}
