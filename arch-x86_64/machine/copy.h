/* SPDX-License-Identifier: MIT */
/* machine/copy.h: inside arch-x86_64. */
#pragma once

/* Time the copy and clear routines and choose. Once, before memory management. */
void copy_select(void);
