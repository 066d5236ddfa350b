/* SPDX-License-Identifier: MIT */
/*
 * init.h: who the first process is.
 */
#pragma once

/*
 * PID 1 calls fn in kernel mode instead of running a program from the root file system; fn's result is its exit
 * status. Without root= and without an initial RAM disk the root is an empty memory file system then. Start-up only.
 */
void init_set_program(int (*fn)(int argc, char **argv));
