/* SPDX-License-Identifier: MIT */
/*
 * uaccess: the only way to user memory. Copies check the range, fault pages in, and end early at a bad address.
 *
 * Context: thread, interrupts on, no spin lock held, unless between pagefault_disable() and _enable(), where
 * a page that is not there ends the copy. What was copied once is not read again (style rule 29).
 */
#pragma once

#include "arch/mmu.h"
#include "arch/uaccess.h"
#include "lib/compiler.h"
#include "sched/thread.h"

static inline bool user_range_ok(const void __user *p, size_t size)
{
	uintptr_t addr = (__force uintptr_t)p;

	return size <= ARCH_USER_MAX && addr <= ARCH_USER_MAX - size;
}

static inline void pagefault_disable(void)
{
	current_thread()->pagefault_disabled++;
	barrier();
}

static inline void pagefault_enable(void)
{
	barrier();
	current_thread()->pagefault_disabled--;
}

/* Bytes NOT copied: 0 is success. */
static inline size_t __must_check copy_from_user(void *to, const void __user *from, size_t size)
{
	return user_range_ok(from, size) ? arch_copy_from_user(to, from, size) : size;
}

static inline size_t __must_check copy_to_user(void __user *to, const void *from, size_t size)
{
	return user_range_ok(to, size) ? arch_copy_to_user(to, from, size) : size;
}

static inline size_t __must_check clear_user(void __user *to, size_t size)
{
	return user_range_ok(to, size) ? arch_clear_user(to, size) : size;
}

/* x = *p for an integer or pointer of 1, 2, 4 or 8 bytes: 0 or -EFAULT (x is then unchanged). */
#define get_user(x, p)									\
({											\
	const __typeof__(*(p)) __user *gu_p_ = (p);					\
	uint64_t gu_v_ = 0;								\
	int gu_err_ = user_range_ok(gu_p_, sizeof(*gu_p_)) ?				\
		arch_get_user(&gu_v_, gu_p_, sizeof(*gu_p_)) : -14 /* EFAULT */;	\
	if (!gu_err_)									\
		(x) = (__typeof__(x))(uintptr_t)gu_v_;					\
	gu_err_;									\
})

/* *p = x: 0 or -EFAULT. */
#define put_user(x, p)									\
({											\
	__typeof__(*(p)) __user *pu_p_ = (p);						\
	__typeof__((void)0, *(p)) pu_v_ = (x);	/* the type without its address space */	\
	user_range_ok(pu_p_, sizeof(*pu_p_)) ?						\
		arch_put_user((uint64_t)pu_v_, pu_p_, sizeof(*pu_p_)) : -14 /* EFAULT */;\
})

/* Length with the NUL; 0: fault; > max: no NUL within max bytes. */
long __must_check strnlen_user(const char __user *s, size_t max);
/* Copies at most max bytes; length without the NUL; max: does not fit; -EFAULT. */
long __must_check strncpy_from_user(char *to, const char __user *from, size_t max);
/* Make [p, p + size) present and writable, for a retry of an access that may not fault. 0 or -EFAULT. */
int __must_check user_fault_in_write(void __user *p, size_t size);
/* The same for reading. Returns bytes that could not be made present, from the end. */
size_t __must_check user_fault_in_read(const void __user *p, size_t size);
/* A struct whose size the caller passes: copies min, the rest must be zero (E2BIG) or is zeroed (openat2(2) rule). */
int __must_check copy_struct_from_user(void *to, size_t size, const void __user *from, size_t user_size);
/* Kernel copy of a user buffer: kvmalloc'd; NULL with *err. */
void *memdup_user(const void __user *from, size_t size, int *err);
