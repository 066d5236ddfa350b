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

/* The device: in the guest it is given, here a loop device is made for the test. */
static const char *device(void)
{
	static char name[64];
	FILE *out;

	if (getenv("CONTRACT_DEVICE"))
		return getenv("CONTRACT_DEVICE");
	make_image();
	/* It goes when it is not mounted any more. */
	out = popen("PATH=$PATH:/sbin:/usr/sbin losetup -f --show image 2>/dev/null", "r");
	REQUIRE(out);
	if (!fgets(name, sizeof(name), out))
		skip_all("no loop devices");
	name[strcspn(name, "\n")] = '\0';
	pclose(out);
	return name;
}

static void forget_device(const char *name)
{
	char text[128];

	if (getenv("CONTRACT_DEVICE"))
		return;
	snprintf(text, sizeof(text), "PATH=$PATH:/sbin:/usr/sbin losetup -d %s", name);
	if (system(text))
		note("%s is not given back", name);
}

bool volume_mount_with(const char *options)
{
	const char *name = device();
	int err;

	options = options ? options : getenv("CONTRACT_MOUNT");
	err = mount(name, "vol", "ext4", 0, options) == 0 ? 0 : errno;

	forget_device(name);
	errno = err;
	return !err;
}

void volume_mount_again(void)
{
	REQUIRE(volume_mount_with(NULL));
}

void volume_make(void)
{
	need_root();
	tmp_dir();
	REQUIRE(mkdir("vol", 0755) == 0);
}

void volume_mount(void)
{
	volume_make();
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

bool volume_data_journalled(void)
{
	static char text[65536];
	int fd = REQUIRE_OK(open("/proc/self/mounts", O_RDONLY));
	ssize_t n = REQUIRE_OK(read(fd, text, sizeof(text) - 1));

	text[n] = '\0';
	close(fd);
	return strstr(text, "data=journal");
}
