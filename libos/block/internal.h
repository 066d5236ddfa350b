/* SPDX-License-Identifier: MIT */
/* What the files of block/ share. */
#pragma once

#include "lib/compiler.h"

struct bdev;
struct block_request;

/* bdev.c: into the list and /dev; out of both, unless it is used (-EBUSY). May sleep. */
void bdev_publish(struct bdev *bdev);
int __must_check bdev_retire(struct bdev *bdev);

/* Set up bdev->mapping. */
void bdev_cache_init(struct bdev *bdev);

/* bdev_stats.c: rq goes to the device; it is done. hwq's lock held. */
void bdev_account_start(const struct block_request *rq);
void bdev_account_done(const struct block_request *rq);
