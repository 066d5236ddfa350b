/* SPDX-License-Identifier: MIT */
/* ABI of elf(5), from the UAPI headers. */
#pragma once

#include <linux/elf.h>
#include <linux/elf-em.h>
