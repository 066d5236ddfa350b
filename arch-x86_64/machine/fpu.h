/* SPDX-License-Identifier: MIT */
/* machine/fpu.h: FPU state, inside arch-x86_64 (proc/fpu.c). */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct thread;
struct arch_thread;

/* Boot CPU: choose FXSAVE or XSAVE, size the image. Each CPU: control registers. */
void fpu_init(void);
void fpu_init_cpu(void);
/* After mm/ is up: the cache of images. Returns 0 or -ENOMEM. */

/* Switch out t: bring its image up to date if the registers are newer. Interrupts off. */
void fpu_switch_out(struct thread *t);
/* Switch in t: ask for a load on the way to user mode, unless the registers still hold its state. Interrupts off. */
void fpu_switch_in(struct thread *t);
/* Load the current thread's registers and clear WORK_ARCH. Interrupts off. */
void fpu_restore_current(void);
/* Bring the current thread's image up to date; the registers stay in force. Interrupts on or off. */
void fpu_sync_current(void);
/* The current thread's image was changed (or is to be re-read): load it before user mode. */
void fpu_reload_current(void);
/* Unmasked exception bits pending in the current thread's MXCSR (sse) or x87 status word. */
unsigned fpu_pending_exceptions(bool sse);

/* A fresh image: all components in initial state. */
void fpu_image_init(void *image);
/* Make every field of the image say what the registers are, also those XSAVE left out as initial. */
void fpu_image_expand(void *image);
/* Make an image that came from outside loadable: reserved bits, header. False: the processor would have refused it. */
bool fpu_image_sanitise(void *image, uint64_t features);
