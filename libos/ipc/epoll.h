/* SPDX-License-Identifier: MIT */
/*
 * epoll: a set of watched files and the list of those that became ready. Source: epoll(7), epoll_ctl(2), epoll_wait(2).
 */
#pragma once

#include "abi/poll.h"
#include "lib/compiler.h"
#include "lib/types.h"

struct file;

/* A new set as an open file. 0 and *out, or -ENOMEM. May sleep. */
int __must_check epoll_create_file(struct file **out);
bool file_is_epoll(const struct file *file);

/* EPOLL_CTL_ADD, _MOD, _DEL for descriptor fd, open as `target`. 0 or what epoll_ctl(2) says. May sleep. */
int __must_check epoll_control(struct file *epfile, int op, int fd, struct file *target,
			       const struct epoll_event *event);

/*
 * Wait for events; put() hands each out and returns 0 or -EFAULT. Returns how many, 0 when the deadline
 * (clock_ns() scale; 0: do not wait) passed, -EINTR, -EFAULT. May sleep.
 */
int __must_check epoll_collect(struct file *epfile, int max, uint64_t deadline,
			       int (*put)(void *arg, const struct epoll_event *event), void *arg);
