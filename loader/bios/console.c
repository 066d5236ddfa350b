/* SPDX-License-Identifier: MIT */
/*
 * console: stage 2's last words, on the screen (INT 10h) and on COM1, and the halt after them.
 *
 * Each string goes to the port whole and then to the screen whole: where the BIOS itself mirrors
 * its screen to the port, the text appears twice but readable.
 */
#include <stddef.h>

#include "loader/bios/bios.h"
#include "loader/common/cpu.h"
#include "loader/common/serial.h"

static void screen_put(char c)
{
	struct bios_regs r = { .eax = 0x0e00U | (uint8_t)c, .ebx = 7 };

	bios_call(&r, 0x10);
}

static void screen_write(const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			screen_put('\r');
		screen_put(*text);
	}
}

_Noreturn void console_fail(const char *subject, int error)
{
	const char *const parts[] = {
		"\ncoracle: ", subject ? subject : "", subject ? ": " : "",
		load_error_text(error), "\nHalted.\n",
	};
	const size_t count = sizeof(parts) / sizeof(parts[0]);

	serial_init();
	for (size_t i = 0; i < count; i++)
		serial_write(parts[i]);
	for (size_t i = 0; i < count; i++)
		screen_write(parts[i]);
	for (;;)
		cpu_halt();
}
