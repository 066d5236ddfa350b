/* SPDX-License-Identifier: MIT */
/*
 * Files with content that can be computed: byte `at` of the content `seed` is always the same, so that any part of a
 * file can be checked without keeping what was written.
 */
#pragma once

#include "lib/contract.h"

/* Fill buf with n bytes of content `seed` from position `at` on. */
void pattern_fill(void *buf, size_t n, uint64_t at, unsigned seed);
/* Is buf that? */
bool pattern_matches(const void *buf, size_t n, uint64_t at, unsigned seed);
bool all_zero(const void *buf, size_t n);

/* Write [at, at + n) of content `seed` at the same place of a file. All of it, or the test ends. */
void pattern_write(int fd, uint64_t at, size_t n, unsigned seed);
/* Does the file hold content `seed` (or zeroes) in [at, at + n)? */
bool pattern_read(int fd, uint64_t at, size_t n, unsigned seed);
bool zeroes_read(int fd, uint64_t at, size_t n);

/* A new file of n bytes of content `seed`; open for reading and writing. */
int pattern_file(const char *path, size_t n, unsigned seed);
/* Is the file exactly n bytes of content `seed`? */
bool pattern_is(const char *path, size_t n, unsigned seed);

/* What stat says; ends the test when it fails. */
struct stat stat_of(const char *path);
off_t size_of(const char *path);
/* How many names a folder has ("." and ".." not counted), -1 when it cannot be read. */
int count_names(const char *path);

/* On an ext4 volume of block maps fallocate must be EOPNOTSUPP; the test is skipped then. In the scratch folder. */
void need_extents(void);
