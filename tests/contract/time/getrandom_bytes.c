/* SPDX-License-Identifier: MIT */
/*
 * getrandom: the length asked for, not repeating, flags, large requests; /dev/urandom and
 * /dev/random.
 */
#include "lib/contract.h"

#include <sys/random.h>

void contract_main(void)
{
	static unsigned char a[100000], b[100000];
	unsigned long counts[256] = { 0 };
	int fd, odd = 0;

	CHECK_INT(getrandom(a, 32, 0), 32, "32 bytes");
	CHECK_INT(getrandom(b, 32, GRND_NONBLOCK), 32, "without waiting");
	CHECK(memcmp(a, b, 32) != 0, "two answers differ");
	CHECK_INT(getrandom(a, 0, 0), 0, "0 bytes are 0");
	CHECK_INT(getrandom(a, sizeof(a), 0), sizeof(a), "100000 bytes at once");
	for (size_t i = 0; i < sizeof(a); i++)
		counts[a[i]]++;
	for (int i = 0; i < 256; i++)
		odd += counts[i] < 250 || counts[i] > 550;
	CHECK_INT(odd, 0, "each byte value comes about as often");
	CHECK_INT(getrandom(a, 64, GRND_RANDOM), 64, "GRND_RANDOM");
	CHECK_ERR(getrandom(a, 32, 0x100), EINVAL, "an unknown flag is EINVAL");
	CHECK_ERR(syscall(SYS_getrandom, bad_pointer(), 32, 0), EFAULT, "a bad pointer is EFAULT");
	fd = REQUIRE_OK(open("/dev/urandom", O_RDONLY));
	CHECK_INT(read(fd, a, 1000), 1000, "/dev/urandom");
	CHECK_INT(read(fd, b, 1000), 1000, "again");
	CHECK(memcmp(a, b, 1000) != 0, "differs");
	fd = REQUIRE_OK(open("/dev/random", O_RDONLY));
	CHECK_INT(read(fd, a, 100), 100, "/dev/random");
}
