/* SPDX-License-Identifier: MIT */
/*
 * Name hash and lookup3: see lib/hash.h.
 *
 * The name hash is FNV-1a in 64 bits, folded: one multiplication a byte, and it can run while the end of
 * the component is still unknown. lookup3 follows Bob Jenkins' public-domain description (2006).
 */
#include "lib/hash.h"

#include "lib/byteorder.h"

#define FNV_PRIME	0x100000001b3ULL
#define FNV_BASIS	0xcbf29ce484222325ULL

static inline uint64_t name_hash_begin(const void *salt)
{
	return FNV_BASIS ^ (uintptr_t)salt;
}

static inline uint64_t name_hash_add(uint64_t h, char c)
{
	return (h ^ (unsigned char)c) * FNV_PRIME;
}

static inline uint32_t name_hash_end(uint64_t h)
{
	return hash_64(h, 32);
}

uint32_t full_name_hash(const void *salt, const char *name, size_t len)
{
	uint64_t h = name_hash_begin(salt);

	while (len--)
		h = name_hash_add(h, *name++);
	return name_hash_end(h);
}

uint32_t hash_name(const void *salt, const char *name, size_t *len)
{
	uint64_t h = name_hash_begin(salt);
	const char *p = name;

	for (; *p && *p != '/'; p++)
		h = name_hash_add(h, *p);
	*len = (size_t)(p - name);
	return name_hash_end(h);
}

struct jhash_state {
	uint32_t a, b, c;
};

static inline void jhash_mix(struct jhash_state *s)
{
	s->a -= s->c; s->a ^= rol32(s->c, 4); s->c += s->b;
	s->b -= s->a; s->b ^= rol32(s->a, 6); s->a += s->c;
	s->c -= s->b; s->c ^= rol32(s->b, 8); s->b += s->a;
	s->a -= s->c; s->a ^= rol32(s->c, 16); s->c += s->b;
	s->b -= s->a; s->b ^= rol32(s->a, 19); s->a += s->c;
	s->c -= s->b; s->c ^= rol32(s->b, 4); s->b += s->a;
}

static inline uint32_t jhash_final(struct jhash_state *s)
{
	s->c ^= s->b; s->c -= rol32(s->b, 14);
	s->a ^= s->c; s->a -= rol32(s->c, 11);
	s->b ^= s->a; s->b -= rol32(s->a, 25);
	s->c ^= s->b; s->c -= rol32(s->b, 16);
	s->a ^= s->c; s->a -= rol32(s->c, 4);
	s->b ^= s->a; s->b -= rol32(s->a, 14);
	s->c ^= s->b; s->c -= rol32(s->b, 24);
	return s->c;
}

uint32_t jhash(const void *key, size_t len, uint32_t initval)
{
	uint32_t start = 0xdeadbeef + (uint32_t)len + initval;
	struct jhash_state s = { start, start, start };
	const uint8_t *p = key;
	uint8_t tail[12] = { 0 };

	if (!len)
		return s.c;
	for (; len > 12; len -= 12, p += 12) {
		s.a += get_unaligned_le32(p);
		s.b += get_unaligned_le32(p + 4);
		s.c += get_unaligned_le32(p + 8);
		jhash_mix(&s);
	}
	__builtin_memcpy(tail, p, len);
	s.a += get_unaligned_le32(tail);
	s.b += get_unaligned_le32(tail + 4);
	s.c += get_unaligned_le32(tail + 8);
	return jhash_final(&s);
}

uint32_t jhash_3words(uint32_t a, uint32_t b, uint32_t c, uint32_t initval)
{
	uint32_t start = 0xdeadbeef + 12 + initval;
	struct jhash_state s = { start + a, start + b, start + c };

	return jhash_final(&s);
}
