/* SPDX-License-Identifier: MIT */
/*
 * A tree that the host wrote without a kernel (mke2fs -d): read back object by object, byte by byte.
 */
#include "lib/pattern.h"
#include "lib/manifest.h"

void contract_main(void)
{
	const char *volume = getenv("CONTRACT_VOLUME");
	char path[300];
	int differ;

	if (!volume)
		skip_all("needs the volume of run-guest");
	snprintf(path, sizeof(path), "%s/.made.list", volume);
	snprintf(path + 150, 150, "%s/made", volume);
	differ = manifest_check(path + 150, path);
	CHECK_INT(differ, 0, "all objects are as the host made them");
}
