/* SPDX-License-Identifier: MIT */
/*
 * #!: scripts interpret scripts, five deep; one more is ELOOP; a script that interprets itself
 * too.
 */
#include "lib/contract.h"

#include "lib/elf_image.h"

void contract_main(void)
{
	struct elf_image image;
	char name[16], line[32];

	tmp_dir();
	elf_begin(&image, ET_EXEC, 0x400000);
	elf_exit_code(&image, 42);
	elf_write(&image, "s0");
	for (int i = 1; i <= 8; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		snprintf(line, sizeof(line), "#!./s%d\n", i - 1);
		write_file(name, line, strlen(line));
		REQUIRE(chmod(name, 0755) == 0);
		snprintf(name, sizeof(name), "./s%d", i);
		CHECK_INT(exec_result(name), i <= 5 ? 42 << 8 : 0x10000 + ELOOP,
			  "%d scripts deep: %s", i,
			  i <= 5 ? "runs" : "ELOOP");
	}
	write_file("self", "#!./self\n", 9);
	REQUIRE(chmod("self", 0755) == 0);
	CHECK_INT(exec_result("./self"), 0x10000 + ELOOP,
		  "a script that interprets itself is ELOOP");
}
