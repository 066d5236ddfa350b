/* SPDX-License-Identifier: MIT */
/* ABI of FS_IOC_FIEMAP, from the UAPI headers. */
#pragma once

#include <linux/fiemap.h>
