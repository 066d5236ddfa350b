/* SPDX-License-Identifier: MIT */
/* Numbers that are no system call give ENOSYS: gaps, above the table, negative, with high bits. */
#include "lib/contract.h"

void contract_main(void)
{
	static const long numbers[] = { 380, 400, 423, 512, 547, 600, 1000, 9999, 0x7fffffff, -1, -2 };
	long result;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		CHECK_ERR(syscall(numbers[i], 0, 0, 0, 0, 0, 0), ENOSYS, "number %ld", numbers[i]);
	__asm__ volatile("syscall" : "=a"(result) : "a"(0x100000000L | SYS_getpid) : "rcx", "r11", "memory");
	CHECK_INT(result, getpid(), "the high half of rax is not part of the number");
	CHECK_ERR(syscall(SYS_create_module), ENOSYS, "create_module");
	CHECK_ERR(syscall(SYS_nfsservctl), ENOSYS, "nfsservctl");
	CHECK_ERR(syscall(SYS_getpmsg), ENOSYS, "getpmsg");
	CHECK_ERR(syscall(SYS_vserver), ENOSYS, "vserver");
}
