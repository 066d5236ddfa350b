/* SPDX-License-Identifier: MIT */
/*
 * Random numbers.
 *
 *	events, instruction, device, jitter --> pool (SHA-256) --> base key --> key of each CPU --> output
 *
 * Output of a CPU: one ChaCha20 block under its key; the first half becomes the new key before any of the second is
 * handed out. So what is in memory afterwards does not tell what was handed out.
 *
 * Reseeding replaces the base key by a hash of it and the pool, and counts `generation` up: each CPU takes a
 * new key, derived from the base key and its number, at its next request. Until ready that happens at each
 * contribution of 64 bits and more; afterwards every RESEED_NS.
 *
 * Locking. rnd.lock, irq-safe: pool and base key. CPU keys: own CPU, interrupts off.
 * Source: random(4), random(7), getrandom(2).
 */
#include "core/random.h"

#include "arch/clock.h"
#include "arch/cpu.h"
#include "arch/irq.h"
#include "core/init.h"
#include "core/log.h"
#include "lib/chacha.h"
#include "lib/restart.h"
#include "lib/sha256.h"
#include "lib/string.h"
#include "sync/percpu.h"
#include "sync/spinlock.h"

#define READY_BITS	256
#define RESEED_NS	60000000000UL
#define JITTER_NS	100000000UL	/* at most; some milliseconds are enough where the clock runs */

/* Field legend: [c] own CPU, interrupts off */
struct random_cpu {
	uint8_t key[CHACHA_KEY_SIZE];	/* [c] */
	uint64_t generation;		/* [c] of the base key it came from; 0: none */
	uint64_t event_hash;		/* [c] events not yet in the pool */
	unsigned events;		/* [c] */
};
static DEFINE_PER_CPU(struct random_cpu, random_cpu);

/* Field legend: [l] lock, [a] read anywhere */
static struct {
	struct spinlock lock;
	struct sha256 pool;		/* [l] */
	uint8_t base[CHACHA_KEY_SIZE];	/* [l] */
	uint64_t generation;		/* [l][a] 0: base is not set */
	uint64_t reseeded_ns;		/* [l][a] */
	unsigned bits;			/* [l][a] credited, at most READY_BITS */
	unsigned fresh_bits;		/* [l] credited since the last reseed */
	uint32_t ready;			/* [a] */
	struct waitq waiters;
} rnd = {
	.lock = { .class = &(struct lock_class)LOCK_CLASS_INIT("random") },
	.waiters = {
		.lock = { .class = &(struct lock_class)LOCK_CLASS_INIT("random waiters") },
		.entries = LIST_HEAD_INIT(rnd.waiters.entries),
	},
};

/* -- Seeding --------------------------------------------------------------------------------------------------- */

/* base = H(base, H(pool)); the pool goes on from there. */
static void reseed_locked(void)
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256 mix;

	assert_held(&rnd.lock);
	sha256_final(&rnd.pool, digest);
	sha256_init(&mix);
	sha256_update(&mix, rnd.base, sizeof(rnd.base));
	sha256_update(&mix, digest, sizeof(digest));
	sha256_final(&mix, rnd.base);
	sha256_init(&rnd.pool);
	sha256_update(&rnd.pool, digest, sizeof(digest));
	memset(digest, 0, sizeof(digest));
	rnd.fresh_bits = 0;
	rnd.reseeded_ns = arch_clock_ns();
	smp_store_release(&rnd.generation, rnd.generation + 1);
}

void random_add_entropy(const void *data, size_t size, unsigned bits)
{
	uint64_t stamp = arch_cycles();
	bool now_ready = false;
	unsigned long flags = spin_lock_irqsave(&rnd.lock);

	sha256_update(&rnd.pool, &stamp, sizeof(stamp));
	sha256_update(&rnd.pool, data, size);
	rnd.bits = min_t(unsigned, rnd.bits + bits, READY_BITS);
	rnd.fresh_bits += bits;
	if (!rnd.ready && rnd.bits == READY_BITS) {
		reseed_locked();
		WRITE_ONCE(rnd.ready, 1u);
		now_ready = true;
	} else if (!rnd.ready && rnd.fresh_bits >= 64) {
		reseed_locked();
	}
	spin_unlock_irqrestore(&rnd.lock, flags);
	if (now_ready)
		wake_up_all(&rnd.waiters);
}

void random_add_event(uint64_t value)
{
	unsigned long flags = arch_irq_save();
	struct random_cpu *rc = this_cpu_ptr(&random_cpu);
	uint64_t hash = rc->event_hash ^ arch_cycles() ^ value;
	bool full;

	hash *= 0x9e3779b97f4a7c15UL;	/* 2^64 / golden ratio */
	rc->event_hash = hash ^ hash >> 29;
	full = ++rc->events >= (rnd.ready ? 1024 : 16);
	if (full)
		rc->events = 0;
	hash = rc->event_hash;
	arch_irq_restore(flags);
	if (full)
		random_add_entropy(&hash, sizeof(hash), 8);	/* half a bit an event, with caution */
}

static void random_seed_hardware(void)
{
	uint64_t word[4];
	unsigned n = 0;

	while (n < 4 && arch_random64(&word[n]))
		n++;
	if (n)
		random_add_entropy(word, n * sizeof(word[0]), n * 64);
}

void random_reseed(void)
{
	unsigned long flags;

	random_seed_hardware();
	flags = spin_lock_irqsave(&rnd.lock);
	reseed_locked();
	spin_unlock_irqrestore(&rnd.lock, flags);
}

/* -- Output ---------------------------------------------------------------------------------------------------- */

/* Take a key from the base key. Interrupts off. */
static void random_rekey(struct random_cpu *rc)
{
	struct {
		uint8_t base[CHACHA_KEY_SIZE];
		uint64_t cpu, cycles;
		uint8_t old[CHACHA_KEY_SIZE];
	} mix;

	spin_lock(&rnd.lock);
	memcpy(mix.base, rnd.base, sizeof(mix.base));
	rc->generation = rnd.generation;
	spin_unlock(&rnd.lock);
	mix.cpu = arch_cpu_id();
	mix.cycles = arch_cycles();
	memcpy(mix.old, rc->key, sizeof(mix.old));
	sha256_digest(&mix, sizeof(mix), rc->key);
	memset(&mix, 0, sizeof(mix));
}

/* A block of which the second half may be used; the first has replaced the key. */
static void random_block(struct random_cpu *rc, uint8_t block[CHACHA_BLOCK_SIZE])
{
	static const uint8_t nonce[12];
	struct chacha c;

	if (unlikely(rc->generation != smp_load_acquire(&rnd.generation)) || !rc->generation)
		random_rekey(rc);
	chacha_init(&c, rc->key, 0, nonce);
	chacha_block(&c, block);
	memcpy(rc->key, block, CHACHA_KEY_SIZE);
	memset(block, 0, CHACHA_KEY_SIZE);
	memset(&c, 0, sizeof(c));
}

/* Before readiness every bit of timing helps; after it, now and then something fresh. */
static void random_refresh(void)
{
	uint64_t cycles;

	if (likely(READ_ONCE(rnd.ready)) && arch_clock_ns() - READ_ONCE(rnd.reseeded_ns) < RESEED_NS)
		return;
	if (READ_ONCE(rnd.ready)) {
		random_reseed();
		return;
	}
	cycles = arch_cycles();
	random_add_entropy(&cycles, sizeof(cycles), 0);
}

void random_bytes(void *buf, size_t size)
{
	uint8_t block[CHACHA_BLOCK_SIZE], *out = buf;
	static const uint8_t nonce[12];
	struct chacha c;
	unsigned long flags;

	random_refresh();
	flags = arch_irq_save();
	random_block(this_cpu_ptr(&random_cpu), block);
	arch_irq_restore(flags);
	if (size <= CHACHA_KEY_SIZE) {
		memcpy(out, block + CHACHA_KEY_SIZE, size);
	} else {
		/* A key for this request alone: no CPU state is held while a large buffer is filled. */
		chacha_init(&c, block + CHACHA_KEY_SIZE, 0, nonce);
		for (; size >= CHACHA_BLOCK_SIZE; out += CHACHA_BLOCK_SIZE, size -= CHACHA_BLOCK_SIZE)
			chacha_block(&c, out);
		if (size) {
			chacha_block(&c, block);
			memcpy(out, block, size);
		}
		memset(&c, 0, sizeof(c));
	}
	memset(block, 0, sizeof(block));
	OPTIMIZER_HIDE_VAR(out);
}

uint64_t random_u64(void)
{
	uint64_t v;

	random_bytes(&v, sizeof(v));
	return v;
}

uint32_t random_u32(void)
{
	uint32_t v;

	random_bytes(&v, sizeof(v));
	return v;
}

/* The high half of v * bound is uniform but for products whose low half falls short: drawn again. */
uint64_t random_below(uint64_t bound)
{
	uint64_t threshold = -bound % bound;
	unsigned __int128 product;

	do {
		product = (unsigned __int128)random_u64() * bound;
	} while ((uint64_t)product < threshold);
	return (uint64_t)(product >> 64);
}

/* -- Readiness ------------------------------------------------------------------------------------------------- */

bool random_ready(void)
{
	return READ_ONCE(rnd.ready);
}

struct waitq *random_waitq(void)
{
	return &rnd.waiters;
}

unsigned random_entropy_bits(void)
{
	return READ_ONCE(rnd.bits);
}

/*
 * No instruction and no device gave enough: measure how long the machine takes for the same work, again and
 * again. Caches, interrupts and the host make it vary; one bit is credited for every 16 measurements that differ.
 * It goes on until that is enough: nothing else may ever come, and a reader must not wait for ever.
 */
static void random_jitter(void)
{
	uint64_t sample[16], before = arch_cycles(), last_delta = 0, end = arch_clock_ns() + JITTER_NS;
	unsigned n = 0;

	for (unsigned i = 0; !random_ready() && arch_clock_ns() < end; i++) {
		uint64_t now, delta;

		for (volatile unsigned spin = 0; spin < (i & 63); spin++)
			;
		now = arch_cycles();
		delta = now - before;
		before = now;
		if (delta == last_delta)
			continue;
		last_delta = delta;
		sample[n++] = now ^ delta << 32;
		if (n == ARRAY_SIZE(sample)) {
			random_add_entropy(sample, sizeof(sample), 1);
			n = 0;
		}
	}
}

int random_wait_ready(void)
{
	if (likely(random_ready()))
		return 0;
	random_seed_hardware();
	random_jitter();
	return wait_event_interruptible(&rnd.waiters, random_ready());
}

static int random_init(void)
{
	unsigned long flags = spin_lock_irqsave(&rnd.lock);

	sha256_init(&rnd.pool);
	spin_unlock_irqrestore(&rnd.lock, flags);
	random_seed_hardware();
	random_reseed();
	if (!random_ready())
		klog(KLOG_DEBUG, "random: no hardware source yet");
	return 0;
}
INIT_HOOK(INIT_EARLY, random_init);
