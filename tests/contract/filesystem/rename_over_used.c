/* SPDX-License-Identifier: MIT */
/* lib/rename_over.h in a folder of the root, which is in memory in the guest. */
#include "lib/rename_over.h"

void contract_main(void)
{
	tmp_dir();
	rename_over_used(600);
}
