/* SPDX-License-Identifier: MIT */
/* ABI of mount(2), umount(2), from the UAPI headers. */
#pragma once

#include <linux/nsfs.h>
#include <linux/mount.h>

/* umount2(2): the UAPI headers lack its flags. */
#define MNT_FORCE	1
#define MNT_DETACH	2
#define MNT_EXPIRE	4
#define UMOUNT_NOFOLLOW	8
