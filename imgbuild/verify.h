/* SPDX-License-Identifier: MIT */
/*
 * verify: checks of a finished image.
 */
#pragma once

#include "imgbuild/esp.h"

/*
 * Check a raw image: table and its backup, boot sector, system partition (against files, if not NULL), and the root
 * by e2fsck. root_only: path is a bare ext4 file.
 */
int __must_check verify_image(const char *path, bool root_only, const struct esp_files *files);
