/* SPDX-License-Identifier: MIT */
/* ABI of ioctl(2), ioctl_tty(2), ioctl_fs, from the UAPI headers. */
#pragma once

#include <asm/ioctls.h>
#include <linux/ioctl.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <linux/hdreg.h>
#include <linux/loop.h>
#include <linux/sockios.h>
#include <linux/tty.h>
