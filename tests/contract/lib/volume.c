/* SPDX-License-Identifier: MIT */
#include "lib/volume.h"

#include <dirent.h>
#include <sys/mount.h>

static void make_image(void)
{
	int fd;

	if (access("image", F_OK) == 0)
		return;
	fd = REQUIRE_OK(open("image", O_RDWR | O_CREAT, 0600));
	REQUIRE(ftruncate(fd, 32 << 20) == 0);
	close(fd);
	if (system("PATH=$PATH:/sbin:/usr/sbin mke2fs -q -F -t ext4 image >/dev/null 2>&1"))
		skip_all("no mke2fs");
}

void volume_mount_again(void)
{
	const char *device = getenv("CONTRACT_DEVICE");

	if (device) {
		REQUIRE(mount(device, "vol", "ext4", 0, NULL) == 0);
		return;
	}
	make_image();
	if (system("PATH=$PATH:/sbin:/usr/sbin mount -o loop image vol 2>/dev/null"))
		skip_all("no loop devices");
}

void volume_mount(void)
{
	need_root();
	tmp_dir();
	REQUIRE(mkdir("vol", 0755) == 0);
	volume_mount_again();
	volume_clear();
}

void volume_umount(void)
{
	/* A process of the test that has just ended may hold it for a moment. */
	CHECK(EVENTUALLY(umount("vol") == 0, 2000), "the volume is unmounted");
}

static void clear(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *de;

	REQUIRE(dir);
	while ((de = readdir(dir)) != NULL) {
		char sub[PATH_MAX];

		if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, "..") || !strcmp(de->d_name, "lost+found"))
			continue;
		snprintf(sub, sizeof(sub), "%s/%s", path, de->d_name);
		if (unlink(sub) != 0) {
			clear(sub);
			REQUIRE(rmdir(sub) == 0);
		}
	}
	closedir(dir);
}

void volume_clear(void)
{
	clear("vol");
}
