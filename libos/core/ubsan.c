/* SPDX-License-Identifier: MIT */
/*
 * Reports of undefined behaviour, which the compiler's checks call in a debug build.
 *
 * Model. Each check passes a record whose first member is the place in the source; the rest of the record
 * differs by kind and only what a report needs is declared here. A report is a warning with a back trace; the
 * program goes on, as the operation has a result on this machine. Each place reports once: its
 * column is set to UBSAN_REPORTED afterwards (the compiler puts the records in writable data for that).
 *
 * Locking. None: two CPUs may both report one place.
 * Entry points: __ubsan_handle_*(), by the compiler's hand only. Not instrumented itself.
 */
#include "core/assert.h"
#include "core/log.h"
#include "core/panic.h"
#include "lib/compiler.h"
#include "lib/types.h"

#define UBSAN_REPORTED	UINT32_MAX

struct ubsan_location {
	const char *file;
	uint32_t line;
	uint32_t column;
};

struct ubsan_type {
	uint16_t kind;			/* 0 integer, 1 float, 0xffff other */
	uint16_t info;			/* integer: bit 0 signed, bits 1..: log2 of the width in bits */
	char name[];
};

struct ubsan_overflow {
	struct ubsan_location location;
	const struct ubsan_type *type;
};

struct ubsan_shift {
	struct ubsan_location location;
	const struct ubsan_type *lhs;
	const struct ubsan_type *rhs;
};

struct ubsan_bounds {
	struct ubsan_location location;
	const struct ubsan_type *array;
	const struct ubsan_type *index;
};

struct ubsan_mismatch {
	struct ubsan_location location;
	const struct ubsan_type *type;
	uint8_t log_align;
	uint8_t kind;
};

struct ubsan_value {
	struct ubsan_location location;
	const struct ubsan_type *type;
};

/* An operand: the value itself if it fits a register, else its address. */
static long ubsan_number(const struct ubsan_type *type, uintptr_t value)
{
	unsigned bits = 1U << (type->info >> 1);

	if (type->kind != 0)
		return (long)value;
	if (bits > 64)
		return (long)*(const uint64_t *)value;
	if (!(type->info & 1) || bits == 64)
		return (long)value;
	return (long)(value << (64 - bits)) >> (64 - bits);
}

static void __printf(2, 3) ubsan_report(struct ubsan_location *location, const char *fmt, ...)
{
	uint32_t column = location->column;
	va_list ap;

	if (column == UBSAN_REPORTED || panic_in_progress())
		return;
	location->column = UBSAN_REPORTED;
	klog(KLOG_ERR, "WARNING: undefined behaviour in %s:%u:%u", location->file, location->line, column);
	va_start(ap, fmt);
	kvlog(KLOG_ERR, fmt, ap);
	va_end(ap);
	print_backtrace(NULL, NULL);
}

#define UBSAN_ARITHMETIC(kind, sign)								\
	void __ubsan_handle_##kind(struct ubsan_overflow *at, uintptr_t a, uintptr_t b);	\
	void __ubsan_handle_##kind(struct ubsan_overflow *at, uintptr_t a, uintptr_t b)		\
	{											\
		ubsan_report(&at->location, "%ld %s %ld does not fit %s",			\
			     ubsan_number(at->type, a), sign, ubsan_number(at->type, b),	\
			     at->type->name);							\
	}

UBSAN_ARITHMETIC(add_overflow, "+")
UBSAN_ARITHMETIC(sub_overflow, "-")
UBSAN_ARITHMETIC(mul_overflow, "*")
UBSAN_ARITHMETIC(divrem_overflow, "/")

void __ubsan_handle_negate_overflow(struct ubsan_overflow *at, uintptr_t a);
void __ubsan_handle_negate_overflow(struct ubsan_overflow *at, uintptr_t a)
{
	ubsan_report(&at->location, "-(%ld) does not fit %s", ubsan_number(at->type, a), at->type->name);
}

void __ubsan_handle_shift_out_of_bounds(struct ubsan_shift *at, uintptr_t a, uintptr_t b);
void __ubsan_handle_shift_out_of_bounds(struct ubsan_shift *at, uintptr_t a, uintptr_t b)
{
	ubsan_report(&at->location, "%ld shifted by %ld is not defined for %s", ubsan_number(at->lhs, a),
		     ubsan_number(at->rhs, b), at->lhs->name);
}

void __ubsan_handle_out_of_bounds(struct ubsan_bounds *at, uintptr_t index);
void __ubsan_handle_out_of_bounds(struct ubsan_bounds *at, uintptr_t index)
{
	ubsan_report(&at->location, "index %ld is outside %s", ubsan_number(at->index, index), at->array->name);
}

void __ubsan_handle_type_mismatch_v1(struct ubsan_mismatch *at, uintptr_t address);
void __ubsan_handle_type_mismatch_v1(struct ubsan_mismatch *at, uintptr_t address)
{
	ubsan_report(&at->location, "access %u to %s at %016lx: null, or the object there is smaller", at->kind,
		     at->type->name, (unsigned long)address);
}

void __ubsan_handle_pointer_overflow(struct ubsan_location *at, uintptr_t base, uintptr_t result);
void __ubsan_handle_pointer_overflow(struct ubsan_location *at, uintptr_t base, uintptr_t result)
{
	ubsan_report(at, "pointer arithmetic from %016lx to %016lx", (unsigned long)base, (unsigned long)result);
}

void __ubsan_handle_load_invalid_value(struct ubsan_value *at, uintptr_t value);
void __ubsan_handle_load_invalid_value(struct ubsan_value *at, uintptr_t value)
{
	ubsan_report(&at->location, "%ld is no value of %s", ubsan_number(at->type, value), at->type->name);
}

void __ubsan_handle_vla_bound_not_positive(struct ubsan_value *at, uintptr_t bound);
void __ubsan_handle_vla_bound_not_positive(struct ubsan_value *at, uintptr_t bound)
{
	ubsan_report(&at->location, "array of %ld elements", ubsan_number(at->type, bound));
}

void __ubsan_handle_nonnull_arg(struct ubsan_location *at);
void __ubsan_handle_nonnull_arg(struct ubsan_location *at)
{
	ubsan_report(at, "null passed where the callee wants an object");
}

void __ubsan_handle_invalid_builtin(struct ubsan_location *at);
void __ubsan_handle_invalid_builtin(struct ubsan_location *at)
{
	ubsan_report(at, "zero passed to a count-zeros builtin");
}

void __ubsan_handle_builtin_unreachable(struct ubsan_location *at);
void __ubsan_handle_builtin_unreachable(struct ubsan_location *at)
{
	panic("reached what cannot be reached: %s:%u", at->file, at->line);
}
