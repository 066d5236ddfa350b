/* SPDX-License-Identifier: MIT */
/* ABI of ioprio_set(2), kcmp(2), from the UAPI headers. */
#pragma once

#include <linux/ioprio.h>
#include <linux/kcmp.h>
