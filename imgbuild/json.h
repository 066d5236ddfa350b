/* SPDX-License-Identifier: MIT */
/*
 * json: RFC 8259 text as a tree, as much as an OCI layout needs (objects, lists, strings; numbers and
 * words are kept as their text).
 */
#pragma once

#include <stddef.h>

enum json_type {
	JSON_OBJECT,
	JSON_LIST,
	JSON_STRING,
	JSON_OTHER,		/* number, true, false, null */
};

struct json {
	enum json_type type;
	char *name;		/* of a member of an object */
	char *text;		/* strings decoded to UTF-8; others as written */
	unsigned int nr_items;
	struct json **items;
};

/* Parse size bytes. NULL when it is not JSON or nested more than 64 deep. Freed with json_free(). */
struct json *json_parse(const char *text, size_t size);
void json_free(struct json *json);

/* The member of an object; NULL when there is none or json is NULL or no object. */
const struct json *json_get(const struct json *json, const char *name);

/* The member's string; NULL when there is none. */
const char *json_get_string(const struct json *json, const char *name);
