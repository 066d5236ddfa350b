/* SPDX-License-Identifier: MIT */
/*
 * strings: arguments and environment between the old address space and the new one.
 *
 * They are kept as they will lie on the stack, so that one copy puts them there. E2BIG: a string longer than
 * EXEC_STRING_MAX, or all strings with their pointers longer than a quarter of RLIMIT_STACK (at most 6 MiB, at
 * least 128 KiB).
 */
#include "exec/internal.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/uaccess.h"

static int reserve(struct exec_strings *s, size_t more)
{
	size_t want = s->size + more, capacity = s->capacity ? s->capacity : 2048;
	char *text;

	if (want <= s->capacity)
		return 0;
	while (capacity < want)
		capacity *= 2;
	text = kvmalloc(capacity, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	memcpy(text, s->text, s->size);
	kvfree(s->text);
	s->text = text;
	s->capacity = capacity;
	return 0;
}

static size_t total(const struct exec_image *img)
{
	return img->argv.size + img->envp.size +
	       (img->argv.count + img->envp.count) * sizeof(unsigned long);
}

static int add_bytes(struct exec_image *img, struct exec_strings *s, size_t len)
{
	if (len > EXEC_STRING_MAX || total(img) + len + sizeof(unsigned long) > img->limit)
		return -E2BIG;
	return reserve(s, len);
}

int exec_strings_add(struct exec_image *img, struct exec_strings *s, const char *text)
{
	size_t len = strlen(text) + 1;
	int err = add_bytes(img, s, len);

	if (err)
		return err;
	memcpy(s->text + s->size, text, len);
	s->size += len;
	s->count++;
	return 0;
}

static int add_one_user(struct exec_image *img, struct exec_strings *s, const char __user *str)
{
	long len = strnlen_user(str, EXEC_STRING_MAX);	/* with the NUL; 0: fault */
	int err;

	if (len <= 0)
		return -EFAULT;
	err = add_bytes(img, s, len);
	if (err)
		return err;
	if (copy_from_user(s->text + s->size, str, len))
		return -EFAULT;
	if (s->text[s->size + len - 1] || memchr(s->text + s->size, 0, len - 1))
		return -EFAULT;		/* another thread wrote meanwhile */
	s->size += len;
	s->count++;
	return 0;
}

int exec_strings_add_user(struct exec_image *img, struct exec_strings *s, const char __user *const __user *vec)
{
	const char __user *str;
	int err;

	if (!vec)
		return 0;
	for (unsigned i = 0;; i++) {
		if (get_user(str, vec + i))
			return -EFAULT;
		if (!str)
			return 0;
		err = add_one_user(img, s, str);
		if (err)
			return err;
	}
}

int exec_strings_prepend(struct exec_image *img, struct exec_strings *s, const char *text)
{
	size_t len = strlen(text) + 1;
	int err = add_bytes(img, s, len);

	if (err)
		return err;
	memmove(s->text + len, s->text, s->size);
	memcpy(s->text, text, len);
	s->size += len;
	s->count++;
	return 0;
}

void exec_strings_shift(struct exec_strings *s)
{
	size_t len;

	if (!s->count)
		return;
	len = strlen(s->text) + 1;
	memmove(s->text, s->text + len, s->size - len);
	s->size -= len;
	s->count--;
}

void exec_strings_free(struct exec_strings *s)
{
	kvfree(s->text);
}
