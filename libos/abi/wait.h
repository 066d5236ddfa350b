/* SPDX-License-Identifier: MIT */
/* ABI of wait(2), waitid(2), from the UAPI headers. */
#pragma once

#include <linux/wait.h>
#include <linux/pidfd.h>
