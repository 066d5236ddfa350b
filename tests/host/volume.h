/* SPDX-License-Identifier: MIT */
/*
 * A volume that mke2fs of the host makes in a scratch folder, for tests that mount it in the hosted kernel: the root of
 * a test's machine. The folder goes when the program ends; each KTEST is a process of its own, so what a mounted volume
 * became is handed over as a file of the folder.
 */
#pragma once

#include "disk.h"
#include "vfs/namei.h"

#include <stdio.h>

struct file;

/* Field legend: [o] the test's, one at a time */
struct host_volume {
	char folder[64];		/* [o] "": none yet */
	struct host_disk disk;		/* [o] of the machine */
	struct vfs_ctx ctx;		/* [o] */
};
extern struct host_volume host_volume;

/* Run in the folder, which is made if there is none. The test fails when the command does. */
__attribute__((__format__(__printf__, 1, 2))) void host_volume_command(const char *format, ...);
/* An empty folder, and in it "image": of this size ("24M"), with mke2fs's options. */
void host_volume_make(const char *size, const char *mke2fs);
/* Register "vda" with a file's content and mount it: 0 or -errno. Thread context of the hosted kernel. */
int host_volume_mount(const char *image, unsigned long flags, const char *options);
/* Open below the root; a new file has mode 0644. The test fails when it cannot. */
struct file *host_volume_open(const char *name, int flags);
FILE *host_volume_fopen(const char *name, const char *mode);
void host_volume_save(const char *name, const void *data, size_t size);
/* malloc'd. */
void *host_volume_load(const char *name, size_t *size);
/* The disk as it is now, mounted or not, into a file; e2fsck replays its log, and must find nothing else. */
void host_volume_save_disk(const char *name);
void host_volume_fsck(const char *name);
