/* SPDX-License-Identifier: MIT */
/* ABI of capabilities(7), capget(2), from the UAPI headers. */
#pragma once

#include <linux/capability.h>
#include <linux/securebits.h>
