/* SPDX-License-Identifier: MIT */
/*
 * ext4(5), auto_da_alloc: a file that is cut to nothing and written anew has its blocks when it is closed, as has one
 * that is renamed over another; a new file's data may wait.
 */
#include "lib/pattern.h"
#include "lib/volume.h"

#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#define SIZE	100000

/* Is some of its data without a place? */
static bool waits(const char *name)
{
	static union {
		struct fiemap map;
		char space[sizeof(struct fiemap) + 16 * sizeof(struct fiemap_extent)];
	} u;
	int fd = REQUIRE_OK(open(name, O_RDONLY));

	u.map = (struct fiemap){ .fm_length = UINT64_MAX, .fm_extent_count = 16 };
	REQUIRE_OK(ioctl(fd, FS_IOC_FIEMAP, &u));
	REQUIRE_OK(close(fd));
	REQUIRE(u.map.fm_mapped_extents);
	for (uint32_t i = 0; i < u.map.fm_mapped_extents; i++) {
		if (u.map.fm_extents[i].fe_flags & FIEMAP_EXTENT_DELALLOC)
			return true;
	}
	return false;
}

static void make(const char *name, unsigned seed)
{
	REQUIRE_OK(close(pattern_file(name, SIZE, seed)));
}

static void rewrite(const char *name, unsigned seed)
{
	int fd = REQUIRE_OK(open(name, O_WRONLY | O_TRUNC));

	pattern_write(fd, 0, SIZE, seed);
	REQUIRE_OK(close(fd));
}

static void replace(const char *name, unsigned seed)
{
	make("vol/new", seed);
	REQUIRE_OK(rename("vol/new", name));
}

void contract_main(void)
{
	volume_make();
	REQUIRE(volume_mount_with("noauto_da_alloc"));
	volume_clear();
	make("vol/kept", 1);
	make("vol/other", 2);
	sync();
	CHECK(!waits("vol/kept"), "after sync it has its place");
	rewrite("vol/kept", 3);
	CHECK(waits("vol/kept"), "noauto_da_alloc: it still does");
	replace("vol/other", 4);
	CHECK(waits("vol/other"), "likewise");
	volume_umount();
	volume_mount_again();
	rewrite("vol/kept", 5);
	CHECK(!waits("vol/kept"), "closed, it does not");
	replace("vol/other", 6);
	CHECK(!waits("vol/other"), "renamed, it does not");
	CHECK(pattern_is("vol/kept", SIZE, 5) && pattern_is("vol/other", SIZE, 6), "what was written");
	volume_clear();
	volume_umount();
}
