/* SPDX-License-Identifier: MIT */
/*
 * FS_IOC_FIEMAP: written, unwritten and waiting blocks, holes, the last extent, a buffer too small, refusals; FIBMAP,
 * FIGETBSZ.
 */
#include "lib/pattern.h"

#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>

#define ROOM 16

static union {
	struct fiemap map;
	char space[sizeof(struct fiemap) + ROOM * sizeof(struct fiemap_extent)];
} u;

static int ask(int fd, uint64_t start, uint64_t len, uint32_t flags, uint32_t room)
{
	memset(&u, 0, sizeof(u));
	u.map.fm_start = start;
	u.map.fm_length = len;
	u.map.fm_flags = flags;
	u.map.fm_extent_count = room;
	return ioctl(fd, FS_IOC_FIEMAP, &u.map);
}

/* Do the extents of one kind cover exactly [from, to)? Whether a run is one extent or two is the allocator's. */
static bool covers(uint64_t from, uint64_t to, uint32_t flags)
{
	const uint32_t kinds = FIEMAP_EXTENT_UNWRITTEN | FIEMAP_EXTENT_DELALLOC;
	uint64_t at = from;

	for (uint32_t i = 0; i < u.map.fm_mapped_extents; i++) {
		const struct fiemap_extent *e = &u.map.fm_extents[i];

		if (e->fe_logical == at && (e->fe_flags & kinds) == flags && at < to)
			at += e->fe_length;
	}
	return at == to;
}

static bool last_only_at_end(void)
{
	for (uint32_t i = 0; i < u.map.fm_mapped_extents; i++) {
		bool end = i + 1 == u.map.fm_mapped_extents;

		if (!(u.map.fm_extents[i].fe_flags & FIEMAP_EXTENT_LAST) == end)
			return false;
	}
	return true;
}

static void kinds(int fd)
{
	uint64_t first;

	pattern_write(fd, 0, 65536, 1);
	pattern_write(fd, 1 << 20, 65536, 1);
	CHECK_INT(ask(fd, 0, UINT64_MAX, FIEMAP_FLAG_SYNC, ROOM), 0, "after two writes with a hole between");
	CHECK(covers(0, 65536, 0) && covers(1 << 20, (1 << 20) + 65536, 0), "both are told");
	CHECK(last_only_at_end(), "the last is known as such");
	CHECK(u.map.fm_length == UINT64_MAX, "the length is as it was asked for");
	first = u.map.fm_extents[0].fe_physical;
	CHECK(first && !(first & 511), "they have a place");
	CHECK_INT(ask(fd, 65536, 65536, 0, ROOM), 0, "a hole");
	CHECK_INT(u.map.fm_mapped_extents, 0, "has no extents");
	REQUIRE(fallocate(fd, FALLOC_FL_KEEP_SIZE, 2 << 20, 65536) == 0);
	CHECK_INT(ask(fd, 0, UINT64_MAX, FIEMAP_FLAG_SYNC, ROOM), 0, "blocks behind the end");
	CHECK(covers(2 << 20, (2 << 20) + 65536, FIEMAP_EXTENT_UNWRITTEN), "are told, unwritten");
	CHECK_INT(ask(fd, 0, UINT64_MAX, 0, 0), 0, "without room");
	CHECK(u.map.fm_mapped_extents >= 3, "they are counted");
	CHECK_INT(ask(fd, 0, UINT64_MAX, 0, 1), 0, "with room for one");
	CHECK_INT(u.map.fm_mapped_extents, 1, "there is one");
	CHECK(u.map.fm_extents[0].fe_logical == 0 && !(u.map.fm_extents[0].fe_flags & FIEMAP_EXTENT_LAST),
	      "the first, not marked as the last");
	CHECK_INT(ask(fd, 8192, 8192, 0, ROOM), 0, "a part of a run");
	CHECK(covers(8192, 16384, 0) && u.map.fm_extents[0].fe_physical == first + 8192, "is cut to the range");
}

static void waiting(void)
{
	int fd = pattern_file("waiting", 16384, 2);
	uint32_t flags;

	CHECK_INT(ask(fd, 0, UINT64_MAX, 0, ROOM), 0, "a file just written");
	flags = u.map.fm_extents[0].fe_flags;
	CHECK(u.map.fm_mapped_extents == 1 &&
	      (u.map.fm_extents[0].fe_physical || (flags & FIEMAP_EXTENT_DELALLOC && flags & FIEMAP_EXTENT_UNKNOWN)),
	      "waits for its place, or has one");
	CHECK_INT(ask(fd, 0, UINT64_MAX, FIEMAP_FLAG_SYNC, ROOM), 0, "synced");
	CHECK(covers(0, 16384, 0), "it has one");
	close(fd);
}

static void old_calls(int fd)
{
	struct statfs fs;
	int block = 0, size = 0;

	REQUIRE(fstatfs(fd, &fs) == 0);
	CHECK_INT(ioctl(fd, FIGETBSZ, &size), 0, "FIGETBSZ");
	CHECK_INT(size, fs.f_bsize, "is the block's size");
	if (geteuid())
		return;
	CHECK_INT(ioctl(fd, FIBMAP, &block), 0, "FIBMAP");
	REQUIRE(ask(fd, 0, UINT64_MAX, FIEMAP_FLAG_SYNC, ROOM) == 0);
	CHECK((uint64_t)block == u.map.fm_extents[0].fe_physical / (uint64_t)size, "says the same as FIEMAP");
	block = (1 << 19) / size;
	CHECK_INT(ioctl(fd, FIBMAP, &block), 0, "of a hole");
	CHECK_INT(block, 0, "it is 0");
	block = -1;
	CHECK_ERR(ioctl(fd, FIBMAP, &block), EINVAL, "a block below 0");
}

void contract_main(void)
{
	int fd;

	tmp_dir();
	fd = REQUIRE_OK(open("file", O_RDWR | O_CREAT, 0644));
	need_extents();
	CHECK_INT(ask(fd, 0, UINT64_MAX, 0, ROOM), 0, "an empty file");
	CHECK_INT(u.map.fm_mapped_extents, 0, "has none");
	kinds(fd);
	waiting();
	old_calls(fd);
	CHECK_ERR(ask(fd, 0, 0, 0, ROOM), EINVAL, "no length");
	CHECK_ERR(ask(fd, UINT64_MAX, 1, 0, ROOM), EFBIG, "behind the largest file");
	CHECK_ERR(ask(fd, 0, 4096, 1u << 20, ROOM), EBADR, "a flag nobody knows");
	CHECK_INT(u.map.fm_flags, 1u << 20, "is named");
	CHECK_ERR(ioctl(fd, FS_IOC_FIEMAP, (void *)8), EFAULT, "no memory");
}
