/* SPDX-License-Identifier: MIT */
/*
 * fuzz_kernel: inputs for the running hosted kernel.
 *
 * The first input boots it in the fuzzer's own process; it has no disk but those setup() registers, and an empty memory
 * file system as root. Its first process is a fiber that takes one input after another: one() runs there and may use
 * all of libos/include/libos/, sleep, and start programs (which end at their first instruction with status 0).
 * One that loses a page with each input stops the fuzzer.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The body of LLVMFuzzerTestOneInput. setup (NULL: nothing) runs once, before the first input. */
int fuzz_kernel(const uint8_t *data, size_t size, void (*setup)(void), void (*one)(const uint8_t *data, size_t size));

/* In the kernel: the first process's files and names (api/internal.h, which does not go with libc's headers). */
struct vfs_ctx *api_vfs(void);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
