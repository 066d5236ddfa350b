/* SPDX-License-Identifier: MIT */
/*
 * Programs of any content, run: headers, interpreter, placement, mapping, stack. The file may name itself (/prog) or a
 * good loader (/ld) as its interpreter. The parent lives, whatever comes.
 */
#include "fuzz_kernel.h"

#include "libos/libos.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_MAX_INPUT	(64 << 10)

static void write_file(const char *path, const void *data, size_t size)
{
	int fd = libos_open(path, LIBOS_O_WRONLY | LIBOS_O_CREAT | LIBOS_O_TRUNC, 0755);

	if (fd < 0 || libos_write(fd, data, size) != (int64_t)size || libos_close(fd))
		abort();
}

/* The smallest loader: one segment, position independent. */
static void setup(void)
{
	static const struct {
		unsigned char ident[16];
		uint16_t type, machine;
		uint32_t version;
		uint64_t entry, phoff, shoff;
		uint32_t flags;
		uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
		uint32_t p_type, p_flags;
		uint64_t p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align;
	} ld = {
		.ident = "\177ELF\2\1\1", .type = 3, .machine = 62, .version = 1, .entry = 0x78, .phoff = 64,
		.ehsize = 64, .phentsize = 56, .phnum = 1, .p_type = 1, .p_flags = 5, .p_filesz = 120, .p_memsz = 200,
		.p_align = 4096,
	};

	write_file("/ld", &ld, sizeof(ld));
}

static void run(const uint8_t *data, size_t size)
{
	static const char *const argv[] = { "prog", "argument", NULL };
	int pid, status = -1;

	write_file("/prog", data, size);
	pid = libos_spawn("/prog", argv, argv);
	if (pid > 0 && libos_wait(pid, &status, 0) != pid)
		abort();
	if (pid > 0 && status != 0 && status != 11)
		abort();
	if (libos_wait(-1, NULL, 0) != -10)	/* ECHILD: nobody is left */
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return size > SIZE_MAX_INPUT ? 0 : fuzz_kernel(data, size, setup, run);
}
