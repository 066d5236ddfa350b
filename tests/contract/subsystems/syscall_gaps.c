/* SPDX-License-Identifier: MIT */
/*
 * Calls newer programs probe for: openat2, faccessat2, close_range, memfd_create, statx,
 * getcpu, membarrier.
 */
#include "lib/contract.h"

#include <linux/membarrier.h>
#include <linux/openat2.h>

void contract_main(void)
{
	struct open_how how = { .flags = O_RDONLY };
	unsigned int cpu = 9999;
	long fd, mask;

	fd = CHECK_OK(syscall(SYS_openat2, AT_FDCWD, "/dev/null", &how, sizeof(how)), "openat2");
	CHECK_INT(syscall(SYS_close_range, (int)fd, (int)fd, 0), 0, "close_range");
	CHECK_ERR(syscall(SYS_openat2, AT_FDCWD, "/dev/null", &how, 8), EINVAL,
		  "openat2 with a small size is EINVAL");
	how.resolve = 0x1000;
	CHECK_ERR(syscall(SYS_openat2, AT_FDCWD, "/dev/null", &how, sizeof(how)), EINVAL,
		  "an unknown resolve too");
	how.resolve = RESOLVE_BENEATH;
	CHECK_ERR(syscall(SYS_openat2, AT_FDCWD, "/dev/null", &how, sizeof(how)), EXDEV,
		  "RESOLVE_BENEATH: EXDEV");
	CHECK_INT(syscall(SYS_faccessat2, AT_FDCWD, "/dev/null", R_OK, AT_EACCESS), 0,
		  "faccessat2");
	CHECK_ERR(syscall(SYS_faccessat2, AT_FDCWD, "/dev/null", R_OK, 0x8), EINVAL,
		  "an unknown flag is EINVAL");
	CHECK_OK(syscall(SYS_memfd_create, "x", 0), "memfd_create");
	CHECK_INT(syscall(SYS_getcpu, &cpu, NULL, NULL), 0, "getcpu");
	CHECK(cpu < 4096, "names a CPU");
	mask = CHECK_OK(syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0), "membarrier query");
	CHECK(mask & MEMBARRIER_CMD_GLOBAL, "has the global command");
	CHECK_INT(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0), 0, "which works");
	CHECK_ERR(syscall(SYS_membarrier, 1 << 30, 0, 0), EINVAL, "an unknown one is EINVAL");
}
