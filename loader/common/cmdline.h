/* SPDX-License-Identifier: MIT */
/* cmdline: the text of /CORACLE.CMD made into one line. */
#pragma once

#include <stddef.h>

#define CMDLINE_MAX	4095		/* bytes, without the NUL */

/*
 * Tidy text[0..size) in place and end it with a NUL, so the array must hold size + 1 bytes: control
 * characters (line ends, tabs) become spaces, spaces at both ends go, a NUL ends the text.
 * Returns the length.
 */
size_t cmdline_tidy(char *text, size_t size);
