/* SPDX-License-Identifier: MIT */
/* execveat: by folder, by descriptor with AT_EMPTY_PATH, errors; a script by descriptor. */
#include "lib/contract.h"

#include "lib/elf_image.h"

static int run_at(int fd, const char *path, int flags)
{
	char *argv[] = { "x", NULL };
	int error[2], e = 0;
	pid_t pid;

	REQUIRE(pipe2(error, O_CLOEXEC) == 0);
	pid = fork_child();
	if (pid == 0) {
		syscall(SYS_execveat, fd, path, argv, NULL, flags);
		REQUIRE(write(error[1], &errno, sizeof(errno)) == sizeof(errno));
		_exit(127);
	}
	close(error[1]);
	e = read(error[0], &e, sizeof(e)) == sizeof(e) ? e : 0;
	close(error[0]);
	int status = wait_status(pid);

	return e ? 0x10000 + e : status;
}

void contract_main(void)
{
	struct elf_image image;
	int dir, fd, cloexec;
	char path[32];

	tmp_dir();
	REQUIRE(mkdir("d", 0755) == 0);
	elf_begin(&image, ET_EXEC, 0x400000);
	elf_exit_code(&image, 42);
	elf_write(&image, "d/prog");
	dir = REQUIRE_OK(open("d", O_RDONLY | O_DIRECTORY));
	fd = REQUIRE_OK(open("d/prog", O_RDONLY));
	cloexec = REQUIRE_OK(open("d/prog", O_PATH | O_CLOEXEC));
	CHECK_INT(run_at(dir, "prog", 0), 42 << 8, "relative to a folder");
	CHECK_INT(run_at(AT_FDCWD, "d/prog", 0), 42 << 8, "AT_FDCWD");
	CHECK_INT(run_at(fd, "", AT_EMPTY_PATH), 42 << 8, "AT_EMPTY_PATH runs the descriptor");
	CHECK_INT(run_at(cloexec, "", AT_EMPTY_PATH), 42 << 8,
		  "an O_PATH close-on-exec one as well");
	CHECK_INT(run_at(fd, "", 0), 0x10000 + ENOENT, "an empty path without it is ENOENT");
	CHECK_INT(run_at(999, "prog", 0), 0x10000 + EBADF, "a closed descriptor is EBADF");
	CHECK_INT(run_at(fd, "prog", 0), 0x10000 + ENOTDIR, "a file as folder is ENOTDIR");
	CHECK_INT(run_at(dir, "prog", 0x8000000), 0x10000 + EINVAL, "an unknown flag is EINVAL");
	REQUIRE(symlink("prog", "d/link") == 0);
	CHECK_INT(run_at(dir, "link", 0), 42 << 8, "a link is followed");
	CHECK_INT(run_at(dir, "link", AT_SYMLINK_NOFOLLOW), 0x10000 + ELOOP,
		  "AT_SYMLINK_NOFOLLOW: ELOOP");
	write_file("d/script", "#!d/prog\n", 9);
	REQUIRE(chmod("d/script", 0755) == 0);
	CHECK_INT(run_at(dir, "script", 0), 42 << 8, "a script");
	cloexec = REQUIRE_OK(open("d/script", O_RDONLY | O_CLOEXEC));
	CHECK_INT(run_at(cloexec, "", AT_EMPTY_PATH), 0x10000 + ENOENT,
		  "whose descriptor is closed before its interpreter could read it is ENOENT");
	fd = REQUIRE_OK(memfd_create("prog", 0));
	REQUIRE(write(fd, "#!d/prog\n", 9) == 9);
	CHECK_INT(run_at(fd, "", AT_EMPTY_PATH), 42 << 8, "a memfd runs, though open for writing");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	REQUIRE_OK(open(path, O_RDWR));
	CHECK_INT(run_at(fd, "", AT_EMPTY_PATH), 0x10000 + ETXTBSY, "but not when it was opened anew for that");
}
