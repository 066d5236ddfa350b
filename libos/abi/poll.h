/* SPDX-License-Identifier: MIT */
/* ABI of poll(2), select(2), epoll(7), from the UAPI headers. */
#pragma once

#include <linux/poll.h>
#include <linux/eventpoll.h>
#include <linux/posix_types.h>
