/* SPDX-License-Identifier: MIT */
/* ABI of eventfd(2), signalfd(2), inotify(7), from the UAPI headers; they lack eventfd's flags. */
#pragma once

#include "abi/fcntl.h"

#include <linux/inotify.h>
#include <linux/signalfd.h>

#define EFD_SEMAPHORE	1
#define EFD_CLOEXEC	O_CLOEXEC
#define EFD_NONBLOCK	O_NONBLOCK
