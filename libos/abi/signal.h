/* SPDX-License-Identifier: MIT */
/* ABI of signal(7), sigaction(2), siginfo, from the UAPI headers. */
#pragma once

#include <linux/signal.h>
#include <asm/sigcontext.h>
#include <asm/ucontext.h>
#include <asm/siginfo.h>
