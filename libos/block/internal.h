/* SPDX-License-Identifier: MIT */
/* What bdev.c and bdev_cache.c share. */
#pragma once

struct bdev;

/* Set up bdev->mapping. */
void bdev_cache_init(struct bdev *bdev);
