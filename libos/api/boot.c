/* SPDX-License-Identifier: MIT */
/*
 * boot: a program linked with the library becomes the first process; version, log, power.
 */
#include "api/internal.h"
#include "core/init.h"
#include "core/log.h"
#include "core/power.h"
#include "lib/format.h"
#include "libos/libos.h"
#include "proc/init.h"
#include "vfs/namei.h"

#define LINE_MAX	512

/* The program's. In coracle.elf there is none. */
extern __typeof__(libos_main) libos_main __weak;

static int api_register(void)
{
	if (libos_main)
		init_set_program(libos_main);
	return 0;
}
INIT_HOOK(INIT_LATE, api_register);

struct vfs_ctx *api_vfs(void)
{
	struct task *t = current;

	t->vfs.fsize_limit = rlimit_cur(t->process, RLIMIT_FSIZE);
	t->vfs.nofile_limit = current_nofile();
	return &t->vfs;
}

unsigned libos_api_version(void)
{
	return LIBOS_API_MAJOR << 16 | LIBOS_API_MINOR;
}

/* Text in pieces to descriptor 1. Field legend: [o] own stack */
struct output {
	int total;			/* [o] bytes written, or -errno */
};

static void emit(void *arg, const char *s, size_t n)
{
	struct output *out = arg;
	int64_t done;

	while (n && out->total >= 0) {
		done = libos_write(1, s, n);
		out->total = done < 0 ? (int)done : out->total + (int)done;
		if (done > 0) {
			s += done;
			n -= (size_t)done;
		}
	}
}

int libos_printf(const char *format, ...)
{
	char line[LINE_MAX];
	struct output out = { 0 };
	va_list ap;
	int len;

	va_start(ap, format);
	len = kvsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (len < LINE_MAX) {
		emit(&out, line, (size_t)len);	/* one write: lines of several threads do not mix */
	} else {
		va_start(ap, format);
		kvformat(emit, &out, format, ap);
		va_end(ap);
	}
	return out.total;
}

void libos_log(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	kvlog(KLOG_NOTICE, format, ap);
	va_end(ap);
}

void libos_power_off(void)
{
	power_end(POWER_OFF);
}

void libos_reboot(void)
{
	power_end(POWER_REBOOT);
}
