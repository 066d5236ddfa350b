/* SPDX-License-Identifier: MIT */
/* serial: last words on COM1 (16550 at 0x3f8, 115200 8N1), polled, never hanging. */
#pragma once

/* Set the port up. Harmless where there is none. */
void serial_init(void);

/* Write a string; "\n" becomes CR LF. Gives up on a character the port does not take. */
void serial_write(const char *text);
