/* SPDX-License-Identifier: MIT */
/*
 * arch/uaccess.h: the instructions that may touch user memory. Called by mm/uaccess.c only, which checks
 * ranges; everything else uses mm/uaccess.h.
 *
 * A fault inside is resolved through mm_fault() (upcall.h) or ends the copy early. Context: thread, interrupts
 * on, no spin lock held, unless pagefault_disable() is in force (mm/uaccess.h): then a missing page ends the copy.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

/* Return the number of bytes NOT copied (0: all). Bytes copied are a prefix. */
size_t __must_check arch_copy_from_user(void *to, const void __user *from, size_t size);
size_t __must_check arch_copy_to_user(void __user *to, const void *from, size_t size);
size_t __must_check arch_clear_user(void __user *to, size_t size);

/* Length of a string without its NUL, at most max (max: no NUL found within), or -EFAULT. */
long __must_check arch_strnlen_user(const char __user *s, size_t max);
/* Copy a string with its NUL; returns length without NUL, max if there was no room for it, or -EFAULT. */
long __must_check arch_strncpy_from_user(char *to, const char __user *from, size_t max);

/* Naturally aligned single accesses of 1, 2, 4 or 8 bytes: 0 or -EFAULT. */
int __must_check arch_get_user(uint64_t *value, const void __user *from, unsigned size);
int __must_check arch_put_user(uint64_t value, void __user *to, unsigned size);

enum user_atomic_op { USER_SET, USER_ADD, USER_OR, USER_ANDN, USER_XOR };

/* futex: compare-and-swap and read-modify-write on an aligned user word; old value out. 0 or -EFAULT. */
int __must_check arch_user_cmpxchg32(uint32_t __user *uaddr, uint32_t *expected, uint32_t desired);
int __must_check arch_user_atomic32(uint32_t __user *uaddr, enum user_atomic_op op, uint32_t arg, uint32_t *old);
