/* SPDX-License-Identifier: MIT */
/* ABI of mount(2), umount(2), from the UAPI headers. */
#pragma once

#include <linux/mount.h>
