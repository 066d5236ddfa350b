/* SPDX-License-Identifier: MIT */
/* ABI of mmap(2), madvise(2), mremap(2), mlock(2), from the UAPI headers. */
#pragma once

#include <linux/mman.h>
#include <asm/mman.h>
