/* SPDX-License-Identifier: MIT */
/*
 * command: run another program (mtools, qemu-img, e2fsck).
 */
#pragma once

#include "imgbuild/report.h"

/*
 * Run argv[0] with argv, standard input empty, and wait. Its output is shown only when it fails (exit status
 * above max_status) or with --verbose. package: the Debian package named when the program is missing.
 */
int __must_check command_run(const char *const argv[], const char *package, int max_status);
