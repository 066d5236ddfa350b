/* SPDX-License-Identifier: MIT */
/* Initial RAM disks of any content, plain or compressed, unpacked into a memory file system that then goes. */
#include "fuzz_kernel.h"

#include "fs/initramfs/initramfs.h"
#include "lib/err.h"
#include "libos/libos.h"
#include "vfs/namei.h"

#include <stdlib.h>

#define SIZE_MAX_INPUT	(64 << 10)

static void setup(void)
{
	if (libos_mkdir("/top", 0755))
		abort();
}

static void unpack(const uint8_t *data, size_t size)
{
	struct vfs_ctx ctx;
	int err;

	/* A bound of its own: the archive of a few bytes may hold megabytes. */
	if (libos_mount("top", "/top", "tmpfs", 0, "size=8m,nr_inodes=500"))
		abort();
	if (libos_chdir("/top"))
		abort();
	ctx = *api_vfs();
	err = initramfs_unpack_memory(&ctx, data, size);
	if (err > 0 || err < -4095)
		abort();
	if (libos_chdir("/") || libos_umount("/top"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return size > SIZE_MAX_INPUT ? 0 : fuzz_kernel(data, size, setup, unpack);
}
