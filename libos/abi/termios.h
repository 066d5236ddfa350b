/* SPDX-License-Identifier: MIT */
/* ABI of termios(3), ioctl_tty(2), from the UAPI headers. */
#pragma once

#include <asm/termbits.h>
#include <asm/termios.h>
#include <linux/tty.h>
#include <linux/major.h>
