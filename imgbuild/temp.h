/* SPDX-License-Identifier: MIT */
/*
 * temp: temporary files that never outlive the program, be it by an error or by ^C.
 */
#pragma once

#include "imgbuild/report.h"

/* Remove what is left at exit and on SIGINT, SIGTERM, SIGHUP, SIGPIPE. Once, first of all. */
void temp_init(void);

/* Create BESIDE.XXXXXX (or a file in TMPDIR when beside is NULL), mode as the umask allows. NULL after an error. */
char *temp_create(const char *beside);

/* Rename a file of temp_create() to its final name and free its name. */
int __must_check temp_keep(char *path, const char *final);

/* Remove it and free its name; NULL is ignored. */
void temp_drop(char *temp);
