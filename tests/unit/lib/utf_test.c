/* SPDX-License-Identifier: MIT */
/* UTF-8 for every character, malformed input, UTF-16 names. */
#include "test.h"

#include "lib/utf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
