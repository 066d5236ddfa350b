/* SPDX-License-Identifier: MIT */
/* mlock makes pages resident and holds to RLIMIT_MEMLOCK; munlock, mlockall flags. */
#include "lib/contract.h"

#include <sys/resource.h>

static int limited(void *arg)
{
	struct rlimit r = { 2 * PAGE, 2 * PAGE };

	REQUIRE(setrlimit(RLIMIT_MEMLOCK, &r) == 0);
	REQUIRE(setresuid(1000, 1000, 1000) == 0);
	CHECK_INT(mlock(arg, 2 * PAGE), 0, "mlock within the limit");
	CHECK_ERR(mlock(arg, 3 * PAGE), ENOMEM, "mlock above it is ENOMEM");
	r.rlim_cur = 0;
	REQUIRE(munlock(arg, 2 * PAGE) == 0);
	REQUIRE(setrlimit(RLIMIT_MEMLOCK, &r) == 0);
	CHECK_ERR(mlock(arg, PAGE), EPERM, "with a limit of 0 it is EPERM");
	return 0;
}

void contract_main(void)
{
	unsigned char vec[4];
	char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need_root();
	REQUIRE(p != MAP_FAILED);
	CHECK_EXIT(limited, p, 0, "the limited child ends well");
	CHECK_INT(mlock(p, 3 * PAGE), 0, "mlock");
	REQUIRE(mincore(p, 4 * PAGE, vec) == 0);
	CHECK((vec[0] & 1) && (vec[2] & 1) && !(vec[3] & 1), "makes just these pages resident");
	CHECK_ERR(madvise(p, PAGE, MADV_DONTNEED), EINVAL,
		  "MADV_DONTNEED of locked memory is EINVAL");
	CHECK_INT(munlock(p, 3 * PAGE), 0, "munlock");
	CHECK_INT(madvise(p, PAGE, MADV_DONTNEED), 0, "then it works");
	CHECK_ERR(mlockall(0), EINVAL, "mlockall(0) is EINVAL");
	CHECK_ERR(mlockall(0x100), EINVAL, "an unknown flag is EINVAL");
	REQUIRE(munmap(p + PAGE, PAGE) == 0);
	CHECK_ERR(mlock(p, 3 * PAGE), ENOMEM, "a hole is ENOMEM");
}
