/* SPDX-License-Identifier: MIT */
/*
 * output: from the finished temporary file to the files the user asked for.
 */
#pragma once

#include "imgbuild/options.h"

/* Create the temporary file beside the output, size bytes long and all hole. NULL after an error. */
char *output_create(const char *output, uint64_t size);

/*
 * Convert temp to the wanted formats and rename everything into place; takes temp over. content: VMDK's
 * content identifier, which qemu-img would draw by lot.
 */
int __must_check output_finish(char *temp, const char *output, unsigned int formats, uint32_t content);
