/* SPDX-License-Identifier: MIT */
/*
 * File capabilities: what a program with security.capability starts with; AT_SECURE; the bounding set; no_new_privs;
 * that they go when the file is written or given away; who may set them, and what the attribute must look like.
 */
#include "lib/contract.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define RAW	(1U << CAP_NET_RAW)
#define BIND	(1U << CAP_NET_BIND_SERVICE)
#define CAPS	"security.capability"

static void caps_of(struct __user_cap_data_struct *data, bool set)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };

	REQUIRE(syscall(set ? SYS_capset : SYS_capget, &header, data) == 0);
}

/* Exit status: 1 RAW permitted, 2 RAW effective, 4 BIND permitted, 8 AT_SECURE, 16 anything else. */
int contract_role(const char *role, int argc, char **argv)
{
	struct __user_cap_data_struct data[2];

	caps_of(data, false);
	return (data[0].permitted & RAW ? 1 : 0) | (data[0].effective & RAW ? 2 : 0) |
	       (data[0].permitted & BIND ? 4 : 0) | (getauxval(AT_SECURE) ? 8 : 0) |
	       ((data[0].permitted & ~(RAW | BIND)) || data[1].permitted ? 16 : 0);
}

static struct vfs_ns_cap_data attribute(uint32_t magic, uint32_t permitted, uint32_t inheritable)
{
	return (struct vfs_ns_cap_data){ .magic_etc = magic, .data[0] = { permitted, inheritable } };
}

static int give(uint32_t magic, uint32_t permitted, uint32_t inheritable)
{
	struct vfs_ns_cap_data caps = attribute(magic, permitted, inheritable);

	return setxattr("program", CAPS, &caps, XATTR_CAPS_SZ_2, 0);
}

enum { NOBODY = 1, NNP = 2, NO_RAW = 4, INHERIT = 8, KEEP_ROOT = 16 };

static int start(void *arg)
{
	struct __user_cap_data_struct data[2];
	int how = *(int *)arg;

	if ((how & NO_RAW) && prctl(PR_CAPBSET_DROP, CAP_NET_RAW, 0, 0, 0))
		return 101;
	if (how & INHERIT) {
		caps_of(data, false);
		data[0].inheritable |= RAW;
		caps_of(data, true);
	}
	if ((how & NOBODY) && setresuid(65534, 65534, 65534))
		return 102;
	if ((how & NNP) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return 103;
	execl("./program", "program", "@show", NULL);
	return errno == EPERM ? 104 : 105;
}

static void check_start(int how, int want, const char *what)
{
	CHECK_EXIT(start, &how, want, "%s", what);
}

static void check_exec(void)
{
	REQUIRE_OK(give(VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE, RAW, 0));
	check_start(NOBODY, 1 | 2 | 8, "permitted and effective");
	check_start(NOBODY | NNP, 0 | 8, "no_new_privs: nothing");
	check_start(NOBODY | NO_RAW, 104, "not in the bounding set: EPERM");
	REQUIRE_OK(give(VFS_CAP_REVISION_2, RAW | BIND, 0));
	check_start(NOBODY, 1 | 4 | 8, "permitted, not effective");
	check_start(NOBODY | NO_RAW, 4 | 8, "not in the bounding set, not effective: without it");
	REQUIRE_OK(give(VFS_CAP_REVISION_2, 0, RAW));
	check_start(NOBODY, 0, "inheritable of the file alone");
	check_start(NOBODY | INHERIT, 1 | 8, "inheritable of both");
	REQUIRE_OK(give(VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE, 0, 0));
	check_start(NOBODY, 8, "an empty set in effect");
	check_start(KEEP_ROOT, 1 | 2 | 4 | 16, "root has everything");
	REQUIRE_OK(chmod("program", 04755));
	REQUIRE_OK(give(VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE, BIND, 0));
	check_start(NOBODY, 4 | 8, "a set-user-id program with capabilities: those");
	REQUIRE_OK(removexattr("program", CAPS));
	check_start(NOBODY, 1 | 2 | 4 | 8 | 16, "a set-user-id program without");
	REQUIRE_OK(chmod("program", 0755));
	check_start(NOBODY, 0, "neither");
}

static void check_attribute(void)
{
	struct vfs_ns_cap_data caps = attribute(VFS_CAP_REVISION_2, RAW, 0), back;

	CHECK_ERR(setxattr("program", CAPS, &caps, 8, 0), EINVAL, "too short");
	CHECK_ERR(setxattr("program", CAPS, &caps, XATTR_CAPS_SZ_3, 0), EINVAL, "version 2 of the size of 3");
	caps.magic_etc = 0x05000000;
	CHECK_ERR(setxattr("program", CAPS, &caps, XATTR_CAPS_SZ_2, 0), EINVAL, "an unknown version");
	CHECK_ERR(getxattr("program", CAPS, &back, sizeof(back)), ENODATA, "none is there");
	caps.magic_etc = VFS_CAP_REVISION_3;
	CHECK_OK(setxattr("program", CAPS, &caps, XATTR_CAPS_SZ_3, 0), "version 3");
	CHECK_INT(getxattr("program", CAPS, NULL, 0), XATTR_CAPS_SZ_2, "for our root it reads as version 2");
	CHECK_INT(getxattr("program", CAPS, &back, sizeof(back)), XATTR_CAPS_SZ_2, "the same");
	CHECK(back.magic_etc == VFS_CAP_REVISION_2 && back.data[0].permitted == RAW, "its content");
	check_start(NOBODY, 1 | 8, "and it works");
	caps.rootid = 1000;
	CHECK_OK(setxattr("program", CAPS, &caps, XATTR_CAPS_SZ_3, 0), "for another namespace's root");
	check_start(NOBODY, 0, "that gives nothing here");
	CHECK_OK(removexattr("program", CAPS), "removed");
}

static int set_as_nobody(void *arg)
{
	int fd = open("program", O_WRONLY);

	if (setresuid(65534, 65534, 65534))
		return 100;
	if (give(VFS_CAP_REVISION_2, RAW, 0) == 0 || errno != EPERM)
		return 1;
	if (removexattr("program", CAPS) == 0 || errno != EPERM)
		return 2;
	return arg && write(fd, "", 0) < 0;
}

static void check_loss(void)
{
	char text[10];
	int fd;

	REQUIRE_OK(give(VFS_CAP_REVISION_2, RAW, 0));
	CHECK_EXIT(set_as_nobody, NULL, 0, "others may neither set nor remove it");
	REQUIRE(getxattr("program", CAPS, NULL, 0) > 0);
	fd = REQUIRE_OK(open("program", O_RDWR));
	REQUIRE(pread(fd, text, 10, 0) == 10 && pwrite(fd, text, 10, 0) == 10);
	CHECK_ERR(getxattr("program", CAPS, NULL, 0), ENODATA, "a write takes it away, root's too");
	REQUIRE_OK(give(VFS_CAP_REVISION_2, RAW, 0));
	REQUIRE_OK(chown("program", 0, 0));
	CHECK_ERR(getxattr("program", CAPS, NULL, 0), ENODATA, "chown too");
	REQUIRE_OK(give(VFS_CAP_REVISION_2, RAW, 0));
	REQUIRE_OK(chmod("program", 0755));
	CHECK(getxattr("program", CAPS, NULL, 0) > 0, "chmod does not");
	REQUIRE_OK(ftruncate(fd, lseek(fd, 0, SEEK_END)));
	CHECK_ERR(getxattr("program", CAPS, NULL, 0), ENODATA, "ftruncate does");
	close(fd);
}

void contract_main(void)
{
	char command[700];

	need_root();
	tmp_dir();
	REQUIRE_OK(chmod(".", 0755));
	snprintf(command, sizeof(command), "cp %s program && chmod 755 program", contract_self());
	if (system(command))
		skip_all("the program could not be copied");
	if (give(VFS_CAP_REVISION_2, RAW, 0) < 0 && errno == EOPNOTSUPP)
		skip_all("no attributes in the temporary folder");
	REQUIRE_OK(removexattr("program", CAPS));
	check_attribute();
	check_exec();
	check_loss();
}
