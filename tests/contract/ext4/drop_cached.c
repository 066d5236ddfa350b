/* SPDX-License-Identifier: MIT */
/* POSIX_FADV_DONTNEED has the file's last page written and dropped, though it holds one byte. */
#include "lib/volume.h"

#define SIZE	(PAGE + 1)

static int resident(int fd)
{
	unsigned char vec[2];
	void *p = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);

	REQUIRE(p != MAP_FAILED);
	REQUIRE_OK(mincore(p, SIZE, vec));
	REQUIRE_OK(munmap(p, SIZE));
	return (vec[0] & 1) + (vec[1] & 1);
}

void contract_main(void)
{
	char data[2 * PAGE] = "";
	int fd;

	volume_mount();
	fd = REQUIRE_OK(open("vol/f", O_CREAT | O_RDWR, 0600));
	/* More first: on Linux mincore(2) calls a page absent that was written in part, with small blocks. */
	REQUIRE(write(fd, data, sizeof(data)) == (ssize_t)sizeof(data));
	REQUIRE_OK(ftruncate(fd, SIZE));
	CHECK_INT(resident(fd), 2, "both pages are in the cache");
	/* It starts the writing, and drops what is written by then. Nobody else writes so young a page. */
	for (int i = 0; i < 200 && resident(fd); i++) {
		REQUIRE(posix_fadvise(fd, 0, SIZE, POSIX_FADV_DONTNEED) == 0);
		usleep(10000);
	}
	if (volume_data_journalled())
		skip("data=journal keeps pages");
	else
		CHECK_INT(resident(fd), 0, "neither is after a while");
	REQUIRE_OK(close(fd));
	volume_umount();
}
