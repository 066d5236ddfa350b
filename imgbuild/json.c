/* SPDX-License-Identifier: MIT */
/*
 * json: a recursive-descent parser of RFC 8259. The input comes from the network (an OCI registry):
 * every step checks the end, nesting is limited, and nothing is kept of a text that does not parse.
 */
#include "imgbuild/json.h"

#include "imgbuild/report.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64 };

struct parser {
	const char *at, *end;
	int depth;
};

static struct json *parse_value(struct parser *parser);

static void skip_space(struct parser *parser)
{
	while (parser->at < parser->end && strchr(" \t\r\n", *parser->at) && *parser->at)
		parser->at++;
}

/* Take this character, after white space, if it is next. */
static bool take(struct parser *parser, char c)
{
	skip_space(parser);
	if (parser->at >= parser->end || *parser->at != c)
		return false;
	parser->at++;
	return true;
}

static int parse_hex4(struct parser *parser)
{
	int value = 0;

	if (parser->end - parser->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = *parser->at++;
		const char *digits = "0123456789abcdef";
		const char *digit = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;

		if (!digit)
			return -1;
		value = value * 16 + (int)(digit - digits);
	}
	return value;
}

/* \uXXXX, or a pair of them for a character beyond the first plane; UTF-8 to *out. */
static bool parse_unicode(struct parser *parser, char **out)
{
	int code = parse_hex4(parser), low;

	if (code >= 0xd800 && code < 0xdc00) {
		if (parser->end - parser->at < 2 || parser->at[0] != '\\' || parser->at[1] != 'u')
			return false;
		parser->at += 2;
		low = parse_hex4(parser);
		if (low < 0xdc00 || low >= 0xe000)
			return false;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	if (code <= 0 || (code >= 0xdc00 && code < 0xe000))
		return false;	/* a lone half; NUL would end the string early */
	if (code < 0x80) {
		*(*out)++ = (char)code;
		return true;
	}
	if (code >= 0x10000) {
		*(*out)++ = (char)(0xf0 | code >> 18);
		*(*out)++ = (char)(0x80 | (code >> 12 & 0x3f));
	} else if (code >= 0x800) {
		*(*out)++ = (char)(0xe0 | code >> 12);
	} else {
		*(*out)++ = (char)(0xc0 | code >> 6);
		*(*out)++ = (char)(0x80 | (code & 0x3f));
		return true;
	}
	*(*out)++ = (char)(0x80 | (code >> 6 & 0x3f));
	*(*out)++ = (char)(0x80 | (code & 0x3f));
	return true;
}

static bool parse_escape(struct parser *parser, char **out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *which;
	char c;

	if (parser->at >= parser->end)
		return false;
	c = *parser->at++;
	if (c == 'u')
		return parse_unicode(parser, out);
	which = c ? strchr(from, c) : NULL;
	if (!which)
		return false;
	*(*out)++ = to[which - from];
	return true;
}

/* The opening quote is taken. The decoded text is never longer than the source. */
static char *parse_string(struct parser *parser)
{
	char *text = mem_alloc((size_t)(parser->end - parser->at) + 1), *out = text;
	bool good = true;

	while (good && parser->at < parser->end && *parser->at != '"') {
		char c = *parser->at++;

		if (c == '\\')
			good = parse_escape(parser, &out);
		else if ((unsigned char)c < 0x20)
			good = false;
		else
			*out++ = c;
	}
	if (!good || parser->at >= parser->end) {
		free(text);
		return NULL;
	}
	parser->at++;
	return mem_resize(text, (size_t)(out - text) + 1, 1);
}

/* Items up to the closing bracket; the opening one is taken. */
static bool parse_items(struct parser *parser, struct json *json, char close)
{
	if (take(parser, close))
		return true;
	do {
		char *name = NULL;
		struct json *item;

		if (json->type == JSON_OBJECT) {
			if (!take(parser, '"') || !(name = parse_string(parser)))
				return false;
			if (!take(parser, ':')) {
				free(name);
				return false;
			}
		}
		item = parse_value(parser);
		if (!item) {
			free(name);
			return false;
		}
		item->name = name;
		json->items = mem_resize(json->items, json->nr_items + 1, sizeof(item));
		json->items[json->nr_items++] = item;
	} while (take(parser, ','));
	return take(parser, close);
}

static bool parse_word(struct parser *parser, struct json *json)
{
	const char *start = parser->at;

	while (parser->at < parser->end && *parser->at &&
	       strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzE", *parser->at))
		parser->at++;
	json->text = mem_string_n(start, (size_t)(parser->at - start));
	return parser->at > start;
}

static struct json *parse_value(struct parser *parser)
{
	struct json *json = mem_alloc(sizeof(*json));
	bool good;

	if (parser->depth++ >= DEPTH_MAX) {
		good = false;
	} else if (take(parser, '{')) {
		json->type = JSON_OBJECT;
		good = parse_items(parser, json, '}');
	} else if (take(parser, '[')) {
		json->type = JSON_LIST;
		good = parse_items(parser, json, ']');
	} else if (take(parser, '"')) {
		json->type = JSON_STRING;
		json->text = parse_string(parser);
		good = json->text;
	} else {
		json->type = JSON_OTHER;
		good = parse_word(parser, json);
	}
	parser->depth--;
	if (good)
		return json;
	json_free(json);
	return NULL;
}

struct json *json_parse(const char *text, size_t size)
{
	struct parser parser = { .at = text, .end = text + size };
	struct json *json = parse_value(&parser);

	skip_space(&parser);
	if (json && parser.at < parser.end) {
		json_free(json);
		return NULL;
	}
	return json;
}

void json_free(struct json *json)
{
	if (!json)
		return;
	for (unsigned int i = 0; i < json->nr_items; i++)
		json_free(json->items[i]);
	free(json->items);
	free(json->name);
	free(json->text);
	free(json);
}

const struct json *json_get(const struct json *json, const char *name)
{
	if (!json || json->type != JSON_OBJECT)
		return NULL;
	for (unsigned int i = 0; i < json->nr_items; i++) {
		if (!strcmp(json->items[i]->name, name))
			return json->items[i];
	}
	return NULL;
}

const char *json_get_string(const struct json *json, const char *name)
{
	const struct json *member = json_get(json, name);

	return member && member->type == JSON_STRING ? member->text : NULL;
}
