/* SPDX-License-Identifier: MIT */
/*
 * Somebody who looks at a process's descriptors by /proc, or by kcmp(), is no owner of them: beside him the process
 * keeps its record locks when it executes a program, and has none any more when it has ended.
 */
#include "lib/contract.h"

#include <dirent.h>
#include <linux/kcmp.h>

enum { EXECS = 100, ENDS = 150, READERS = 3 };

static struct {
	volatile pid_t target;
} *shared;

static struct flock whole(void)
{
	return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
}

static void read_folder(pid_t pid)
{
	char path[64], text[256];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	while (dir && readdir(dir))
		;
	if (dir)
		closedir(dir);
	for (int fd = 0; fd < 8; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
		if (readlink(path, text, sizeof(text)) < 0 && errno == ESRCH)
			break;
		syscall(SYS_kcmp, pid, pid, KCMP_FILE, fd, fd);
	}
}

static void start_readers(pid_t reader[READERS])
{
	for (int i = 0; i < READERS; i++) {
		reader[i] = fork_child();
		while (!reader[i]) {
			pid_t pid = shared->target;

			if (pid)
				read_folder(pid);
		}
	}
}

/* A lock of one's own is in the way of an open file's, so this tells whether there is one. */
int contract_role(const char *role, int argc, char **argv)
{
	int fd = atoi(argv[2]), left = atoi(argv[3]);
	struct flock l = whole();
	char number[16];

	if (fcntl(fd, F_OFD_GETLK, &l) || l.l_type != F_WRLCK || l.l_pid != getpid())
		return 1;
	if (!left)
		return 0;
	snprintf(number, sizeof(number), "%d", left - 1);
	execl(contract_self(), contract_self(), "@locked", argv[2], number, (char *)NULL);
	return 2;
}

static int lock_and_exec(void *arg)
{
	int fd = REQUIRE_OK(open("f", O_RDWR));
	struct flock l = whole();
	char number[16], left[16];

	REQUIRE(fcntl(fd, F_SETLK, &l) == 0);
	shared->target = getpid();
	snprintf(number, sizeof(number), "%d", fd);
	snprintf(left, sizeof(left), "%d", EXECS);
	execl(contract_self(), contract_self(), "@locked", number, left, (char *)NULL);
	return 3;
}

static int lock_and_end(void *arg)
{
	struct flock l = whole();

	shared->target = getpid();
	return fcntl(REQUIRE_OK(open("f", O_RDWR)), F_SETLKW, &l);
}

/* How many processes were still there for others' locks after they had been waited for. */
static int locked_after_end(void)
{
	int fd = REQUIRE_OK(open("f", O_RDWR)), late = 0;

	for (int i = 0; i < ENDS; i++) {
		struct flock l = whole();

		REQUIRE(run_child(lock_and_end, NULL) == 0);
		late += fcntl(fd, F_GETLK, &l) || l.l_type != F_UNLCK;
		while (l.l_type != F_UNLCK) {
			l = whole();
			REQUIRE(fcntl(fd, F_GETLK, &l) == 0);
		}
	}
	close(fd);
	return late;
}

void contract_main(void)
{
	pid_t reader[READERS];

	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(shared != MAP_FAILED);
	tmp_dir();
	write_file("f", "", 0);
	start_readers(reader);
	CHECK_EXIT(lock_and_exec, NULL, 0, "a lock lasts through exec");
	CHECK_INT(locked_after_end(), 0, "and ends before the process is waited for");
	for (int i = 0; i < READERS; i++) {
		kill(reader[i], SIGKILL);
		wait_status(reader[i]);
	}
}
