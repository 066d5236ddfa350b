/* SPDX-License-Identifier: MIT */
/* UUIDs and GUIDs as text. */
#include "test.h"

#include "abi/errno.h"
#include "lib/uuid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
