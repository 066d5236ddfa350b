/* SPDX-License-Identifier: MIT */
/*
 * probe: tell an ext2, ext3 or ext4 volume by its superblock, for root=LABEL= and root=UUID=.
 */
#pragma once

#include "lib/types.h"

struct bdev;

/* True when the device holds one: its label (NUL-terminated, "" for none) and UUID. May sleep. */
bool ext4_probe(struct bdev *bdev, char label[17], uint8_t uuid[16]);
