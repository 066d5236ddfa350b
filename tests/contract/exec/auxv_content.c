/* SPDX-License-Identifier: MIT */
/*
 * The auxiliary vector of this program: headers, entry, page size, ids, platform, random bytes,
 * names.
 */
#include "lib/contract.h"

#include <cpuid.h>

#include "lib/elf_image.h"

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

extern const Elf64_Ehdr __ehdr_start;
extern void _start(void);

int contract_role(const char *role, int argc, char **argv)
{
	return write(1, (void *)getauxval(AT_RANDOM), 16) == 16 ? 0 : 1;
}

void contract_main(void)
{
	const Elf64_Phdr *phdr = (const Elf64_Phdr *)getauxval(AT_PHDR);
	unsigned char random[4][16];
	unsigned int a, b, c, d;
	char exe[PATH_MAX] = "";

	CHECK((uintptr_t)phdr == (uintptr_t)&__ehdr_start + __ehdr_start.e_phoff, "AT_PHDR");
	CHECK_INT(getauxval(AT_PHNUM), __ehdr_start.e_phnum, "AT_PHNUM");
	CHECK_INT(getauxval(AT_PHENT), sizeof(Elf64_Phdr), "AT_PHENT");
	CHECK_INT(getauxval(AT_ENTRY), (uintptr_t)_start, "AT_ENTRY is _start");
	CHECK_INT(getauxval(AT_PAGESZ), 4096, "AT_PAGESZ");
	CHECK_INT(getauxval(AT_CLKTCK), 100, "AT_CLKTCK");
	CHECK_INT(getauxval(AT_FLAGS), 0, "AT_FLAGS");
	CHECK_INT(getauxval(AT_UID), getuid(), "AT_UID");
	CHECK_INT(getauxval(AT_EUID), geteuid(), "AT_EUID");
	CHECK_INT(getauxval(AT_GID), getgid(), "AT_GID");
	CHECK_INT(getauxval(AT_EGID), getegid(), "AT_EGID");
	CHECK_INT(getauxval(AT_SECURE), 0, "AT_SECURE");
	CHECK_STR((char *)getauxval(AT_PLATFORM), "x86_64", "AT_PLATFORM");
	__cpuid(1, a, b, c, d);
#ifndef __GLIBC__	/* whose getauxval answers with a value of its own */
	CHECK_INT(getauxval(AT_HWCAP), d, "AT_HWCAP is CPUID 1 edx");
#endif
	CHECK(getauxval(AT_MINSIGSTKSZ) >= 440 + 512, "AT_MINSIGSTKSZ holds a signal frame");
	REQUIRE(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
	CHECK_STR((char *)getauxval(AT_EXECFN), contract_self(),
		  "AT_EXECFN is what execve was given");
	CHECK(memcmp((char *)getauxval(AT_SYSINFO_EHDR), ELFMAG, 4) == 0,
	      "AT_SYSINFO_EHDR points to an ELF");
	for (int i = 0; i < 4; i++)
		ask_exec("random", 0, random[i], sizeof(random[i]));
	for (int i = 1; i < 4; i++)
		CHECK(memcmp(random[0], random[i], 16) != 0, "AT_RANDOM differs between two execs");
}
