/* SPDX-License-Identifier: MIT */
/* fs/procfs/internal.h: the parts of procfs that register entries. Each: 0 or -ENOMEM, once, from procfs_init(). */
#pragma once

#include "fs/pseudo/pseudo.h"
#include "lib/compiler.h"
#include "lib/strbuf.h"

int __must_check procfs_register_kmsg(void);
int __must_check procfs_register_memory(void);
int __must_check procfs_register_system(void);
int __must_check procfs_register_sys(void);
int __must_check procfs_register_disks(void);
