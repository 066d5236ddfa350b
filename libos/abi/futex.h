/* SPDX-License-Identifier: MIT */
/* ABI of futex(2), get_robust_list(2), rseq, from the UAPI headers. */
#pragma once

#include <linux/futex.h>
#include <linux/rseq.h>
#include <linux/membarrier.h>
