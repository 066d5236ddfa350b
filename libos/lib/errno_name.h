/* SPDX-License-Identifier: MIT */
/* errno_name: error numbers in words, for messages and the tracer. */
#pragma once

/* "ENOENT" for ENOENT or -ENOENT; NULL: no error number has this value. Any context. */
const char *errno_symbol(long err);
/* The same; "an unknown error" where that gives NULL. */
const char *errno_name(long err);
