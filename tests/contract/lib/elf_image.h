/* SPDX-License-Identifier: MIT */
/*
 * ELF files made by a test: one header, up to eight program headers, code that the test brings along.
 *
 * elf_begin() starts an image with a readable and executable PT_LOAD over all of it; code lies at
 * ELF_CODE, so the entry is base + ELF_CODE. Tests then add segments, change any field through
 * image->header and image->segments, and write the file with elf_write().
 * Code is position-independent and uses system calls only; elf_exit_code() makes the simplest.
 */
#pragma once

#include <elf.h>
#include <sys/auxv.h>

#include "lib/contract.h"

#define ELF_CODE 0x400
#define ELF_STRINGS 0x300

struct elf_image {
	union {
		unsigned char bytes[4 * 4096];
		struct {
			Elf64_Ehdr header;
			Elf64_Phdr segments[8];
		};
	};
	size_t size;
};

static inline void elf_begin(struct elf_image *image, int type, uint64_t base)
{
	static const unsigned char ident[EI_NIDENT] = {
		ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT
	};

	memset(image, 0, sizeof(*image));
	memcpy(image->header.e_ident, ident, sizeof(ident));
	image->header.e_type = (Elf64_Half)type;
	image->header.e_machine = EM_X86_64;
	image->header.e_version = EV_CURRENT;
	image->header.e_entry = base + ELF_CODE;
	image->header.e_phoff = sizeof(Elf64_Ehdr);
	image->header.e_ehsize = sizeof(Elf64_Ehdr);
	image->header.e_phentsize = sizeof(Elf64_Phdr);
	image->header.e_phnum = 1;
	image->size = PAGE;
	image->segments[0] = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = base, .p_paddr = base,
		.p_filesz = PAGE, .p_memsz = PAGE, .p_align = PAGE,
	};
}

static inline void elf_code(struct elf_image *image, const void *code, const void *end)
{
	memcpy(image->bytes + ELF_CODE, code, (size_t)((const char *)end - (const char *)code));
}

/* Code: exit(code). */
static inline void elf_exit_code(struct elf_image *image, unsigned char code)
{
	unsigned char text[] = { 0xbf, code, 0, 0, 0, 0xb8, 231, 0, 0, 0, 0x0f, 0x05, 0xf4 };

	memcpy(image->bytes + ELF_CODE, text, sizeof(text));
}

static inline Elf64_Phdr *elf_add(struct elf_image *image, Elf64_Phdr segment)
{
	image->segments[image->header.e_phnum] = segment;
	return &image->segments[image->header.e_phnum++];
}

/* Names an interpreter; PT_INTERP comes behind the segments added so far. */
static inline Elf64_Phdr *elf_interp(struct elf_image *image, const char *path)
{
	strcpy((char *)image->bytes + ELF_STRINGS, path);
	return elf_add(image, (Elf64_Phdr){ .p_type = PT_INTERP, .p_flags = PF_R, .p_offset = ELF_STRINGS,
					    .p_filesz = strlen(path) + 1, .p_memsz = strlen(path) + 1,
					    .p_align = 1 });
}

static inline void elf_write(const struct elf_image *image, const char *path)
{
	unlink(path);
	write_file(path, image->bytes, image->size);
	REQUIRE(chmod(path, 0755) == 0);
}

/* Runs a program in a child: its wait status, or 0x10000 + errno when execve failed. */
static inline int exec_result(const char *path)
{
	int error[2], e = 0;
	pid_t pid;

	REQUIRE(pipe2(error, O_CLOEXEC) == 0);
	pid = fork_child();
	if (pid == 0) {
		execl(path, path, "argument", (char *)NULL);
		REQUIRE(write(error[1], &errno, sizeof(errno)) == sizeof(errno));
		_exit(127);
	}
	close(error[1]);
	e = read(error[0], &e, sizeof(e)) == sizeof(e) ? e : 0;
	close(error[0]);
	int status = wait_status(pid);

	return e ? 0x10000 + e : status;
}
