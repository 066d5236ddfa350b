/* SPDX-License-Identifier: MIT */
/*
 * POSIX ACLs: their form, the access check by named user, group and mask, the mode's group class, chmod,
 * inheritance from a default list (the umask does not apply), and what is refused.
 */
#include "lib/contract.h"

#include <grp.h>
#include <sys/mount.h>
#include <sys/xattr.h>

#define ACCESS	"system.posix_acl_access"
#define DEFAULT	"system.posix_acl_default"

enum { USER_OBJ = 1, USER = 2, GROUP_OBJ = 4, GROUP = 8, MASK = 16, OTHER = 32 };

struct acl {
	uint32_t version;
	struct { uint16_t tag, perm; uint32_t id; } e[8];
};

struct may {
	const char *path;
	int mode;
	uid_t uid;
	gid_t gid;
};

static int may_role(void *arg)
{
	const struct may *m = arg;

	if (setgroups(0, NULL) || setresgid(m->gid, m->gid, m->gid) || setresuid(m->uid, m->uid, m->uid))
		return 9;
	return access(m->path, m->mode) == 0 ? 0 : errno == EACCES ? 1 : 2;
}

static int may(const char *path, int mode, uid_t uid, gid_t gid)
{
	struct may m = { path, mode, uid, gid };

	return WEXITSTATUS(run_child(may_role, &m));
}

static int make_refused(void *arg)
{
	struct acl a = { 2, { { USER_OBJ, 7, -1U }, { GROUP_OBJ, 7, -1U }, { OTHER, 7, -1U } } };

	(void)arg;
	if (setresuid(1234, 1234, 1234))
		return 9;
	return setxattr("f", ACCESS, &a, 4 + 24, 0) == -1 ? errno : 0;
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	REQUIRE_OK(lstat(path, &st));
	return st.st_mode & 07777;
}

static void access_list(void)
{
	struct acl a = { 2, { { USER_OBJ, 6, -1U }, { USER, 6, 1000 }, { USER, 4, 1001 }, { GROUP_OBJ, 0, -1U },
			      { GROUP, 4, 2000 }, { MASK, 6, -1U }, { OTHER, 0, -1U } } }, b;

	write_file("f", "text", 4);
	REQUIRE_OK(chmod("f", 0644));
	CHECK_ERR(getxattr("f", ACCESS, &b, sizeof(b)), ENODATA, "a file begins without a list");
	REQUIRE_OK(setxattr("f", ACCESS, &a, 4 + 7 * 8, 0));
	CHECK_INT(getxattr("f", ACCESS, NULL, 0), 60, "its length");
	CHECK_INT(getxattr("f", ACCESS, &b, sizeof(b)), 60, "its bytes");
	CHECK_INT(memcmp(&a, &b, 60), 0, "come back as they were");
	CHECK_ERR(getxattr("f", ACCESS, &b, 59), ERANGE, "into a buffer too small");
	CHECK_INT(mode_of("f"), 0660, "the group's bits of the mode are the mask");
	CHECK_INT(may("f", R_OK | W_OK, 1000, 1), 0, "a named user");
	CHECK_INT(may("f", R_OK, 1001, 1), 0, "another one reads");
	CHECK_INT(may("f", W_OK, 1001, 2000), 1, "and does not write, whatever his group may");
	CHECK_INT(may("f", R_OK, 1002, 2000), 0, "a named group");
	CHECK_INT(may("f", W_OK, 1002, 2000), 1, "has no more than it was given");
	CHECK_INT(may("f", R_OK, 1002, 0), 1, "the owning group has nothing");
	CHECK_INT(may("f", R_OK, 1003, 3000), 1, "nor have others");
	REQUIRE_OK(chmod("f", 0640));
	CHECK_INT(may("f", W_OK, 1000, 1), 1, "chmod changes the mask");
	CHECK_INT(getxattr("f", ACCESS, &b, sizeof(b)), 60, "and keeps the list");
	CHECK_INT(b.e[5].perm, 4, "the mask it says");
	CHECK_INT(b.e[1].perm, 6, "the entries as they were");
	REQUIRE_OK(removexattr("f", ACCESS));
	CHECK_ERR(getxattr("f", ACCESS, &b, sizeof(b)), ENODATA, "the list can be removed");
	CHECK_INT(mode_of("f"), 0640, "the mode stays");
}

static void refused(void)
{
	struct acl three = { 2, { { USER_OBJ, 7, -1U }, { GROUP_OBJ, 5, -1U }, { OTHER, 1, -1U } } };
	struct acl none = { 2, { { USER_OBJ, 7, -1U }, { USER, 5, 1000 }, { GROUP_OBJ, 5, -1U }, { OTHER, 1, -1U } } };
	struct acl order = { 2, { { GROUP_OBJ, 7, -1U }, { USER_OBJ, 5, -1U }, { OTHER, 1, -1U } } };
	struct acl version = { 1, { { USER_OBJ, 7, -1U }, { GROUP_OBJ, 5, -1U }, { OTHER, 1, -1U } } };
	char list[256];

	CHECK_INT(setxattr("f", ACCESS, &three, 28, 0), 0, "three entries");
	CHECK_INT(mode_of("f"), 0751, "are the mode");
	CHECK_INT(listxattr("f", list, sizeof(list)), 0, "and no list");
	CHECK_ERR(setxattr("f", ACCESS, &none, 36, 0), EINVAL, "a named user without a mask");
	CHECK_ERR(setxattr("f", ACCESS, &order, 28, 0), EINVAL, "a wrong order");
	CHECK_ERR(setxattr("f", ACCESS, &version, 28, 0), EOPNOTSUPP, "a version there is not");
	CHECK_ERR(setxattr("f", ACCESS, &three, 27, 0), EINVAL, "a broken entry");
	CHECK_ERR(setxattr("f", DEFAULT, &three, 28, 0), EACCES, "a default list on a file");
	CHECK_EXIT(make_refused, NULL, EPERM, "only the owner sets it");
}

static void inherited(void)
{
	struct acl a = { 2, { { USER_OBJ, 7, -1U }, { USER, 7, 1000 }, { GROUP_OBJ, 5, -1U }, { MASK, 7, -1U },
			      { OTHER, 0, -1U } } }, b;
	int fd;

	umask(077);
	REQUIRE_OK(mkdir("d", 0755));
	REQUIRE_OK(setxattr("d", DEFAULT, &a, 44, 0));
	CHECK_INT(mode_of("d"), 0700, "a default list does not change the folder's mode");
	fd = REQUIRE_OK(open("d/f", O_CREAT | O_RDWR, 0666));
	close(fd);
	CHECK_INT(mode_of("d/f"), 0660, "a new file: the list instead of the umask, cut by the mode asked for");
	CHECK_INT(getxattr("d/f", ACCESS, &b, sizeof(b)), 44, "has the list");
	CHECK_INT(b.e[3].perm, 6, "whose mask is cut");
	CHECK_INT(b.e[1].perm, 7, "and nothing else");
	CHECK_ERR(getxattr("d/f", DEFAULT, &b, sizeof(b)), ENODATA, "no default list on a file");
	REQUIRE_OK(mkdir("d/d", 0777));
	CHECK_INT(mode_of("d/d"), 0770, "a new folder");
	CHECK_INT(getxattr("d/d", DEFAULT, &b, sizeof(b)), 44, "has the default list too");
	CHECK_INT(memcmp(&a, &b, 44), 0, "unchanged");
	REQUIRE_OK(chmod("d", 0711));
	CHECK_INT(may("d/f", R_OK | W_OK, 1000, 1), 0, "the inherited list decides");
	REQUIRE_OK(mkdir("d/e", 0700));
	fd = REQUIRE_OK(open("plain", O_CREAT | O_RDWR, 0666));
	close(fd);
	CHECK_INT(mode_of("plain"), 0600, "elsewhere the umask applies");
}

void contract_main(void)
{
	need_root();
	REQUIRE_OK(chmod(tmp_dir(), 0755));
	if (mkdir("m", 0755) == 0 && mount("none", "m", "tmpfs", 0, "mode=755") == 0)
		REQUIRE_OK(chdir("m"));
	umask(022);
	access_list();
	refused();
	inherited();
	REQUIRE_OK(chdir("/"));
}
