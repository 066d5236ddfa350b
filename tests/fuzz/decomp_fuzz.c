/* SPDX-License-Identifier: MIT */
/*
 * Decompressors on any input: the first byte chooses, the rest is the stream. The workspace has exactly the size
 * asked for and the output is bounded, so that reads and writes beyond either are seen.
 */
#include "abi/errno.h"
#include "lib/decomp.h"

#include <stdlib.h>
#include <string.h>

#define OUTPUT_MAX	(4U << 20)
#define WORKSPACE_MAX	(8 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count(void *arg, const void *data, size_t n)
{
	size_t *total = arg;
	volatile uint8_t last;

	last = ((const uint8_t *)data)[n - 1];	/* the sink may read all it is given */
	(void)last;
	*total += n;
	return *total > OUTPUT_MAX ? -EFBIG : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t total = 0;
	struct decomp d = { .src = data + 1, .src_size = size - 1, .sink = count, .arg = &total };
	ssize_t need = INFLATE_WORKSPACE_SIZE;
	int err;

	if (!size)
		return 0;
	if (data[0] % 2)
		need = decomp_workspace_size(d.src, d.src_size);
	if (need < 0 || need > WORKSPACE_MAX)
		return 0;
	d.workspace = malloc((size_t)need);
	d.workspace_size = (size_t)need;
	err = data[0] % 2 ? decomp_any(&d) : inflate_raw(&d);
	if (!err && (d.consumed > d.src_size || d.produced != total))
		abort();
	free(d.workspace);
	return 0;
}
