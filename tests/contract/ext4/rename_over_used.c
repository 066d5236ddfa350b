/* SPDX-License-Identifier: MIT */
/* lib/rename_over.h on a volume, which e2fsck reads afterwards. */
#include "lib/rename_over.h"
#include "lib/volume.h"

void contract_main(void)
{
	volume_mount();
	REQUIRE(chdir("vol") == 0);
	rename_over_used(3000);
	REQUIRE(chdir("..") == 0);
	volume_umount();
}
