/* SPDX-License-Identifier: MIT */
/* ABI of clone(2), sched_setscheduler(2), sched_setattr(2), from the UAPI headers. */
#pragma once

#include <linux/sched.h>
#include <linux/sched/types.h>
