/* SPDX-License-Identifier: MIT */
/*
 * SIGSEGV: MAPERR, ACCERR and their addresses; a non-canonical address and privileged code:
 * SI_KERNEL, 0.
 */
#include "lib/contract.h"

#include <setjmp.h>

static sigjmp_buf back;
static volatile int code;
static char *volatile address;

static void on_fault(int sig, siginfo_t *info, void *uc)
{
	code = sig == SIGSEGV ? info->si_code : -1;
	address = info->si_addr;
	siglongjmp(back, 1);
}

#define FAULT(statement) do {					\
		code = 0;					\
		address = (char *)-1L;				\
		if (sigsetjmp(back, 1) == 0)			\
			statement;				\
	} while (0)

static int fatal(void *arg) { return *(volatile char *)arg; }

void contract_main(void)
{
	char *p = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile char *kernel = (char *)0xffffffff80000000UL, *odd = (char *)0x8000000000000000UL;

	REQUIRE(p != MAP_FAILED && munmap(p + PAGE, PAGE) == 0);
	CHECK_SIGNALLED(fatal, bad_pointer(), SIGSEGV, "SIGSEGV ends a process by default");
	on_siginfo(SIGSEGV, on_fault, 0);
	FAULT((void)*(volatile char *)(p + PAGE + 123));
	CHECK_INT(code, SEGV_MAPERR, "unmapped: SEGV_MAPERR");
	CHECK(address == p + PAGE + 123, "with the address to the byte");
	FAULT(*(volatile char *)(p + 77) = 1);
	CHECK_INT(code, SEGV_ACCERR, "a store to read-only memory: SEGV_ACCERR");
	CHECK(address == p + 77, "with the address");
	FAULT((void)*(volatile char *)bad_pointer());
	CHECK(code == SEGV_MAPERR && address == bad_pointer(),
	      "near 0: SEGV_MAPERR and the address");
	FAULT((void)*kernel);
	CHECK(code == SEGV_MAPERR && address == (char *)kernel,
	      "a kernel address: SEGV_MAPERR and the address");
	FAULT((void)*odd);
	CHECK_INT(code, SI_KERNEL, "a non-canonical address: SI_KERNEL");
	CHECK(address == NULL, "with address 0");
	FAULT(__asm__ volatile("hlt"));
	CHECK_INT(code, SI_KERNEL, "a privileged instruction: SI_KERNEL");
	CHECK(address == NULL, "with address 0");
	FAULT(__asm__ volatile("mov %%cr0, %%rax" ::: "rax"));
	CHECK_INT(code, SI_KERNEL, "a read of cr0 too");
	FAULT(__asm__ volatile("int $0x99"));
	CHECK_INT(code, SI_KERNEL, "an int that user mode may not use too");
	FAULT(__asm__ volatile("mov %0, %%fs" :: "r"(0x1234)));
	CHECK_INT(code, SI_KERNEL, "a selector of a local descriptor table, which there is not, too");
	FAULT(__asm__ volatile("outb %al, $0x80"));
	CHECK_INT(code, SI_KERNEL, "a port without permission too");
	FAULT(((void (*)(void))(p + PAGE))());
	CHECK(code == SEGV_MAPERR && address == p + PAGE,
	      "a jump to unmapped memory: its own address");
}
