/* SPDX-License-Identifier: MIT */
/* ABI of syscalls(2), from the UAPI headers. */
#pragma once

#include <asm/unistd_64.h>
