/* SPDX-License-Identifier: MIT */
/* The sequence of archives the boot loader handed over: see initramfs.h. cpio.c unpacks one. */
#include "fs/initramfs/initramfs.h"

#include "abi/errno.h"
#include "core/init.h"
#include "core/log.h"
#include "fs/initramfs/internal.h"
#include "lib/decomp.h"
#include "mm/bootmem.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "sched/sched.h"

static struct {
	bool loaded;			/* the memory was given back */
} initramfs;

bool initramfs_present(void)
{
	paddr_t start;
	size_t size;

	boot_initrd(&start, &size);
	return size && !initramfs.loaded;
}

static int feed(void *arg, const void *data, size_t n)
{
	cond_resched();
	return cpio_feed(arg, data, n);
}

/* One compressed member. Bytes of input used, or -errno. */
static ssize_t unpack_member(struct cpio *c, const uint8_t *p, size_t size)
{
	struct decomp d = { .src = p, .src_size = size, .sink = feed, .arg = c };
	ssize_t need = decomp_workspace_size(p, size);
	int err;

	if (need < 0)
		return need;
	d.workspace_size = (size_t)need;
	d.workspace = kvmalloc(d.workspace_size, GFP_KERNEL);
	if (!d.workspace)
		return -ENOMEM;
	err = decomp_any(&d);
	kvfree(d.workspace);
	return err ? err : (ssize_t)d.consumed;
}

static bool is_cpio(const uint8_t *p, size_t size)
{
	return size >= CPIO_HEADER_SIZE && !__builtin_memcmp(p, "07070", 5) && (p[5] == '1' || p[5] == '2');
}

/* Why the archive at p could not be unpacked, for the message. */
static const char *reason(int err, const uint8_t *p, size_t size)
{
	if (err == -ENOMEM || err == -ENOSPC)
		return "not enough memory";
	if (!size)
		return "it is cut off in the middle of an entry";
	if (err == -EOPNOTSUPP)
		return "Zstandard with a dictionary or too large a window";
	if (err == -EBADMSG)
		return "a checksum is wrong";
	if (decomp_detect(p, size) != DECOMP_NONE)
		return "the compressed data is damaged, cut off, or holds no cpio archive";
	return is_cpio(p, size) ? "the cpio archive is damaged" : "neither cpio (newc), gzip nor zstd";
}

/* A plain archive, up to where something else begins behind its trailer. Bytes used or -errno. */
static ssize_t unpack_plain(struct cpio *c, const uint8_t *p, size_t size)
{
	size_t at = 0, n;
	int err = 0;

	while (at < size && !err) {
		/* Past the trailer byte by byte: what follows may be another format. */
		if (c->state == CPIO_DONE && p[at] && !is_cpio(p + at, size - at))
			break;
		n = min_t(size_t, size - at, max_t(size_t, cpio_wanted(c), 1));
		err = feed(c, p + at, n);
		at += n;
	}
	return err ? err : (ssize_t)at;
}

int initramfs_unpack_memory(struct vfs_ctx *ctx, const void *data, size_t size)
{
	const uint8_t *p = data;
	struct cpio c;
	ssize_t used;
	int err;

	err = cpio_init(&c, ctx);
	if (err)
		return err;
	while (size && !err) {
		if (!*p && cpio_at_boundary(&c)) {
			p++;
			size--;
			continue;
		}
		used = is_cpio(p, size) ? unpack_plain(&c, p, size) : unpack_member(&c, p, size);
		if (used < 0) {
			err = (int)used;
		} else {
			p += used;
			size -= (size_t)used;
		}
	}
	if (!err && !cpio_at_boundary(&c))
		err = -EINVAL;
	if (err)
		klog(KLOG_ERR, "initramfs: unpacking failed at byte %zu: %s", (size_t)(p - (const uint8_t *)data),
		     reason(err, p, size));
	cpio_fini(&c);
	return err;
}

int initramfs_unpack(struct vfs_ctx *ctx)
{
	pfn_t first, end;
	paddr_t start;
	size_t size;
	int err;

	if (!initramfs_present())
		return -ENOENT;
	boot_initrd(&start, &size);
	first = (start + PAGE_SIZE - 1) >> PAGE_SHIFT;
	end = (start + size) >> PAGE_SHIFT;
	err = initramfs_unpack_memory(ctx, arch_phys_to_virt(start), size);
	initramfs.loaded = true;
	if (first < end)
		page_alloc_add(first, end);
	return err;
}
