/* SPDX-License-Identifier: MIT */
/*
 * libos.h: programs linked with the library OS.
 *
 * A program that defines libos_main() and is linked with libos.a, libos-x86_64.a and kernel.lds (pkg-config libos
 * knows the flags) is a bootable kernel whose first process is that function. It runs in kernel mode and calls
 * what is declared here instead of making system calls; it can start unmodified Linux programs as children
 * (libos_spawn) and share files, pipes and memory file systems with them.
 *
 * Rules for the program. It is compiled freestanding, without vector registers. Stacks are 16 KiB. Nothing
 * protects the kernel from its wild pointers. Functions here may sleep unless they say otherwise, and are called
 * from libos_main() and from threads made with libos_thread_create().
 *
 * Errors. What can fail returns a negative Linux errno number (-2 is ENOENT), else 0 or more; what returns a
 * pointer returns NULL for the one cause "no memory".
 *
 * Start. The command line means what it means to the kernel: with root= the root file system is that disk (rw
 * for writing), with an initial RAM disk its content, else an empty memory file system. /dev is mounted;
 * descriptors 0, 1 and 2 are the console. init= is not looked at. Words after `--` are libos_main()'s arguments.
 * When it returns, the machine is switched off as when PID 1 exits.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define LIBOS_API_BEGIN extern "C" {
#define LIBOS_API_END }
#else
#define LIBOS_API_BEGIN
#define LIBOS_API_END
#endif

/* A change that breaks callers raises MAJOR, an addition raises MINOR. */
#define LIBOS_API_MAJOR	1
#define LIBOS_API_MINOR	0

LIBOS_API_BEGIN

/* Yours. argv[0] is "libos_main", argv[argc] is NULL. The result is the exit status (0..255). */
int libos_main(int argc, char **argv);

/* MAJOR << 16 | MINOR of the library linked in. */
unsigned libos_api_version(void);

/* Formatted text to descriptor 1: no floating point. Bytes written, or -errno. */
int libos_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* One line in the kernel log (dmesg, console). Does not sleep. */
void libos_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Write back what is dirty and switch the machine off, or reset it. */
void libos_power_off(void) __attribute__((noreturn));
void libos_reboot(void) __attribute__((noreturn));

LIBOS_API_END

#include "libos/file.h"
#include "libos/mem.h"
#include "libos/process.h"
#include "libos/thread.h"
#include "libos/time.h"
