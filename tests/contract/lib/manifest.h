/* SPDX-License-Identifier: MIT */
/*
 * A list of all that is in a folder, one line an object: type, mode, owner, group, links (of files), size (of files
 * and links), CRC-32 (of a file's content, a link's text, a node's number), path. tests/contract/run-guest makes and
 * compares the same lists on the host, through e2fsprogs instead of a kernel.
 */
#pragma once

#include "lib/contract.h"

/* Write the list of what lies below `root` to `path`. Objects in `path`'s own place are left out. */
void manifest_write(const char *root, const char *path);
/* Compare what lies below `root` with a list; how many lines differ, each noted (the first ten). -1: no list. */
int manifest_check(const char *root, const char *path);
