/* SPDX-License-Identifier: MIT */
/*
 * The last one: a list of all that the others left on the volume, for the host to compare.
 */
#include "lib/pattern.h"
#include "lib/manifest.h"

void contract_main(void)
{
	const char *volume = getenv("CONTRACT_VOLUME");
	char path[300];
	int fd;

	if (!volume)
		skip_all("needs the volume of run-guest");
	snprintf(path, sizeof(path), "%s/.left.list", volume);
	manifest_write(volume, path);
	fd = CHECK_OK(open(path, O_RDONLY), "the list is written");
	CHECK_INT(fsync(fd), 0, "and on the disk");
}
