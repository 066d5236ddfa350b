/* SPDX-License-Identifier: MIT */
/*
 * The end: power off, reboot, halt.
 *
 * File systems and drivers register what must happen first (sync, flush); a platform driver (ACPI) registers
 * how to cut the power. Without one, the architecture's way is taken.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/types.h"

enum power_action { POWER_OFF, POWER_REBOOT, POWER_HALT };

/* Called before the end, highest order first; may sleep. The node is the caller's. */
struct power_hook {
	int order;			/* 100 file systems, 50 block devices, 10 other devices */
	void (*prepare)(enum power_action action);
	struct list_head link;
};
void power_hook_register(struct power_hook *hook);

/* How to cut power or reset; returns only if it did not work. NULL: the default. Any context. */
void power_set_off(void (*fn)(void));
void power_set_reset(void (*fn)(void));

/* Thread context; PID 1 and reboot(2). Runs the hooks, stops the other CPUs, never returns. */
__noreturn void power_end(enum power_action action);
