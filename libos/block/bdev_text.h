/* SPDX-License-Identifier: MIT */
/* bdev_text: the line of counters that /proc/diskstats and /sys/block/X/stat share. */
#pragma once

struct bdev_stats;
struct strbuf;

/* A blank, the 17 figures of Documentation/admin-guide/iostats.rst, a newline. */
void block_print_stats(struct strbuf *out, const struct bdev_stats *s);
