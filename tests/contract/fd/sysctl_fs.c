/* SPDX-License-Identifier: MIT */
/* /proc/sys/fs: file-nr, file-max, nr_open, pipe-*, inotify/ *: read, written within bounds, and obeyed. */
#include "lib/sysctl.h"

#include <sys/inotify.h>
#include <sys/resource.h>

static int no_more_files(void *arg)
{
	(void)arg;
	CHECK_ERR(open("/dev/null", O_RDONLY), ENFILE, "file-max stops the unprivileged");
	CHECK_ERR(dup(0) < 0 ? -1 : inotify_init(), ENFILE, "a duplicate is no new file, an inotify instance is");
	return 0;
}

static int small_pipes(void *arg)
{
	int fds[2];

	(void)arg;
	REQUIRE(pipe(fds) == 0);
	CHECK_INT(fcntl(fds[1], F_SETPIPE_SZ, 32768), 32768, "as large as pipe-max-size");
	CHECK_ERR(fcntl(fds[1], F_SETPIPE_SZ, 65536), EPERM, "and no larger");
	return 0;
}

static int pipe_pages(void *arg)
{
	int fds[4];

	(void)arg;
	REQUIRE(pipe(fds) == 0);
	CHECK_INT(fcntl(fds[0], F_GETPIPE_SZ), 65536, "the first pipe is within pipe-user-pages-soft");
	REQUIRE(pipe(fds + 2) == 0);
	CHECK_INT(fcntl(fds[2], F_GETPIPE_SZ), 8192, "the second would not be: it gets two pages");
	CHECK_ERR(fcntl(fds[2], F_SETPIPE_SZ, 65536), EPERM, "and may not grow");
	CHECK_INT(fcntl(fds[0], F_SETPIPE_SZ, 4096), 4096, "the first shrinks");
	CHECK_INT(fcntl(fds[2], F_SETPIPE_SZ, 65536), 65536, "now the second may");
	return 0;
}

static int pipe_refused(void *arg)
{
	int fds[4];

	(void)arg;
	REQUIRE(pipe(fds) == 0);
	CHECK_ERR(pipe(fds + 2), ENFILE, "no pipe above pipe-user-pages-hard");
	close(fds[0]);
	close(fds[1]);
	CHECK_INT(pipe(fds + 2), 0, "a pipe that goes makes room");
	return 0;
}

static int instances(void *arg)
{
	int first;

	(void)arg;
	first = CHECK_OK(inotify_init(), "two instances");
	CHECK_OK(inotify_init(), "are allowed");
	CHECK_ERR(inotify_init(), EMFILE, "a third is not");
	close(first);
	CHECK(EVENTUALLY(inotify_init() >= 0, 2000), "one that goes makes room");
	return 0;
}

static int watches(void *arg)
{
	int fd = REQUIRE_OK(inotify_init()), wd;

	(void)arg;
	wd = CHECK_OK(inotify_add_watch(fd, "/", IN_CREATE), "one watch");
	CHECK_ERR(inotify_add_watch(fd, "/dev", IN_CREATE), ENOSPC, "a second is too many");
	CHECK_INT(inotify_add_watch(fd, "/", IN_DELETE), wd, "a change is none");
	CHECK_INT(inotify_rm_watch(fd, wd), 0, "without the first");
	CHECK(EVENTUALLY(inotify_add_watch(fd, "/dev", IN_CREATE) > 0, 2000), "there is room");
	return 0;
}

static int queue(void *arg)
{
	struct inotify_event e[8];
	int fd = REQUIRE_OK(inotify_init1(IN_NONBLOCK)), null;

	(void)arg;
	REQUIRE_OK(inotify_add_watch(fd, "/dev/null", IN_OPEN | IN_CLOSE));
	for (int i = 0; i < 4; i++) {
		null = REQUIRE_OK(open("/dev/null", O_RDONLY));
		close(null);
	}
	CHECK_INT(read(fd, e, sizeof(e)), 3 * sizeof(e[0]), "a queue of two has two events");
	CHECK_INT(e[2].mask, IN_Q_OVERFLOW, "and says once that there were more");
	return 0;
}

static void nr_open(void)
{
	long long old = sysctl_get("fs/nr_open");
	struct rlimit most, less;
	pid_t pid;

	REQUIRE(getrlimit(RLIMIT_NOFILE, &most) == 0 && most.rlim_max > 1024);
	less.rlim_cur = less.rlim_max = most.rlim_max - 64;
	CHECK_ERR(sysctl_try("fs/nr_open", "63"), EINVAL, "nr_open is at least 64");
	CHECK_ERR(sysctl_try("fs/nr_open", "many"), EINVAL, "and a number");
	CHECK_ERR(sysctl_try("fs/nr_open", "-1"), EINVAL, "not below 0");
	pid = fork_child();
	if (!pid) {
		CHECK_INT(setrlimit(RLIMIT_NOFILE, &most), 0, "RLIMIT_NOFILE may be nr_open");
		sysctl_set("fs/nr_open", (long long)less.rlim_max);
		CHECK_ERR(setrlimit(RLIMIT_NOFILE, &most), EPERM, "and not more");
		CHECK_INT(setrlimit(RLIMIT_NOFILE, &less), 0, "the new bound will do");
		sysctl_set("fs/nr_open", old);
		_exit(0);
	}
	wait_status(pid);
	CHECK_INT(sysctl_get("fs/nr_open"), old, "it is as it was");
}

void contract_main(void)
{
	long long used, unused, most;
	char text[128];

	need_own_machine();
	REQUIRE(read_file("/proc/sys/fs/file-nr", text, sizeof(text)) > 0);
	CHECK_INT(sscanf(text, "%lld\t%lld\t%lld\n", &used, &unused, &most), 3, "file-nr has three numbers");
	CHECK(used > 0 && unused == 0, "files are open");
	CHECK_INT(most, sysctl_get("fs/file-max"), "the last is file-max");
	nr_open();
	CHECK_INT(with_sysctl("fs/file-max", 1, no_more_files, NULL), 0, "file-max");
	CHECK_INT(with_sysctl("fs/pipe-max-size", 20000, small_pipes, NULL), 0, "pipe-max-size");
	most = sysctl_get("fs/pipe-max-size");
	CHECK_ERR(sysctl_try("fs/pipe-max-size", "2147483649"), EINVAL, "pipe-max-size is at most 2 GiB");
	CHECK_INT(sysctl_try("fs/pipe-max-size", "0"), 0, "and at least");
	CHECK_INT(sysctl_get("fs/pipe-max-size"), 4096, "a page");
	sysctl_set("fs/pipe-max-size", most);
	CHECK_INT(with_sysctl("fs/pipe-user-pages-soft", 24, pipe_pages, NULL), 0, "pipe-user-pages-soft");
	CHECK_INT(with_sysctl("fs/pipe-user-pages-hard", 24, pipe_refused, NULL), 0, "pipe-user-pages-hard");
	CHECK_INT(with_sysctl("fs/inotify/max_user_instances", 2, instances, NULL), 0, "max_user_instances");
	CHECK_INT(with_sysctl("fs/inotify/max_user_watches", 1, watches, NULL), 0, "max_user_watches");
	CHECK_INT(with_sysctl("fs/inotify/max_queued_events", 2, queue, NULL), 0, "max_queued_events");
}
