/* SPDX-License-Identifier: MIT */
/*
 * Decompressors against data made by the host's gzip, zstd and python's zlib, at every level, on several kinds
 * of content; and against damage: every prefix, and random changes, must end in an error or the right bytes.
 */
#include "test.h"

#include "abi/errno.h"
#include "lib/decomp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct output {
	uint8_t *data;
	size_t len, room;
	int stop_at;		/* result of the sink once this many bytes came; 0: never */
};

static int collect(void *arg, const void *data, size_t n)
{
	struct output *out = arg;

	if (out->stop_at && out->len + n >= (size_t)out->stop_at)
		return -EIO;
	if (out->len + n > out->room)
		return -E2BIG;
	memcpy(out->data + out->len, data, n);
	out->len += n;
	return 0;
}

/* Decompress with a workspace of exactly the size asked for, so that AddressSanitizer sees its ends. */
static int run(const uint8_t *src, size_t size, struct output *out, struct decomp *d)
{
	ssize_t need = decomp_workspace_size(src, size);
	uint8_t *copy = malloc(size ? size : 1);
	int err;

	out->len = 0;
	memcpy(copy, src, size);
	*d = (struct decomp){ .src = copy, .src_size = size, .sink = collect, .arg = out };
	if (need < 0) {
		err = (int)need;
	} else {
		d->workspace = malloc((size_t)need);
		d->workspace_size = (size_t)need;
		err = decomp_any(d);
		free(d->workspace);
	}
	free(copy);
	return err;
}

enum content { CONTENT_ZERO, CONTENT_TEXT, CONTENT_RANDOM, CONTENT_MIXED, CONTENT_RUNS, NR_CONTENTS };

static void fill(uint8_t *p, size_t n, enum content kind)
{
	static const char *const words[] = {
		"the ", "quick ", "brown ", "fox ", "jumps\n", "over ", "lazy ", "dogs, ",
	};
	size_t i, k;

	for (i = 0; i < n; ) {
		unsigned choice = kind == CONTENT_MIXED ? test_random_below(4) : kind;

		if (choice == CONTENT_ZERO) {
			k = 1 + test_random_below(kind == CONTENT_ZERO ? 3000 : 30);
			for (; k && i < n; k--)
				p[i++] = 0;
		} else if (choice == CONTENT_TEXT) {
			const char *w = words[test_random_below(8) * test_random_below(8) / 8];

			while (*w && i < n)
				p[i++] = (uint8_t)*w++;
		} else if (choice == CONTENT_RUNS) {
			uint8_t c = (uint8_t)test_random_below(4);

			for (k = 1 + test_random_below(40); k && i < n; k--)
				p[i++] = c;
		} else if (choice == CONTENT_RANDOM || i < 64) {
			p[i++] = (uint8_t)test_random();
		} else {	/* something from before, near or far */
			size_t back = 1 + test_random_below(i);

			for (k = 3 + test_random_below(300); k && i < n; k--, i++)
				p[i] = p[i - back];
		}
	}
}

static char *temp_file(const uint8_t *data, size_t n)
{
	static char name[64];
	FILE *f;

	snprintf(name, sizeof(name), "/tmp/decomp_test.%d", (int)getpid());
	f = fopen(name, "wb");
	if (!f || (n && fwrite(data, 1, n, f) != n) || fclose(f))
		test_fail(__FILE__, __LINE__, "cannot write %s", name);
	return name;
}

/* Compress data by a command that reads the file named %s, decompress, compare. */
static void round_trip(const char *command, const uint8_t *data, size_t n)
{
	struct output out = { .data = malloc(n + 1), .room = n + 1 };
	struct decomp d;
	char line[300];
	uint8_t *packed;
	size_t size;

	snprintf(line, sizeof(line), command, temp_file(data, n));
	packed = test_command(line, &size);
	CHECK_EQ(run(packed, size, &out, &d), 0);
	CHECK_EQ(out.len, n);
	CHECK_EQ(d.produced, n);
	CHECK_EQ(d.consumed, size);
	CHECK_MEM(out.data, data, n);
	free(packed);
	free(out.data);
}

static void all_contents(const char *const *commands, size_t nr, size_t largest)
{
	uint8_t *data = malloc(largest);
	size_t i, n;
	unsigned kind;

	for (i = 0; i < nr; i++) {
		for (kind = 0; kind < NR_CONTENTS; kind++) {
			n = kind == 0 ? largest : test_random_below(largest);
			fill(data, n, (enum content)kind);
			round_trip(commands[i], data, n);
		}
		round_trip(commands[i], data, 0);
		round_trip(commands[i], data, 1);
		round_trip(commands[i], data, 100);
	}
	free(data);
	remove(temp_file(NULL, 0));
}

TEST(decomp_gzip)
{
	static const char *const commands[] = {
		"gzip -1 -c %s", "gzip -6 -c %s", "gzip -9 -c %s", "gzip -n -6 <%s",
		"python3 -c \"import zlib,sys;c=zlib.compressobj(6,8,31,9,zlib.Z_HUFFMAN_ONLY);"
			"sys.stdout.buffer.write(c.compress(open('%s','rb').read())+c.flush())\"",
		"python3 -c \"import zlib,sys;c=zlib.compressobj(6,8,31,9,zlib.Z_FIXED);"
			"sys.stdout.buffer.write(c.compress(open('%s','rb').read())+c.flush())\"",
	};

	all_contents(commands, 6, 300000);
}

TEST(decomp_zlib)
{
	static const char *const commands[] = {
		"python3 -c \"import zlib,sys;sys.stdout.buffer.write(zlib.compress(open('%s','rb').read(),0))\"",
		"python3 -c \"import zlib,sys;sys.stdout.buffer.write(zlib.compress(open('%s','rb').read(),9))\"",
	};

	all_contents(commands, 2, 300000);
}

TEST(decomp_zstd)
{
	static const char *const commands[] = {
		"zstd -q -c -1 %s", "zstd -q -c -3 %s", "zstd -q -c -9 --no-check %s", "zstd -q -c -19 %s",
		"zstd -q -c --fast=5 %s", "zstd -q -c -3 <%s", "zstd -q -c --ultra -22 --long=20 %s",
	};

	all_contents(commands, 7, 900000);
}

/* Larger than any window of the fast levels: the ring wraps many times. */
TEST(decomp_zstd_wraps)
{
	size_t n = 6000000;
	uint8_t *data = malloc(n);

	fill(data, n, CONTENT_MIXED);
	round_trip("zstd -q -c -3 --zstd=wlog=14 <%s", data, n);
	round_trip("zstd -q -c -9 --zstd=wlog=10 <%s", data, n);
	remove(temp_file(NULL, 0));
	free(data);
}

/* Real binaries have statistics no generator has. */
TEST(decomp_real_file)
{
	size_t size;
	uint8_t *data = test_command("cat /bin/bash", &size);

	round_trip("gzip -9 -c %s", data, size);
	round_trip("zstd -q -c -19 %s", data, size);
	round_trip("zstd -q -c -3 %s", data, size);
	remove(temp_file(NULL, 0));
	free(data);
}

static void damage(const char *command, unsigned rounds)
{
	struct output out = { .data = malloc(200000), .room = 200000 };
	uint8_t data[20000], *packed, *bad;
	struct decomp d;
	char line[100];
	size_t size, i;
	unsigned round;

	fill(data, sizeof(data) / 2, CONTENT_MIXED);
	fill(data + sizeof(data) / 2, sizeof(data) / 2, CONTENT_TEXT);
	snprintf(line, sizeof(line), command, temp_file(data, sizeof(data)));
	packed = test_command(line, &size);
	bad = malloc(size);
	for (i = 0; i < size; i += 1 + i / 50)
		CHECK_LT(run(packed, i, &out, &d), 0);
	for (round = 0; round < rounds; round++) {
		int err;

		memcpy(bad, packed, size);
		for (i = 1 + test_random_below(4); i; i--)
			bad[test_random_below(size)] ^= (uint8_t)(1 << test_random_below(8));
		err = run(bad, size, &out, &d);
		/* Good is only the right content, unless the damage hit the flag that says there is a checksum. */
		if (!err && d.consumed == size)
			CHECK(out.len == sizeof(data) && !memcmp(out.data, data, out.len));
	}
	remove(temp_file(NULL, 0));
	free(packed);
	free(bad);
	free(out.data);
}

TEST(decomp_damaged_gzip)
{
	damage("gzip -c %s", 5000);
}

TEST(decomp_damaged_zstd)
{
	damage("zstd -q -c -19 %s", 5000);
	damage("zstd -q -c -1 %s", 5000);
}

TEST(decomp_members_follow_each_other)
{
	struct output out = { .data = malloc(100), .room = 100 };
	static const char *const commands[] = {
		"(echo first | gzip -c; echo second | gzip -c)",
		"(echo first | zstd -q -c; printf '\\120\\052\\115\\030\\003\\000\\000\\000abc';"
			" echo second | zstd -q -c)",
	};
	struct decomp d;
	uint8_t *packed;
	size_t size, used, i;

	for (i = 0; i < 2; i++) {
		packed = test_command(commands[i], &size);
		CHECK_EQ(run(packed, size, &out, &d), 0);
		CHECK(out.len == 6 && !memcmp(out.data, "first\n", 6));
		used = d.consumed;
		CHECK_LT(used, size);
		CHECK_EQ(run(packed + used, size - used, &out, &d), 0);
		CHECK(out.len == 7 && !memcmp(out.data, "second\n", 7));
		CHECK_EQ(used + d.consumed, size);
		free(packed);
	}
	free(out.data);
}

TEST(decomp_sink_and_workspace_errors)
{
	static const char *const commands[] = {
		"head -c 500000 /dev/zero | gzip -c", "head -c 500000 /dev/zero | zstd -q -c",
	};
	struct output out = { .data = malloc(500000), .room = 500000, .stop_at = 70000 };
	uint8_t small[1000], *packed;
	struct decomp d;
	size_t size, i;

	for (i = 0; i < 2; i++) {
		packed = test_command(commands[i], &size);
		CHECK_EQ(run(packed, size, &out, &d), -EIO);
		d = (struct decomp){ .src = packed, .src_size = size, .sink = collect, .arg = &out, .workspace = small,
				     .workspace_size = sizeof(small) };
		CHECK_EQ(decomp_any(&d), -ENOBUFS);
		free(packed);
	}
	CHECK_EQ(run((const uint8_t *)"plain text", 10, &out, &d), -EINVAL);
	CHECK_EQ(run((const uint8_t *)"", 0, &out, &d), -EINVAL);
	free(out.data);
}
