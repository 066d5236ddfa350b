/* SPDX-License-Identifier: MIT */
/*
 * Start-up: from the architecture's entry code to PID 1.
 *
 *	core_start()		boot CPU, first stack, interrupts off
 *	  command line, early console, levels INIT_EARLY .. INIT_SCHED
 *	  sched_boot()		the first stack becomes CPU 0's idle thread
 *	    init_thread()	first kernel thread: levels INIT_THREADS .. INIT_LATE
 *	      user_start()	proc/: becomes PID 1
 *
 * Hooks lie in the section "init_hooks"; the linker marks its ends.
 */
#include "core/init.h"

#include "arch/boot.h"
#include "arch/clock.h"
#include "arch/cpu.h"
#include "arch/mmu.h"
#include "arch/upcall.h"
#include "core/assert.h"
#include "core/cmdline.h"
#include "core/log.h"
#include "lib/string.h"

extern const struct init_hook __start_init_hooks[] __weak, __stop_init_hooks[] __weak;

/* Field legend: [I] set by core_start(), [a] read anywhere */
static struct {
	struct boot_info boot_info;	/* [I] */
	enum init_level level;		/* [a] */
	void (*user_start)(void);	/* [I] */
} init;

enum init_level init_current_level(void)
{
	return READ_ONCE(init.level);
}

void init_run_level(enum init_level level)
{
	WRITE_ONCE(init.level, level);
	for (const struct init_hook *h = __start_init_hooks; h < __stop_init_hooks; h++) {
		int err;

		if (h->level != level)
			continue;
		err = h->fn();
		if (err < 0)
			klog(KLOG_ERR, "init: %s failed: error %d", h->name, -err);
	}
}

void init_set_user_start(void (*fn)(void))
{
	init.user_start = fn;
}

const struct boot_info *boot_info_get(void)
{
	return &init.boot_info;
}

void boot_initrd(paddr_t *start, size_t *size)
{
	const struct boot_info *bi = boot_info_get();

	*start = bi->initrd;
	*size = bi->initrd ? bi->initrd_size : 0;
}

paddr_t boot_rsdp(void)
{
	return init.boot_info.rsdp;
}

const char *boot_cmdline(void)
{
	return cmdline_text();
}

static void init_thread(void *arg)
{
	(void)arg;
	for (unsigned level = INIT_THREADS; level < INIT_LEVELS; level++)
		init_run_level(level);
	WRITE_ONCE(init.level, INIT_LEVELS);
	klog(KLOG_DEBUG, "init: start-up took %llu us",
	     (unsigned long long)((int64_t)arch_clock_ns() - arch_boot_entry_ns()) / 1000);
	if (!init.user_start)
		panic("nothing to start as PID 1: no part of the kernel registered a user start");
	init.user_start();
	panic("the user start returned");
}

void core_start(const struct boot_info *bi)
{
	init.boot_info = *bi;
	cmdline_parse(bi->cmdline ? arch_phys_to_virt(bi->cmdline) : "");
	log_early_console();
	for (unsigned level = INIT_EARLY; level <= INIT_SCHED; level++)
		init_run_level(level);
	sched_boot(init_thread, NULL);
}
