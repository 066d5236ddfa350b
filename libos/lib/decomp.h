/* SPDX-License-Identifier: MIT */
/*
 * Decompression of memory to a stream: gzip, zlib, raw deflate (RFC 1950-1952) and Zstandard (RFC 8878).
 *
 * Model. The input lies in memory as a whole; the output goes in pieces to a sink, so that an archive of any
 * size unpacks in bounded memory. All memory is the caller's workspace: nothing is allocated. Malformed or
 * hostile input ends in -EINVAL, never in an access outside the three buffers; checksums are verified (-EBADMSG).
 *
 * The sink may sleep if the caller may. It returns 0, or -errno to stop: that errno is the result.
 */
#pragma once

#include "lib/compiler.h"

struct decomp {
	const uint8_t *src;		/* in */
	size_t src_size;		/* in */
	int (*sink)(void *arg, const void *data, size_t n);	/* in */
	void *arg;			/* in: for the sink */
	void *workspace;		/* in: 16-byte aligned */
	size_t workspace_size;		/* in */
	size_t consumed;		/* out, on success: bytes of src used; more members or archives may follow */
	uint64_t produced;		/* out */
};

enum decomp_format { DECOMP_NONE, DECOMP_GZIP, DECOMP_ZLIB, DECOMP_ZSTD };

/* What src begins with, by its magic number. */
enum decomp_format decomp_detect(const void *src, size_t size);
/*
 * Workspace the stream at src needs: bytes, or -EINVAL (unknown or bad header), -EOPNOTSUPP (Zstandard with
 * a dictionary, or a window above 128 MiB).
 */
ssize_t __must_check decomp_workspace_size(const void *src, size_t size);
/* Decompress one member or frame of any known format. 0, -EINVAL, -EBADMSG, -ENOBUFS (workspace), sink's. */
int __must_check decomp_any(struct decomp *d);

#define INFLATE_WORKSPACE_SIZE	(40 * 1024)
int __must_check inflate_raw(struct decomp *d);
int __must_check inflate_zlib(struct decomp *d);
int __must_check inflate_gzip(struct decomp *d);

/* Skippable frames are skipped; dictionaries are refused (-EOPNOTSUPP). */
int __must_check zstd_decompress(struct decomp *d);
