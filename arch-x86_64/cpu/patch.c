/* SPDX-License-Identifier: MIT */
/* Boot-time instruction choice: STAC and CLAC where SMAP exists, NOPs elsewhere. */
#include "machine/patch.h"

#include "lib/string.h"
#include "machine/features.h"

extern const struct alt_site __start_altsites[], __stop_altsites[];

void patch_apply(void)
{
	static const uint8_t stac[3] = { 0x0f, 0x01, 0xcb }, clac[3] = { 0x0f, 0x01, 0xca };

	if (!x86.smap)
		return;
	for (const struct alt_site *s = __start_altsites; s < __stop_altsites; s++)
		memcpy(s->at, s->kind == ALT_STAC ? stac : clac, 3);
}
