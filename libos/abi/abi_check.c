/* SPDX-License-Identifier: MIT */
/*
 * Compile-time checks of the layouts programs see: sizes and offsets on x86-64. No code.
 * A layout the UAPI headers lack is typed in this folder and pinned here.
 */
#include "abi/dirent.h"
#include "abi/poll.h"
#include "abi/ptrace.h"
#include "abi/resource.h"
#include "abi/signal.h"
#include "abi/stat.h"
#include "abi/statfs.h"
#include "abi/sysinfo.h"
#include "abi/ustat.h"
#include "abi/utsname.h"

#include <stddef.h>

_Static_assert(sizeof(struct stat) == 144, "stat");
_Static_assert(sizeof(struct statx) == 256, "statx");
_Static_assert(sizeof(struct statfs) == 120, "statfs");
_Static_assert(sizeof(siginfo_t) == 128, "siginfo_t");
_Static_assert(sizeof(struct sigaction) == 32, "kernel sigaction");
_Static_assert(sizeof(sigset_t) == 8, "kernel sigset_t");
_Static_assert(sizeof(stack_t) == 24, "stack_t");
_Static_assert(sizeof(struct epoll_event) == 12, "epoll_event is packed on x86-64");
_Static_assert(sizeof(struct rusage) == 144, "rusage");
_Static_assert(sizeof(struct sysinfo) == 112, "sysinfo");
_Static_assert(sizeof(struct ustat) == 32 && offsetof(struct ustat, f_fname) == 16, "ustat");
_Static_assert(sizeof(struct new_utsname) == 390, "utsname");
_Static_assert(sizeof(struct user_regs_struct) == 216, "user_regs_struct");
_Static_assert(offsetof(struct user_area, u_debugreg) == 848, "struct user");
_Static_assert(offsetof(struct linux_dirent64, d_name) == 19, "linux_dirent64");
_Static_assert(offsetof(struct linux_dirent, d_name) == 18, "linux_dirent");
