/* SPDX-License-Identifier: MIT */
/* ABI of audit's architecture numbers (seccomp, ptrace), from the UAPI headers. */
#pragma once

#include <linux/audit.h>
