/* SPDX-License-Identifier: MIT */
/*
 * syscall.h: prototypes of the system calls, generated from table.def, and the dispatcher's facts.
 *
 * A call decodes and validates, copies in and out, and hands over to the subsystem that does the work
 * (style rule 28). All run in thread context with interrupts on, no lock held, and may sleep.
 */
#pragma once

#include "abi/aio.h"
#include "abi/capability.h"
#include "abi/fcntl.h"
#include "abi/mman.h"
#include "abi/poll.h"
#include "abi/resource.h"
#include "abi/sched.h"
#include "abi/signal.h"
#include "abi/stat.h"
#include "abi/statfs.h"
#include "abi/time.h"
#include "lib/compiler.h"
#include "lib/types.h"

#define NR_SYSCALLS	463

#define SYS0(nr, name, level) long sys_##name(void);
#define SYS1(nr, name, level, t0, a0) long sys_##name(t0 a0);
#define SYS2(nr, name, level, t0, a0, t1, a1) long sys_##name(t0 a0, t1 a1);
#define SYS3(nr, name, level, t0, a0, t1, a1, t2, a2) long sys_##name(t0 a0, t1 a1, t2 a2);
#define SYS4(nr, name, level, t0, a0, t1, a1, t2, a2, t3, a3) \
	long sys_##name(t0 a0, t1 a1, t2 a2, t3 a3);
#define SYS5(nr, name, level, t0, a0, t1, a1, t2, a2, t3, a3, t4, a4) \
	long sys_##name(t0 a0, t1 a1, t2 a2, t3 a3, t4 a4);
#define SYS6(nr, name, level, t0, a0, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5) \
	long sys_##name(t0 a0, t1 a1, t2 a2, t3 a3, t4 a4, t5 a5);
#define SYSNOTE(name, text)

struct clone_args;
struct epoll_event;
struct iovec;
struct linux_dirent;
struct linux_dirent64;
struct mmsghdr;
struct msghdr;
struct new_utsname;
struct open_how;
struct robust_list_head;
struct rseq;
struct sched_attr;
struct sched_param;
struct sysinfo;
struct ustat;
struct tms;
struct timezone;
struct utimbuf;
struct futex_waitv;
struct sigevent;

#include "syscall/table.def"

#undef SYS0
#undef SYS1
#undef SYS2
#undef SYS3
#undef SYS4
#undef SYS5
#undef SYS6
#undef SYSNOTE
