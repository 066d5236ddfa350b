/* SPDX-License-Identifier: MIT */
/* console: the UEFI application's last words, on the firmware's console and on COM1. */
#include "loader/common/cpu.h"
#include "loader/common/serial.h"
#include "loader/uefi/uefi.h"

static void screen_write(const char *text)
{
	SIMPLE_TEXT_OUTPUT_INTERFACE *out = uefi.boot ? uefi.system->ConOut : NULL;

	for (; out && *text; text++) {
		WCHAR pair[3] = { (WCHAR)*text, 0, 0 };

		if (*text == '\n') {
			pair[0] = '\r';
			pair[1] = '\n';
		}
		/* A console that refuses leaves the serial port. */
		(void)out->OutputString(out, pair);
	}
}

_Noreturn void console_fail(const char *subject, int error)
{
	const char *const parts[] = {
		"\ncoracle: ", subject ? subject : "", subject ? ": " : "",
		load_error_text(error), "\nHalted.\n",
	};
	const size_t count = sizeof(parts) / sizeof(parts[0]);

	for (size_t i = 0; i < count; i++)
		screen_write(parts[i]);
	serial_init();
	for (size_t i = 0; i < count; i++)
		serial_write(parts[i]);
	for (;;)
		cpu_halt();
}
