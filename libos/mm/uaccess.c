/* SPDX-License-Identifier: MIT */
/* uaccess: the less frequent forms of user access. See uaccess.h. */
#include "mm/uaccess.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/slab.h"

/* Bytes from s to the end of user space, at most max. */
static size_t clamp_range(const char __user *s, size_t max)
{
	uintptr_t addr = (__force uintptr_t)s;

	return addr >= ARCH_USER_MAX ? 0 : min(max, (size_t)(ARCH_USER_MAX - addr));
}

long strnlen_user(const char __user *s, size_t max)
{
	size_t room = clamp_range(s, max);
	long len = room ? arch_strnlen_user(s, room) : -EFAULT;

	if (len < 0)
		return 0;
	if ((size_t)len == room)
		return room < max ? 0 : (long)max + 1;
	return len + 1;
}

long strncpy_from_user(char *to, const char __user *from, size_t max)
{
	size_t room = clamp_range(from, max);
	long len = room ? arch_strncpy_from_user(to, from, room) : -EFAULT;

	if (len >= 0 && (size_t)len == room && room < max)
		return -EFAULT;
	return len;
}

int user_fault_in_write(void __user *p, size_t size)
{
	char __user *at = p, *end = at + size;
	uint8_t byte;

	while (at < end) {
		uint32_t __user *word = (uint32_t __user *)((uintptr_t)at & ~3UL);
		uint32_t old;

		if (!user_range_ok(word, 4) || arch_user_atomic32(word, USER_OR, 0, &old) ||
		    get_user(byte, (uint8_t __user *)at))
			return -EFAULT;
		at = (char __user *)(((uintptr_t)at + PAGE_SIZE) & PAGE_MASK);
	}
	return 0;
}

size_t user_fault_in_read(const void __user *p, size_t size)
{
	const uint8_t __user *at = p, *end = at + size;
	uint8_t byte;

	while (at < end) {
		if (get_user(byte, at))
			return end - at;
		at = (const uint8_t __user *)(((uintptr_t)at + PAGE_SIZE) & PAGE_MASK);
	}
	return 0;
}

int copy_struct_from_user(void *to, size_t size, const void __user *from, size_t user_size)
{
	const uint8_t __user *tail = (const uint8_t __user *)from + size;
	uint8_t byte;

	memset(to, 0, size);
	if (copy_from_user(to, from, min(size, user_size)))
		return -EFAULT;
	for (size_t i = size; i < user_size; i++, tail++) {
		if (get_user(byte, tail))
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	return 0;
}

void *memdup_user(const void __user *from, size_t size, int *err)
{
	void *p = kvmalloc(size ? size : 1, GFP_KERNEL);

	if (!p) {
		*err = -ENOMEM;
		return NULL;
	}
	if (copy_from_user(p, from, size)) {
		kvfree(p);
		*err = -EFAULT;
		return NULL;
	}
	return p;
}
