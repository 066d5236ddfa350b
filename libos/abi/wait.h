/* SPDX-License-Identifier: MIT */
/* ABI of wait(2), waitid(2), from the UAPI headers. */
#pragma once

#include <linux/wait.h>
#include <linux/pidfd.h>

/* Of Linux 6.9; spelt as newer headers do, which may repeat them. */
#define PIDFD_THREAD			O_EXCL
#define PIDFD_SIGNAL_THREAD		(1UL << 0)
#define PIDFD_SIGNAL_THREAD_GROUP	(1UL << 1)
#define PIDFD_SIGNAL_PROCESS_GROUP	(1UL << 2)
