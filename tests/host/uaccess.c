/* SPDX-License-Identifier: MIT */
/*
 * User copies (arch/uaccess.h): page by page through the loaded page tables; what is missing is asked for from
 * mm_fault(), as a processor's page fault would.
 */
#include "host.h"

#include "abi/errno.h"
#include "arch/mmu.h"
#include "arch/uaccess.h"
#include "arch/upcall.h"

#include <string.h>

/* Host address of one user byte and how many follow it in its page; NULL: the access is refused. */
static void *user_piece(vaddr_t addr, size_t want, bool write, size_t *n)
{
	unsigned tries;
	void *p;

	*n = PAGE_SIZE - (addr & (PAGE_SIZE - 1));
	*n = want < *n ? want : *n;
	for (tries = 0; tries < 16; tries++) {
		p = host_user_ptr(addr, write);
		if (p)
			return p;
		if (mm_fault(addr, write ? FAULT_WRITE : FAULT_READ, NULL))
			return NULL;
	}
	host_die("mm_fault() says it resolved a fault, again and again, but did not");
}

size_t arch_copy_from_user(void *to, const void __user *from, size_t size)
{
	size_t done, n;
	void *p;

	for (done = 0; done < size; done += n) {
		p = user_piece((vaddr_t)from + done, size - done, false, &n);
		if (!p)
			break;
		memcpy((char *)to + done, p, n);
	}
	return size - done;
}

size_t arch_copy_to_user(void __user *to, const void *from, size_t size)
{
	size_t done, n;
	void *p;

	for (done = 0; done < size; done += n) {
		p = user_piece((vaddr_t)to + done, size - done, true, &n);
		if (!p)
			break;
		memcpy(p, (const char *)from + done, n);
	}
	return size - done;
}

size_t arch_clear_user(void __user *to, size_t size)
{
	size_t done, n;
	void *p;

	for (done = 0; done < size; done += n) {
		p = user_piece((vaddr_t)to + done, size - done, true, &n);
		if (!p)
			break;
		memset(p, 0, n);
	}
	return size - done;
}

long arch_strnlen_user(const char __user *s, size_t max)
{
	size_t done, n;
	char *p, *end;

	for (done = 0; done < max; done += n) {
		p = user_piece((vaddr_t)s + done, max - done, false, &n);
		if (!p)
			return -EFAULT;
		end = memchr(p, 0, n);
		if (end)
			return (long)(done + (size_t)(end - p));
	}
	return (long)max;
}

long arch_strncpy_from_user(char *to, const char __user *from, size_t max)
{
	size_t done, n;
	char *p, *end;

	for (done = 0; done < max; done += n) {
		p = user_piece((vaddr_t)from + done, max - done, false, &n);
		if (!p)
			return -EFAULT;
		end = memchr(p, 0, n);
		memcpy(to + done, p, end ? (size_t)(end - p) + 1 : n);
		if (end)
			return (long)(done + (size_t)(end - p));
	}
	return (long)max;
}

int arch_get_user(uint64_t *value, const void __user *from, unsigned size)
{
	*value = 0;		/* little endian: the low bytes are the value */
	return arch_copy_from_user(value, from, size) ? -EFAULT : 0;
}

int arch_put_user(uint64_t value, void __user *to, unsigned size)
{
	return arch_copy_to_user(to, &value, size) ? -EFAULT : 0;
}

int arch_user_cmpxchg32(uint32_t __user *uaddr, uint32_t *expected, uint32_t desired)
{
	size_t n;
	uint32_t *p = user_piece((vaddr_t)uaddr, sizeof(*p), true, &n);

	if (!p)
		return -EFAULT;
	__atomic_compare_exchange_n(p, expected, desired, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return 0;
}

int arch_user_atomic32(uint32_t __user *uaddr, enum user_atomic_op op, uint32_t arg, uint32_t *old)
{
	size_t n;
	uint32_t *p = user_piece((vaddr_t)uaddr, sizeof(*p), true, &n);

	if (!p)
		return -EFAULT;
	switch (op) {
	case USER_SET:
		*old = __atomic_exchange_n(p, arg, __ATOMIC_SEQ_CST);
		break;
	case USER_ADD:
		*old = __atomic_fetch_add(p, arg, __ATOMIC_SEQ_CST);
		break;
	case USER_OR:
		*old = __atomic_fetch_or(p, arg, __ATOMIC_SEQ_CST);
		break;
	case USER_ANDN:
		*old = __atomic_fetch_and(p, ~arg, __ATOMIC_SEQ_CST);
		break;
	case USER_XOR:
		*old = __atomic_fetch_xor(p, arg, __ATOMIC_SEQ_CST);
		break;
	}
	return 0;
}
