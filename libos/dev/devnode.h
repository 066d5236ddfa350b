/* SPDX-License-Identifier: MIT */
/*
 * Names of devices for /dev: drivers say here what they have, devtmpfs (a floor above) shows it.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

#define DEVNODE_NAME_MAX	32

/*
 * A device appears: `name` relative to /dev ("vda", "input/event0"), mode with S_IFBLK or S_IFCHR and permissions,
 * rdev in makedev(3) form. 0, -EEXIST, -ENOMEM, -ENAMETOOLONG. Thread context, from INIT_THREADS on; may sleep.
 */
int __must_check devnode_add(const char *name, uint32_t mode, uint64_t rdev);
/* It goes. Names never added are ignored. May sleep. */
void devnode_remove(const char *name);

/* Told of each node that is there now and of each that comes (added) or goes later; called under a mutex. */
typedef void (*devnode_fn)(const char *name, uint32_t mode, uint64_t rdev, bool added);
void devnode_set_listener(devnode_fn fn);
