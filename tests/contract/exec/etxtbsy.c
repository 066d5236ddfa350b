/* SPDX-License-Identifier: MIT */
/*
 * A running program cannot be opened for writing, a file open for writing cannot be executed:
 * ETXTBSY.
 */
#include "lib/contract.h"

#include "lib/elf_image.h"

void contract_main(void)
{
	struct elf_image image;
	int fd, hold[2];
	pid_t pid;

	tmp_dir();
	elf_begin(&image, ET_EXEC, 0x400000);
	/* pause() for ever: mov $34, %eax; syscall; jmp back */
	memcpy(image.bytes + ELF_CODE, "\xb8\x22\0\0\0\x0f\x05\xeb\xf7", 9);
	elf_write(&image, "run");
	REQUIRE(pipe2(hold, O_CLOEXEC) == 0);
	pid = fork_child();
	if (pid == 0) {
		execl("./run", "run", (char *)NULL);
		_exit(1);
	}
	close(hold[1]);
	REQUIRE(read(hold[0], &(char){ 0 }, 1) == 0);
	CHECK_ERR(open("run", O_WRONLY), ETXTBSY, "open for writing");
	CHECK_ERR(open("run", O_RDWR | O_TRUNC), ETXTBSY, "with O_TRUNC");
	CHECK_ERR(truncate("run", 0), ETXTBSY, "truncate");
	CHECK_OK(open("run", O_RDONLY), "open for reading is fine");
	CHECK_INT(unlink("run"), 0, "unlink is fine");
	REQUIRE(kill(pid, SIGKILL) == 0);
	wait_status(pid);
	elf_exit_code(&image, 3);
	elf_write(&image, "written");
	fd = REQUIRE_OK(open("written", O_WRONLY | O_CLOEXEC));
	CHECK_INT(exec_result("./written"), 0x10000 + ETXTBSY, "execve of a file open for writing");
	close(fd);
	CHECK_INT(exec_result("./written"), 3 << 8, "closed, it runs");
}
