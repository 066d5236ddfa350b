/* SPDX-License-Identifier: MIT */
/*
 * Stack, mmap, heap and vDSO move from exec to exec; ADDR_NO_RANDOMIZE stops it; a fork keeps
 * them.
 */
#include "lib/contract.h"

#include <sys/auxv.h>
#include <sys/personality.h>

struct places {
	uintptr_t stack, map, heap, vdso;
};

static struct places where(void)
{
	char local;

	return (struct places){
		(uintptr_t)&local, (uintptr_t)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
		(uintptr_t)syscall(SYS_brk, 0), getauxval(AT_SYSINFO_EHDR),
	};
}

int contract_role(const char *role, int argc, char **argv)
{
	struct places p = where();

	return write(1, &p, sizeof(p)) == sizeof(p) ? 0 : 1;
}

#define EXECS 8

void contract_main(void)
{
	struct places p[EXECS], fixed[2];
	int stack = 0, map = 0, heap = 0, vdso = 0;
	char value[16] = "";

	if (read_file("/proc/sys/kernel/randomize_va_space", value, sizeof(value)) > 0 && value[0] != '2')
		skip_all("randomize_va_space is %s", value);
	for (int i = 0; i < EXECS; i++)
		ask_exec("where", 0, &p[i], sizeof(p[i]));
	for (int i = 1; i < EXECS; i++) {
		stack += p[i].stack != p[0].stack;
		map += p[i].map != p[0].map;
		heap += p[i].heap != p[0].heap;
		vdso += p[i].vdso != p[0].vdso;
	}
	CHECK(stack >= EXECS - 2, "the stack moves");
	CHECK(map >= EXECS - 2, "mappings move");
	CHECK(heap >= EXECS - 2, "the heap moves");
	CHECK(vdso >= EXECS - 2, "the vDSO moves");
	for (int i = 0; i < 2; i++)
		ask_exec("where", ADDR_NO_RANDOMIZE, &fixed[i], sizeof(fixed[i]));
	CHECK(fixed[0].stack == fixed[1].stack, "ADDR_NO_RANDOMIZE: the stack does not");
	CHECK(fixed[0].map == fixed[1].map, "mappings do not");
	CHECK(fixed[0].heap == fixed[1].heap, "the heap does not");
}
