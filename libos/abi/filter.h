/* SPDX-License-Identifier: MIT */
/* ABI of classic BPF programs (seccomp, socket filters), from the UAPI headers. */
#pragma once

#include <linux/filter.h>
