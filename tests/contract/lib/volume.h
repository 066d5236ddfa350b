/* SPDX-License-Identifier: MIT */
/*
 * A small ext4 volume (32 MiB) that a test has to itself: in the guest the disk that CONTRACT_DEVICE names, made anew
 * for each machine, on this machine an image that is mounted through a loop device.
 */
#pragma once

#include "lib/contract.h"

/* Have the volume mounted at "vol" in the scratch folder, which is entered. Skips the test when that cannot be. */
void volume_mount(void);
/* The same again after volume_umount(). */
void volume_mount_again(void);
/* As the first two, with options of the file system; `false`: the kernel refused, errno says why. */
void volume_make(void);
bool volume_mount_with(const char *options);
/* Unmount. */
void volume_umount(void);
/* Remove all that is in it but lost+found. */
void volume_clear(void);
/* A volume is mounted with data=journal: there the journal keeps pages until it has written them in place. */
bool volume_data_journalled(void);
