/* SPDX-License-Identifier: MIT */
/* What there is of file systems: ustat(2), sysfs(2). */
#include "abi/errno.h"
#include "abi/ustat.h"
#include "lib/string.h"
#include "mm/uaccess.h"
#include "syscall/path.h"
#include "syscall/syscall.h"
#include "vfs/stat.h"
#include "vfs/super.h"

/* Field legend: [o] of the caller */
struct ustat_search {
	uint32_t dev;			/* [o] */
	struct kstatfs found;		/* [o] */
	int err;			/* [o] */
};

static void look_at(struct super_block *sb, void *arg)
{
	struct ustat_search *s = arg;

	if ((uint32_t)sb->dev != s->dev || !s->err)
		return;
	memset(&s->found, 0, sizeof(s->found));
	s->err = sb->ops->statfs ? sb->ops->statfs(sb, &s->found) : 0;
}

long sys_ustat(unsigned int dev, struct ustat __user *ubuf)
{
	struct ustat_search s = { .dev = dev, .err = -EINVAL };
	struct ustat u = { 0 };

	super_for_each(look_at, &s);
	if (s.err)
		return s.err;
	u.f_tfree = (int)s.found.blocks_free;
	u.f_tinode = (unsigned long)s.found.files_free;
	return copy_to_user(ubuf, &u, sizeof(u)) ? -EFAULT : 0;
}

/* Types by number, from 0: counts down to the one that is asked for. Field legend: [o] of the caller */
struct type_search {
	const char *name;		/* [o] to be found, or NULL */
	unsigned long left;		/* [o] types before the one to be found */
	const struct fs_type *found;	/* [o] */
	long count;			/* [o] */
};

static void count_type(const struct fs_type *type, void *arg)
{
	struct type_search *s = arg;

	if (!s->found && (s->name ? !strcmp(type->name, s->name) : !s->left--)) {
		s->found = type;
		s->left = (unsigned long)s->count;
	}
	s->count++;
}

static long index_of(const char __user *name)
{
	struct type_search s = { .left = 0 };
	struct user_path p;
	long err = user_path_get(&p, name, false);

	if (err)
		return err;
	s.name = p.name;
	fs_for_each(count_type, &s);
	user_path_put(&p);
	return s.found ? (long)s.left : -EINVAL;
}

static long name_of(unsigned long index, char __user *to)
{
	struct type_search s = { .left = index };

	fs_for_each(count_type, &s);
	if (!s.found)
		return -EINVAL;
	return copy_to_user(to, s.found->name, strlen(s.found->name) + 1) ? -EFAULT : 0;
}

long sys_sysfs(int option, unsigned long arg1, unsigned long arg2)
{
	struct type_search s = { .left = ULONG_MAX };

	switch (option) {
	case 1:
		return index_of((const char __user *)arg1);
	case 2:
		return name_of(arg1, (char __user *)arg2);
	case 3:
		fs_for_each(count_type, &s);
		return s.count;
	default:
		return -EINVAL;
	}
}
