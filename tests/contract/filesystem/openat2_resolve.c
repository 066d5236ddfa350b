/* SPDX-License-Identifier: MIT */
/*
 * openat2: every RESOLVE_ flag on names, links and mounts, for existing files and for ones being made; flags and
 * sizes that are refused.
 */
#include "lib/mounts.h"

struct how {
	uint64_t flags, mode, resolve;
};

#define TMPFILE_BIT (O_TMPFILE & ~O_DIRECTORY)

enum { NO_XDEV = 1, NO_MAGIC = 2, NO_LINKS = 4, BENEATH = 8, IN_ROOT = 16, CACHED = 32 };

static int dir;

static int open2(const char *path, uint64_t flags, uint64_t resolve)
{
	struct how how = { flags, flags & (O_CREAT | TMPFILE_BIT) ? 0600 : 0, resolve };

	return (int)syscall(437, dir, path, &how, sizeof(how));
}

#define REFUSED(path, flags, resolve, err, text) CHECK_ERR(open2(path, flags, resolve), err, text)
#define OPENS(path, flags, resolve, text) close(CHECK_OK(open2(path, flags, resolve), text))

static void beneath(void)
{
	OPENS("f", O_RDONLY, BENEATH, "beneath: a file");
	OPENS("sub/../f", O_RDONLY, BENEATH, "`..` inside");
	REFUSED("../out", O_RDONLY, BENEATH, EXDEV, "`..` outside");
	REFUSED("sub/../../root/f", O_RDONLY, BENEATH, EXDEV, "outside and back");
	REFUSED("/etc", O_RDONLY, BENEATH, EXDEV, "an absolute name");
	REFUSED("abs", O_RDONLY, BENEATH, EXDEV, "an absolute link");
	REFUSED("up", O_RDONLY, BENEATH, EXDEV, "a link that leaves");
	OPENS("inside", O_RDONLY, BENEATH, "one that does not");
	REFUSED("upnew", O_CREAT | O_WRONLY, BENEATH, EXDEV, "making a file through a link that leaves");
	OPENS("made", O_CREAT | O_WRONLY, BENEATH, "making one");
	REFUSED("../made", O_CREAT | O_WRONLY, BENEATH, EXDEV, "making one outside");
	CHECK(!exists("made") && !exists("new"), "nothing was made outside");
	REFUSED(".", O_TMPFILE | O_WRONLY, BENEATH | 64, EINVAL, "a flag there is not");
}

static void in_root(void)
{
	struct stat a, b;
	int fd = CHECK_OK(open2("/f", O_RDONLY, IN_ROOT), "in root: an absolute name");

	REQUIRE_OK(fstat(fd, &a));
	REQUIRE_OK(stat("root/f", &b));
	CHECK_INT(a.st_ino, b.st_ino, "is found in the root");
	close(fd);
	OPENS("../../../f", O_RDONLY, IN_ROOT, "`..` stays in it");
	OPENS("absf", O_RDONLY, IN_ROOT, "an absolute link too");
	REFUSED("up", O_RDONLY, IN_ROOT, ENOENT, "a link that would leave finds nothing");
	OPENS("upnew", O_CREAT | O_WRONLY, IN_ROOT, "making a file through it");
	CHECK(exists("root/new") && !exists("new"), "makes it inside");
	REQUIRE_OK(unlink("root/new"));
	OPENS("sub/upnew2", O_CREAT | O_WRONLY, IN_ROOT, "and through one in a folder");
	CHECK(exists("root/new2") && !exists("new2"), "too");
}

static void others(void)
{
	struct how how = { O_RDONLY, 0, 0 };
	struct { struct how how; uint64_t more; } larger = { { O_RDONLY, 0, 0 }, 0 };

	REFUSED("inside", O_RDONLY, NO_LINKS, ELOOP, "no links: a link");
	REFUSED("dirlink/f", O_RDONLY, NO_LINKS, ELOOP, "in the middle");
	OPENS("f", O_RDONLY, NO_LINKS, "a file");
	OPENS("inside", O_PATH | O_NOFOLLOW, NO_LINKS, "the link itself");
	REFUSED("inside", O_RDONLY | O_NOFOLLOW, 0, ELOOP, "O_NOFOLLOW");
	REFUSED("mnt/f", O_RDONLY, NO_XDEV, EXDEV, "no xdev: down into a mount");
	REFUSED("mnt", O_RDONLY, NO_XDEV, EXDEV, "onto one");
	OPENS("sub", O_RDONLY, NO_XDEV, "a folder");
	REFUSED("/proc/self/cwd", O_RDONLY, NO_MAGIC, ELOOP, "no magic links");
	OPENS("inside", O_RDONLY, NO_MAGIC, "others are followed");
	OPENS("f", O_RDONLY, CACHED, "cached: a name just used");
	REFUSED("f", O_TRUNC | O_WRONLY, CACHED, EAGAIN, "nor is emptying one");
	REFUSED("made3", O_CREAT | O_WRONLY, CACHED, EAGAIN, "making a file is no look into the cache");
	REFUSED("f", O_RDONLY, BENEATH | IN_ROOT, EINVAL, "both scopes");
	how.mode = 0600;
	CHECK_ERR(syscall(437, dir, "f", &how, sizeof(how)), EINVAL, "a mode without O_CREAT");
	how = (struct how){ O_CREAT | O_WRONLY, 010000, 0 };
	CHECK_ERR(syscall(437, dir, "f", &how, sizeof(how)), EINVAL, "a mode that is none");
	how = (struct how){ O_PATH | O_RDWR, 0, 0 };
	CHECK_ERR(syscall(437, dir, "f", &how, sizeof(how)), EINVAL, "O_PATH with a flag it leaves no room for");
	how = (struct how){ 1ULL << 40, 0, 0 };
	CHECK_ERR(syscall(437, dir, "f", &how, sizeof(how)), EINVAL, "an unknown flag");
	how = (struct how){ O_RDONLY, 0, 0 };
	CHECK_ERR(syscall(437, dir, "f", &how, 23), EINVAL, "a structure too small");
	close((int)CHECK_OK(syscall(437, dir, "f", &larger, sizeof(larger)), "a larger one, the rest zero"));
	larger.more = 1;
	CHECK_ERR(syscall(437, dir, "f", &larger, sizeof(larger)), E2BIG, "or not");
}

void contract_main(void)
{
	static const char *const dirs[] = { "root", "root/sub", "root/mnt", NULL };
	char text[PATH_MAX];

	private_tmpfs();
	make_dirs(dirs);
	write_file("out", "x", 1);
	write_file("root/f", "x", 1);
	REQUIRE_OK(mount("m", "root/mnt", "tmpfs", 0, NULL));
	write_file("root/mnt/f", "x", 1);
	REQUIRE(getcwd(text, sizeof(text)) && strlen(text) + 8 < sizeof(text));
	strcat(text, "/out");
	REQUIRE_OK(symlink(text, "root/abs"));
	REQUIRE_OK(symlink("/f", "root/absf"));
	REQUIRE_OK(symlink("../out", "root/up"));
	REQUIRE_OK(symlink("../new", "root/upnew"));
	REQUIRE_OK(symlink("../../../new2", "root/sub/upnew2"));
	REQUIRE_OK(symlink("f", "root/inside"));
	REQUIRE_OK(symlink(".", "root/dirlink"));
	dir = REQUIRE_OK(open("root", O_PATH | O_DIRECTORY));
	beneath();
	in_root();
	others();
	close(dir);
	REQUIRE_OK(umount("root/mnt"));
	REQUIRE_OK(chdir("/"));
}
