/* SPDX-License-Identifier: MIT */
/* The small parts: hashes, ring, sorting, UUIDs, UTF, wide arithmetic. */
#include "test.h"

#include "abi/errno.h"
#include "lib/byteorder.h"
#include "lib/hash.h"
#include "lib/math64.h"
#include "lib/ring.h"
#include "lib/sort.h"
#include "lib/utf.h"
#include "lib/uuid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TEST(hash_names_agree)
{
	size_t len = 0;

	CHECK_EQ(hash_name(&len, "component/rest", &len), full_name_hash(&len, "component", 9));
	CHECK_EQ(len, 9);
	CHECK_EQ(hash_name(NULL, "", &len), full_name_hash(NULL, "", 0));
	CHECK_EQ(len, 0);
	CHECK_NE(full_name_hash(NULL, "a", 1), full_name_hash(&len, "a", 1));
}

/* Names a program might make, into 4096 buckets: no bucket may hold far more than its share. */
TEST(hash_spreads)
{
	static unsigned names[4096], numbers[4096], words[4096];
	char name[32];
	unsigned i;

	for (i = 0; i < 65536; i++) {
		names[full_name_hash(NULL, name, (size_t)sprintf(name, "file%u.txt", i)) % 4096]++;
		numbers[hash_64(i * 4096ULL, 12)]++;
		words[jhash_2words(i, 7, 1) % 4096]++;
	}
	for (i = 0; i < 4096; i++) {
		CHECK_LT(names[i], 48);
		CHECK_LT(numbers[i], 48);
		CHECK_LT(words[i], 48);
	}
}

/* The values lookup3.c prints for itself. */
TEST(hash_lookup3_vectors)
{
	CHECK_EQ(jhash("", 0, 0), 0xdeadbeef);
	CHECK_EQ(jhash("Four score and seven years ago", 30, 0), 0x17770551);
	CHECK_EQ(jhash("Four score and seven years ago", 30, 1), 0xcd628161);
}

TEST(ring_random_against_array)
{
	uint8_t mem[64], model[64], in[100], out[100], sent = 0;
	size_t used = 0, n, want, i;
	struct ring r;
	unsigned step;

	ring_init(&r, mem, sizeof(mem));
	r.head = r.tail = SIZE_MAX - 100;	/* the counters wrap during the test */
	for (step = 0; step < 50000; step++) {
		want = test_random_below(101);
		if (test_random_below(2)) {
			for (i = 0; i < want; i++)
				in[i] = (uint8_t)(sent + i);
			n = ring_write(&r, in, want);
			CHECK_EQ(n, want < 64 - used ? want : 64 - used);
			memcpy(model + used, in, n);
			used += n;
			sent = (uint8_t)(sent + n);
		} else {
			size_t skip = test_random_below(10), left = used > skip ? used - skip : 0;

			CHECK_EQ(ring_peek(&r, skip, out, want), want < left ? want : left);
			CHECK(!left || !memcmp(out, model + skip, want < left ? want : left));
			n = ring_read(&r, out, want);
			CHECK_EQ(n, want < used ? want : used);
			CHECK_MEM(out, model, n);
			used -= n;
			memmove(model, model + n, used);
		}
		CHECK_EQ(ring_used(&r), used);
		CHECK_EQ(ring_space(&r), 64 - used);
		CHECK_EQ(ring_empty(&r), used == 0);
		CHECK_EQ(ring_full(&r), used == 64);
		ring_read_span(&r, &n);
		CHECK(n <= used && (n || !used));
	}
	CHECK_EQ(ring_write(&r, NULL, 0), 0);
	CHECK_EQ(ring_read(&r, out, 0), 0);
}

static int by_value(const void *a, const void *b)
{
	unsigned x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

TEST(sort_and_search)
{
	unsigned round, i;

	for (round = 0; round < 500; round++) {
		unsigned n = test_random_below(200), ours[200], theirs[200], key = test_random_below(100), *hit;

		for (i = 0; i < n; i++)
			ours[i] = theirs[i] = test_random_below(100);
		sort(ours, n, sizeof(ours[0]), by_value, NULL);
		qsort(theirs, n, sizeof(theirs[0]), by_value);
		CHECK_MEM(ours, theirs, n * sizeof(ours[0]));
		hit = array_search(&key, ours, n, sizeof(ours[0]), by_value);
		CHECK_EQ(hit != NULL, bsearch(&key, theirs, n, sizeof(theirs[0]), by_value) != NULL);
		CHECK(!hit || *hit == key);
	}
}

TEST(uuid_text)
{
	static const char text[] = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
	static const uint8_t efi_disk_bytes[16] = {
		0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b,
	};
	char out[UUID_STRING_LEN + 1];
	struct guid g;
	struct uuid u;

	CHECK_EQ(guid_parse("C12A7328-F81F-11D2-BA4B-00A0C93EC93B", &g), 0);
	CHECK_MEM(g.b, efi_disk_bytes, 16);
	guid_print(&g, out);
	CHECK_STR(out, text);
	CHECK_EQ(uuid_parse(text, &u), 0);
	CHECK_EQ(u.b[0], 0xc1);
	uuid_print(&u, out);
	CHECK_STR(out, text);
	CHECK_EQ(uuid_parse("c12a7328-f81f-11d2-ba4b-00a0c93ec93", &u), -EINVAL);
	CHECK_EQ(uuid_parse("c12a7328-f81f-11d2-ba4b-00a0c93ec93bc", &u), -EINVAL);
	CHECK_EQ(uuid_parse("c12a7328xf81f-11d2-ba4b-00a0c93ec93b", &u), -EINVAL);
	CHECK_EQ(uuid_parse("", &u), -EINVAL);
	memset(&u, 0xff, sizeof(u));
	uuid_make_v4(&u);
	CHECK(u.b[6] == 0x4f && u.b[8] == 0xbf);
}

TEST(utf8_round_trip)
{
	uint32_t cp, back;
	char bytes[UTF8_MAX];

	for (cp = 0; cp <= 0x10ffff; cp++) {
		size_t n = utf8_encode(cp, bytes);

		CHECK_EQ(utf8_decode(bytes, n, &back), n);
		CHECK_EQ(back, cp >= 0xd800 && cp < 0xe000 ? 0xfffd : cp);
		CHECK(n == 1 || (utf8_decode(bytes, n - 1, &back) == n - 1 && back == 0xfffd));
	}
	CHECK(utf8_decode("\xc0\x80", 2, &back) == 1 && back == 0xfffd);
	CHECK(utf8_decode("\xed\xa0\x80", 3, &back) == 3 && back == 0xfffd);
	CHECK(utf8_decode("\xf4\x90\x80\x80", 4, &back) == 4 && back == 0xfffd);
	CHECK(utf8_decode("\xe2\x28\xa1", 3, &back) == 1 && back == 0xfffd);
}

TEST(utf16_names)
{
	static const char name[] = "E\0F\0I\0 \0\xfc\0\x3d\xd8\x00\xde\0\0x\0";
	char out[32];

	CHECK_EQ(utf16le_to_utf8(out, sizeof(out), name, 36), 10);
	CHECK_STR(out, "EFI \xc3\xbc\xf0\x9f\x98\x80");
	CHECK_EQ(utf16le_to_utf8(out, 6, name, 36), 4);
	CHECK_STR(out, "EFI ");
	CHECK_EQ(utf16le_to_utf8(out, sizeof(out), name, 2), 2);
	CHECK_EQ(utf16le_to_utf8(out, sizeof(out), name + 10, 1), 3);
}

TEST(math64_against_int128)
{
	unsigned i;

	for (i = 0; i < 100000; i++) {
		uint64_t a = test_random() >> test_random_below(64), b = test_random() >> test_random_below(64);
		uint64_t c = (test_random() >> test_random_below(64)) | 1, root = int_sqrt(a);
		unsigned __int128 q = (unsigned __int128)a * b / c;

		CHECK_EQ(mul_u64_u64_div_u64(a, b, c), q > UINT64_MAX ? UINT64_MAX : (uint64_t)q);
		CHECK_EQ(mul_u64_u64_shr(a, b, 64), (uint64_t)((unsigned __int128)a * b >> 64));
		CHECK((unsigned __int128)root * root <= a && (unsigned __int128)(root + 1) * (root + 1) > a);
		CHECK(a == 0 || (a % gcd_u64(a, b) == 0 && b % gcd_u64(a, b) == 0));
	}
	CHECK_EQ(gcd_u64(48, 36), 12);
}

TEST(byteorder_unaligned)
{
	uint8_t b[10] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };

	CHECK_EQ(get_unaligned_le32(b + 1), 0x04030201);
	CHECK_EQ(get_unaligned_be32(b + 1), 0x01020304);
	CHECK_EQ(get_unaligned_le64(b + 1), 0x0807060504030201);
	put_unaligned_be16(0x1234, b + 3);
	CHECK(b[3] == 0x12 && b[4] == 0x34);
}
