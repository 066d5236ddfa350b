/* SPDX-License-Identifier: MIT */
/*
 * strace: one line on the console for each system call, by trace=syscall; and the way in for calls that are watched.
 *
 *	[  7] openat(-100, "/etc/passwd", 0x80000, 0) = 3
 *	[  7] read(3, 0x7ffd3a2b1c40, 4096) = -1 ENOENT
 *
 * Names and types of arguments come from table.def. A call is printed when it is over, with what its arguments
 * were when it began; one that does not return is printed as it begins. The cost of tracing that is off is one
 * bit of thread->work (WORK_SYSCALL_SLOW), tested by dispatch.c.
 *
 * Not here: what other kinds of trace= record (trace/trace.h).
 */
#include "syscall/dispatch.h"

#include "abi/errno.h"
#include "core/log.h"
#include "lib/errno_name.h"
#include "lib/restart.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "mm/uaccess.h"
#include "proc/ptrace.h"
#include "proc/seccomp.h"
#include "proc/task.h"
#include "syscall/syscall.h"
#include "trace/trace.h"

#define LINE_MAX	256
#define STRING_SHOWN	48		/* most bytes of a string argument */
#define CALL_EXIT	60
#define CALL_EXIT_GROUP	231

/* Name, and "type name" of each argument, comma-separated: types hold no comma. */
struct call_text {
	const char *name;
	const char *args;
};

#define SYS0(nr, name, level) [nr] = { #name, "" },
#define SYS1(nr, name, level, t0, a0) [nr] = { #name, #t0 " " #a0 },
#define SYS2(nr, name, level, t0, a0, t1, a1) [nr] = { #name, #t0 " " #a0 "," #t1 " " #a1 },
#define SYS3(nr, name, level, t0, a0, t1, a1, t2, a2) \
	[nr] = { #name, #t0 " " #a0 "," #t1 " " #a1 "," #t2 " " #a2 },
#define SYS4(nr, name, level, t0, a0, t1, a1, t2, a2, t3, a3) \
	[nr] = { #name, #t0 " " #a0 "," #t1 " " #a1 "," #t2 " " #a2 "," #t3 " " #a3 },
#define SYS5(nr, name, level, t0, a0, t1, a1, t2, a2, t3, a3, t4, a4) \
	[nr] = { #name, #t0 " " #a0 "," #t1 " " #a1 "," #t2 " " #a2 "," #t3 " " #a3 "," #t4 " " #a4 },
#define SYS6(nr, name, level, t0, a0, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5) \
	[nr] = { #name, #t0 " " #a0 "," #t1 " " #a1 "," #t2 " " #a2 "," #t3 " " #a3 "," #t4 " " #a4 "," #t5 " " #a5 },
#define SYSNOTE(name, text)
static const struct call_text call_texts[NR_SYSCALLS] = {
#include "syscall/table.def"
};

static bool ends_with(const char *s, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && !memcmp(s + len - n, end, n);
}

/* A string from the program, quoted, cut to what is worth showing; its address if it cannot be read. */
static void print_string(struct strbuf *out, unsigned long value)
{
	char text[STRING_SHOWN + 1];
	long len = strncpy_from_user(text, (const char __user *)value, STRING_SHOWN);

	if (len < 0) {
		strbuf_printf(out, "%#lx", value);
		return;
	}
	text[len] = 0;
	strbuf_putc(out, '"');
	strbuf_escape(out, text, "\"");
	strbuf_puts(out, len == STRING_SHOWN ? "\"..." : "\"");
}

/* One argument by its declaration. Buffers that a call fills are shown by address. */
static void print_argument(struct strbuf *out, const char *decl, size_t len, unsigned long value)
{
	if (!memcmp(decl, "const char __user * ", len < 20 ? len : 20) && !ends_with(decl, len, "buf"))
		print_string(out, value);
	else if (memchr(decl, '*', len))
		strbuf_printf(out, value ? "%#lx" : "NULL", value);
	else if (len > 4 && !memcmp(decl, "int ", 4) && !ends_with(decl, len, "flags"))
		strbuf_printf(out, "%d", (int)value);
	else if (ends_with(decl, len, "flags") || ends_with(decl, len, "addr") || ends_with(decl, len, "arg"))
		strbuf_printf(out, value ? "%#lx" : "%lu", value);
	else
		strbuf_printf(out, "%ld", (long)value);
}

static void print_call(struct strbuf *out, const struct arch_regs *regs, unsigned long nr)
{
	const char *decl = nr < NR_SYSCALLS && call_texts[nr].name ? call_texts[nr].args : "";

	strbuf_printf(out, "[%3d] ", task_tid(current));
	if (nr < NR_SYSCALLS && call_texts[nr].name)
		strbuf_printf(out, "%s(", call_texts[nr].name);
	else
		strbuf_printf(out, "syscall_%lu(", nr);
	for (unsigned i = 0; *decl; i++) {
		size_t len = strcspn(decl, ",");

		if (i)
			strbuf_puts(out, ", ");
		print_argument(out, decl, len, arch_syscall_arg(regs, i));
		decl += len + (decl[len] == ',');
	}
	strbuf_putc(out, ')');
}

static void print_result(struct strbuf *out, long result)
{
	unsigned long error = (unsigned long)-result;
	const char *name = error && error < 4096 ? errno_symbol(result) : NULL;

	if (error >= ERESTARTSYS && error <= ERESTART_RESTARTBLOCK)
		strbuf_puts(out, " = ? (interrupted)");
	else if (name)
		strbuf_printf(out, " = -1 %s", name);
	else if (result > -4096 && result < 1L << 31)
		strbuf_printf(out, " = %ld", result);
	else
		strbuf_printf(out, " = %#lx", (unsigned long)result);
}

/* Shown whatever the console level is short of nothing at all: somebody asked for it. */
static void print_line(const struct strbuf *line)
{
	klog(KLOG_ERR, "%s", strbuf_str(line));
}

static noinline long call_traced(struct arch_regs *regs, unsigned long nr)
{
	char text[LINE_MAX];
	struct strbuf line;
	long result;

	strbuf_init_fixed(&line, text, sizeof(text));
	print_call(&line, regs, nr);
	if (nr == CALL_EXIT || nr == CALL_EXIT_GROUP) {
		strbuf_puts(&line, " = ?");
		print_line(&line);
		return syscall_call(regs, nr);
	}
	result = syscall_call(regs, nr);
	print_result(&line, result);
	print_line(&line);
	return result;
}

static long call_watched(struct arch_regs *regs, unsigned long nr)
{
	return trace_config.chosen & TRACE_SYSCALL ? call_traced(regs, nr) : syscall_call(regs, nr);
}

void syscall_enter_slow(struct arch_regs *regs)
{
	unsigned long nr;
	long result;

	if (ptrace_syscall_enter(regs) && seccomp_enter(regs)) {
		nr = (unsigned long)arch_syscall_nr(regs);	/* the tracer may have changed it */
		result = call_watched(regs, nr);
		arch_syscall_set_result(regs, result);
	}
	ptrace_syscall_exit(regs);
}
