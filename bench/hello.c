/* SPDX-License-Identifier: MIT */
/*
 * PID 1 of `make bench-boot`: says that it runs, and when, counted from the kernel's own start; then powers off.
 * CLOCK_BOOTTIME counts from the kernel's first instructions, on Linux and here.
 */
#include <stdio.h>
#include <sys/reboot.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
	struct timespec now;
	char line[64];
	int length;

	clock_gettime(CLOCK_BOOTTIME, &now);
	length = snprintf(line, sizeof(line), "HELLO %lld\n", now.tv_sec * 1000000000LL + now.tv_nsec);
	if (write(1, line, (size_t)length) != length)
		return 1;
	reboot(RB_POWER_OFF);
	return 0;
}
