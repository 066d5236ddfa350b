/* SPDX-License-Identifier: MIT */
/* FIONREAD counts what can be read on either side, tcflush throws input away, tcdrain returns. */
#include "lib/contract.h"

#include "lib/pty.h"

void contract_main(void)
{
	struct pty p;
	int n = -1;

	pty_open(&p);
	pty_flags(&p, ICANON, 0, 0);
	pty_type(&p, "ab\ncd");
	REQUIRE(EVENTUALLY(ioctl(p.slave, FIONREAD, &n) == 0 && n > 0, 3000));
	CHECK_INT(n, 3, "canonical: FIONREAD counts finished lines");
	CHECK_INT(tcflush(p.slave, TCIFLUSH), 0, "TCIFLUSH");
	REQUIRE(ioctl(p.slave, FIONREAD, &n) == 0);
	CHECK_INT(n, 0, "throws input away");
	pty_type(&p, "ef\n");
	CHECK_STR(pty_read(p.slave, 2000), "ef\n", "an unfinished line too");
	pty_flags(&p, 0, 0, 0);
	pty_type(&p, "12345");
	REQUIRE(EVENTUALLY(ioctl(p.slave, FIONREAD, &n) == 0 && n == 5, 3000));
	CHECK_INT(n, 5, "raw: FIONREAD counts bytes");
	REQUIRE(write(p.slave, "xyz", 3) == 3);
	REQUIRE(EVENTUALLY(ioctl(p.master, FIONREAD, &n) == 0 && n == 3, 3000));
	CHECK_INT(n, 3, "FIONREAD on the master counts output");
	CHECK_ERR(tcflush(p.slave, 99), EINVAL, "an unknown queue is EINVAL");
	CHECK_INT(tcdrain(p.slave), 0, "tcdrain");
}
