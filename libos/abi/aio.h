/* SPDX-License-Identifier: MIT */
/*
 * ABI of io_setup(2) and the rest, from the UAPI headers; they lack the mask of io_pgetevents() and
 * the ring that io_setup() maps, which libaio reads without a system call.
 */
#pragma once

#include "abi/signal.h"
#include "lib/compiler.h"
#include "lib/types.h"

#include <linux/aio_abi.h>

#define AIO_RING_MAGIC			0xa10a10a1U
#define AIO_RING_COMPAT_FEATURES	1
#define AIO_RING_INCOMPAT_FEATURES	0

/* The last argument of io_pgetevents(2). */
struct __aio_sigset {
	const sigset_t __user *sigmask;
	size_t sigsetsize;
};

/* At the address that is the context's id; struct io_event nr times behind it. */
struct aio_ring {
	uint32_t id;
	uint32_t nr;			/* events it has room for */
	uint32_t head;			/* moved by whoever takes an event, the program too */
	uint32_t tail;			/* moved by the kernel */
	uint32_t magic;
	uint32_t compat_features;
	uint32_t incompat_features;
	uint32_t header_length;
};
