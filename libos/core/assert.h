/* SPDX-License-Identifier: MIT */
/*
 * Checks of invariants. Not for user input.
 *
 *	VERIFY(x)	always on; panics with the text, the place and, in VERIFY_OP, the values
 *	ASSERT(x)	debug build only; the expression is compiled but not evaluated otherwise
 *	WARN_ON(x)	reports with a back trace and goes on; evaluates to x
 *	WARN_ONCE(x)	the same, once per place
 *
 * A warning in the debug build makes tests fail: the word "WARNING:" is looked for.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

__noreturn void panic(const char *fmt, ...) __printf(1, 2);
__noreturn void verify_failed(const char *expr, const char *file, int line);
__noreturn void verify_op_failed(const char *expr, unsigned long a, unsigned long b, const char *file);
void warn_at(const char *expr, const char *file, int line);

#define VERIFY(x)									\
do {											\
	if (unlikely(!(x)))								\
		verify_failed(#x, __FILE__, __LINE__);					\
} while (0)

#define VERIFY_OP(a, op, b)								\
do {											\
	__typeof__(a) va_ = (a);							\
	__typeof__(b) vb_ = (b);							\
	if (unlikely(!(va_ op vb_)))							\
		verify_op_failed(#a " " #op " " #b, (unsigned long)va_, (unsigned long)vb_, __FILE__);	\
} while (0)

#define ASSERT(x)									\
do {											\
	if (CONFIG_DEBUG)								\
		VERIFY(x);								\
} while (0)

#define WARN_ON(x)									\
__extension__ ({									\
	bool warn_ = (x);								\
	if (unlikely(warn_))								\
		warn_at(#x, __FILE__, __LINE__);					\
	unlikely(warn_);								\
})

#define WARN_ONCE(x)									\
__extension__ ({									\
	static bool warned_;								\
	bool warn_ = (x);								\
	if (unlikely(warn_ && !warned_)) {						\
		warned_ = true;								\
		warn_at(#x, __FILE__, __LINE__);					\
	}										\
	unlikely(warn_);								\
})
