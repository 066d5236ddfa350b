/* SPDX-License-Identifier: MIT */
/*
 * What the system calls itself in uname(2) and /proc. Programs compare the release with Linux versions to tell what
 * they may use; it names the one whose interface is followed.
 */
#pragma once

#define KERNEL_OSTYPE	"Linux"
#define KERNEL_RELEASE	"6.12.0-coracle"
#define KERNEL_RELEASE_26	"2.6.72-coracle"	/* personality(2), UNAME26: 60 + 12 */
#define KERNEL_VERSION	"#1 SMP PREEMPT_DYNAMIC Coracle"
#define KERNEL_BANNER	"Linux version " KERNEL_RELEASE " (coracle) (" __VERSION__ ") " KERNEL_VERSION
