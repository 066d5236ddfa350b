/* SPDX-License-Identifier: MIT */
/* preadv, pwritev and their second forms: vectored and positional; offset -1 uses the file's. */
#include "lib/contract.h"

#include <sys/uio.h>

void contract_main(void)
{
	char a[3], b[4], c[8];
	struct iovec out[2] = { { "abc", 3 }, { "defg", 4 } };
	struct iovec in[3] = { { a, 3 }, { NULL, 0 }, { b, 4 } };
	struct iovec more[1] = { { c, 8 } };
	int fd;

	tmp_dir();
	fd = REQUIRE_OK(open("f", O_CREAT | O_RDWR, 0600));
	CHECK_INT(pwritev(fd, out, 2, 5), 7, "pwritev at 5");
	CHECK_INT(lseek(fd, 0, SEEK_CUR), 0, "leaves the offset");
	CHECK_INT(preadv(fd, in, 3, 5), 7, "preadv at 5, one element empty");
	CHECK(memcmp(a, "abc", 3) == 0 && memcmp(b, "defg", 4) == 0, "fills the elements in order");
	CHECK_INT(preadv(fd, more, 1, 8), 4, "short at the end");
	CHECK_ERR(preadv(fd, more, 1, -1), EINVAL, "preadv: offset -1 is EINVAL");
	CHECK_INT(syscall(SYS_preadv2, fd, more, 1, -1L, 0L, 0), 8,
		  "preadv2: offset -1 reads at the file's offset");
	CHECK_INT(lseek(fd, 0, SEEK_CUR), 8, "and moves it");
	CHECK_ERR(syscall(SYS_preadv2, fd, more, 1, 0L, 0L, 0x4000), EOPNOTSUPP,
		  "an unknown flag is EOPNOTSUPP");
	CHECK_INT(syscall(SYS_pwritev2, fd, out, 1, 0L, 0L, 0x10), 3, "pwritev2 with RWF_APPEND");
	CHECK_INT(lseek(fd, 0, SEEK_END), 15, "appends");
	CHECK_ERR(syscall(SYS_preadv, fd, in, -1, 0, 0), EINVAL, "a negative count is EINVAL");
}
