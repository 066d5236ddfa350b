/* SPDX-License-Identifier: MIT */
/* syslog: buffer size, reading needs no more than privilege, bad commands EINVAL, bad pointers. */
#include "lib/contract.h"

#include <sys/klog.h>

static int unprivileged(void *arg)
{
	REQUIRE(setresuid(1000, 1000, 1000) == 0);
	CHECK_ERR(klogctl(5, NULL, 0), EPERM, "clearing without privilege is EPERM");
	return 0;
}

void contract_main(void)
{
	static char buf[65536];
	int size;

	need_root();
	size = klogctl(10, NULL, 0);
	CHECK(size >= 4096, "the buffer has a size");
	CHECK(klogctl(3, buf, sizeof(buf)) >= 0, "its end can be read");
	CHECK(klogctl(9, NULL, 0) >= 0, "the unread part has a size");
	CHECK_ERR(klogctl(77, NULL, 0), EINVAL, "an unknown command is EINVAL");
	CHECK_ERR(klogctl(3, NULL, 10), EINVAL, "no buffer is EINVAL");
	CHECK_ERR(klogctl(8, NULL, 0), EINVAL, "console level 0 is EINVAL");
	CHECK_ERR(klogctl(8, NULL, 9), EINVAL, "9 too");
	CHECK_EXIT(unprivileged, NULL, 0, "the unprivileged child ends well");
}
