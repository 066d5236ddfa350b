/* SPDX-License-Identifier: MIT */
/* SipHash-2-4: see lib/siphash.h. */
#include "lib/siphash.h"

#include "lib/bits.h"
#include "lib/byteorder.h"

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline void sip_round(struct sip *s)
{
	s->v0 += s->v1; s->v1 = rol64(s->v1, 13); s->v1 ^= s->v0; s->v0 = rol64(s->v0, 32);
	s->v2 += s->v3; s->v3 = rol64(s->v3, 16); s->v3 ^= s->v2;
	s->v0 += s->v3; s->v3 = rol64(s->v3, 21); s->v3 ^= s->v0;
	s->v2 += s->v1; s->v1 = rol64(s->v1, 17); s->v1 ^= s->v2; s->v2 = rol64(s->v2, 32);
}

static inline void sip_init(struct sip *s, const struct siphash_key *key)
{
	s->v0 = key->key[0] ^ 0x736f6d6570736575ULL;
	s->v1 = key->key[1] ^ 0x646f72616e646f6dULL;
	s->v2 = key->key[0] ^ 0x6c7967656e657261ULL;
	s->v3 = key->key[1] ^ 0x7465646279746573ULL;
}

static inline void sip_word(struct sip *s, uint64_t m)
{
	s->v3 ^= m;
	sip_round(s);
	sip_round(s);
	s->v0 ^= m;
}

/* last: the bytes after the last whole word, and the length in the top byte. */
static inline uint64_t sip_final(struct sip *s, uint64_t last)
{
	unsigned i;

	sip_word(s, last);
	s->v2 ^= 0xff;
	for (i = 0; i < 4; i++)
		sip_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

uint64_t siphash(const void *data, size_t len, const struct siphash_key *key)
{
	const uint8_t *p = data;
	uint64_t last = (uint64_t)len << 56;
	struct sip s;
	unsigned i;

	sip_init(&s, key);
	for (; len >= 8; len -= 8, p += 8)
		sip_word(&s, get_unaligned_le64(p));
	for (i = 0; i < len; i++)
		last |= (uint64_t)p[i] << (8 * i);
	return sip_final(&s, last);
}

uint64_t siphash_1u64(uint64_t a, const struct siphash_key *key)
{
	struct sip s;

	sip_init(&s, key);
	sip_word(&s, a);
	return sip_final(&s, 8ULL << 56);
}

uint64_t siphash_2u64(uint64_t a, uint64_t b, const struct siphash_key *key)
{
	struct sip s;

	sip_init(&s, key);
	sip_word(&s, a);
	sip_word(&s, b);
	return sip_final(&s, 16ULL << 56);
}

uint64_t siphash_3u64(uint64_t a, uint64_t b, uint64_t c, const struct siphash_key *key)
{
	struct sip s;

	sip_init(&s, key);
	sip_word(&s, a);
	sip_word(&s, b);
	sip_word(&s, c);
	return sip_final(&s, 24ULL << 56);
}
