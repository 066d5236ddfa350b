/* SPDX-License-Identifier: MIT */
/* ABI of clock_gettime(2), timer_create(2), timex, from the UAPI headers. */
#pragma once

#include <linux/time.h>
#include <linux/time_types.h>
#include <linux/timex.h>
#include <linux/times.h>
#include <linux/timerfd.h>
#include <linux/utime.h>
