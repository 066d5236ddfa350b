/* SPDX-License-Identifier: MIT */
/*
 * /dev/ptmx: each open is a new pair, a locked slave is EIO, TIOCGPTPEER opens the slave,
 * /dev/pts lists it.
 */
#include "lib/contract.h"

#include "lib/pty.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

void contract_main(void)
{
	int a, b, na, nb, lock, peer;
	char name[32];

	a = REQUIRE_OK(open("/dev/ptmx", O_RDWR | O_NOCTTY));
	b = REQUIRE_OK(open("/dev/ptmx", O_RDWR | O_NOCTTY));
	REQUIRE(ioctl(a, TIOCGPTN, &na) == 0 && ioctl(b, TIOCGPTN, &nb) == 0);
	CHECK(na != nb, "two opens are two terminals");
	snprintf(name, sizeof(name), "/dev/pts/%d", na);
	CHECK_INT(access(name, F_OK), 0, "the slave appears in /dev/pts");
	CHECK_ERR(open(name, O_RDWR | O_NOCTTY), EIO, "locked it is EIO");
	CHECK_INT(ioctl(a, TIOCGPTLCK, &lock), 0, "TIOCGPTLCK");
	CHECK_INT(lock, 1, "says locked");
	lock = 0;
	CHECK_INT(ioctl(a, TIOCSPTLCK, &lock), 0, "unlock");
	CHECK_OK(open(name, O_RDWR | O_NOCTTY), "then it opens");
	peer = (int)CHECK_OK(ioctl(a, TIOCGPTPEER, O_RDWR | O_NOCTTY), "TIOCGPTPEER");
	REQUIRE(write(a, "hi\n", 3) == 3);
	CHECK_STR(pty_read(peer, 2000), "hi\n", "is the slave");
	close(a);
	CHECK_ERR(access(name, F_OK), ENOENT,
		  "the name goes with the master, though the slave is open");
	CHECK_INT(read(peer, name, 1), 0, "which reads 0 now");
	CHECK_ERR(ioctl(b, TIOCGPTPEER, O_RDWR | 0x3), EIO, "of a locked one is EIO");
}
