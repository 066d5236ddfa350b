/* SPDX-License-Identifier: MIT */
/*
 * PT_INTERP: the interpreter runs first, and its auxiliary vector describes the program and
 * itself.
 */
#include "lib/contract.h"

#include "lib/elf_image.h"

/* Writes 2 KiB of the initial stack, then its own address, to standard output. */
extern const char dump[], dump_end[];
__asm__(".pushsection .rodata\n"
	"dump:	mov %rsp, %rsi\n"
	"	mov $1, %edi\n"
	"	mov $2048, %edx\n"
	"	mov $1, %eax\n"
	"	syscall\n"
	"	lea dump(%rip), %rax\n"
	"	push %rax\n"
	"	mov %rsp, %rsi\n"
	"	mov $1, %edi\n"
	"	mov $8, %edx\n"
	"	mov $1, %eax\n"
	"	syscall\n"
	"	mov $55, %edi\n"
	"	mov $231, %eax\n"
	"	syscall\n"
	"dump_end:\n"
	".popsection\n");

static uint64_t words[257];

static uint64_t aux(uint64_t type)
{
	size_t i = 1 + words[0] + 1;

	while (words[i])
		i++;
	for (i++; i + 1 < 256 && words[i] != AT_NULL; i += 2) {
		if (words[i] == type)
			return words[i + 1];
	}
	return (uint64_t)-1;
}

static int run(const char *path)
{
	/* Long enough that 2 KiB above the stack pointer are there. */
	static char filler[4096] = "X=";
	char *argv[] = { (char *)path, NULL }, *envp[] = { filler, NULL };
	int out[2];
	pid_t pid;

	memset(filler + 2, 'x', sizeof(filler) - 3);
	REQUIRE(pipe(out) == 0);
	pid = fork_child();
	if (pid == 0) {
		dup2(out[1], 1);
		execve(path, argv, envp);
		_exit(127);
	}
	close(out[1]);
	memset(words, 0, sizeof(words));
	CHECK_INT(read(out[0], words, 2048), 2048, "%s: the stack is written", path);
	CHECK_INT(read(out[0], words + 256, 8), 8, "%s: and the code's address", path);
	close(out[0]);
	return wait_status(pid);
}

static void check_program(const char *path, bool pie)
{
	uint64_t bias, base = pie ? 0 : 0x400000;

	CHECK_INT(run(path), 55 << 8, "%s: the interpreter ran", path);
	bias = aux(AT_ENTRY) - (base + ELF_CODE);
	CHECK(pie ? bias != 0 && bias % PAGE == 0 : bias == 0,
	      "%s: AT_ENTRY is the program's entry", path);
	CHECK_INT(aux(AT_PHDR), bias + base + sizeof(Elf64_Ehdr), "%s: AT_PHDR is the program's",
		  path);
	CHECK_INT(aux(AT_PHNUM), 2, "%s: AT_PHNUM", path);
	CHECK_INT(aux(AT_PHENT), sizeof(Elf64_Phdr), "%s: AT_PHENT", path);
	CHECK_INT(aux(AT_BASE), words[256] - ELF_CODE, "%s: AT_BASE is where the interpreter lies",
		  path);
}

void contract_main(void)
{
	struct elf_image image;

	tmp_dir();
	elf_begin(&image, ET_DYN, 0);
	elf_code(&image, dump, dump_end);
	elf_write(&image, "interp");
	elf_begin(&image, ET_EXEC, 0x400000);
	elf_exit_code(&image, 1);
	elf_interp(&image, "interp");
	elf_write(&image, "./static");
	check_program("./static", false);
	elf_begin(&image, ET_DYN, 0);
	elf_exit_code(&image, 1);
	elf_interp(&image, "interp");
	elf_write(&image, "./pie");
	check_program("./pie", true);

	elf_begin(&image, ET_EXEC, 0x10000000);
	elf_code(&image, dump, dump_end);
	elf_write(&image, "interp");
	CHECK_INT(run("./static"), 55 << 8, "an ET_EXEC interpreter runs at its address");
	CHECK_INT(words[256], 0x10000000 + ELF_CODE, "exactly there");
	CHECK_INT(aux(AT_BASE), 0, "and AT_BASE is 0, its load bias");
}
