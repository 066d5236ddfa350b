/* SPDX-License-Identifier: MIT */
/*
 * Random numbers: a pool that gathers entropy, and per-CPU ChaCha20 generators keyed from it.
 *
 * Model. Input is hashed (SHA-256) into the pool. Once 256 bits are credited the generator is ready: until then
 * getrandom(2) without GRND_INSECURE waits. Each CPU's generator erases its key after every request (what
 * leaked later cannot tell what was handed out before) and takes a new one when the pool was reseeded.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"
#include "sync/waitq.h"

/* Fill buf; never fails, never waits: before readiness with the best there is. Any context. */
void random_bytes(void *buf, size_t size);
uint64_t random_u64(void);
uint32_t random_u32(void);
/* 0..bound-1, uniformly; bound > 0. */
uint64_t random_below(uint64_t bound);

/* Mix in data, credited with `bits` of entropy. Any context. */
void random_add_entropy(const void *data, size_t size, unsigned bits);
/* Timing of an event (interrupt, device completion): cheap, credits a little until ready. Any context. */
void random_add_event(uint64_t value);

bool random_ready(void);
/* 0, or -ERESTARTSYS. May sleep. */
int __must_check random_wait_ready(void);
struct waitq *random_waitq(void);
/* Bits credited, for /proc/sys/kernel/random/entropy_avail (0..256). */
unsigned random_entropy_bits(void);
/* RNDRESEEDCRNG. */
void random_reseed(void);
