/* SPDX-License-Identifier: MIT */
/* cgroup2: processes move, children are born where their parent is, cgroup.events says whether anybody lives there. */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/wait.h>

#include "lib/cgroup.h"

static pid_t start_sleeper(void)
{
	pid_t pid = fork_child();

	if (!pid) {
		pause();
		_exit(0);
	}
	return pid;
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static const char *cg_of_pid(pid_t pid)
{
	char text[20];

	snprintf(text, sizeof(text), "%d", (int)pid);
	return cg_of(text);
}

static void check_moving(void)
{
	pid_t pid = start_sleeper();
	char want[100];

	snprintf(want, sizeof(want), "%s/a", strrchr(cg_top, '/'));
	CHECK_OK(cg_put("a", pid), "a process moves in");
	CHECK(cg_lists("a", "cgroup.procs", pid) && cg_lists("a", "cgroup.threads", pid), "it is listed");
	CHECK_STR(cg_of_pid(pid), want, "/proc says where it is");
	CHECK_INT(cg_value("a", "cgroup.events", "populated "), 1, "populated");
	CHECK_INT(cg_value("", "cgroup.events", "populated "), 1, "so is the group above");
	CHECK_ERR(rmdir(cg_path("a", "")), EBUSY, "rmdir of a populated group");
	CHECK_OK(cg_put("b", pid), "on to another");
	CHECK_INT(cg_value("a", "cgroup.events", "populated "), 0, "nobody is left");
	CHECK(!cg_lists("a", "cgroup.procs", pid), "nor listed");
	CHECK_OK(cg_put("b", pid), "to where it is already");
	kill(pid, SIGKILL);
	waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	CHECK_INT(cg_value("b", "cgroup.events", "populated "), 0, "a zombie does not populate");
	CHECK_STR(cg_read("b", "cgroup.procs"), "", "and is not listed");
	CHECK_OK(rmdir(cg_path("b", "")), "nor keeps the group");
	snprintf(want, sizeof(want), "%s/b (deleted)", strrchr(cg_top, '/'));
	CHECK_STR(cg_of_pid(pid), want, "where the zombie was");
	waitpid(pid, NULL, 0);
	REQUIRE_OK(mkdir(cg_path("b", ""), 0755));
}

/* "0" is the writer; children are born where the parent is. */
static void check_inheritance(void)
{
	pid_t pid = fork_child(), child;
	char want[100];

	snprintf(want, sizeof(want), "%s/a", strrchr(cg_top, '/'));
	if (!pid) {
		if (cg_put("a", 0) || strcmp(cg_of("self"), want))
			_exit(1);
		child = fork();
		if (!child)
			_exit(strcmp(cg_of("self"), want) ? 2 : 0);
		_exit(wait_status(child) ? 3 : 0);
	}
	CHECK_INT(wait_status(pid), 0, "moved itself, and its child was born there");
}

static void *sleep_thread(void *arg)
{
	(void)arg;
	pause();
	return NULL;
}

/* All threads move together, whichever is named; none moves alone. */
static void check_threads(void)
{
	int up[2], down[2];
	pid_t pid, tid;
	char c;

	REQUIRE_OK(pipe(up));
	REQUIRE_OK(pipe(down));
	pid = fork_child();
	if (!pid) {
		pthread_t t;

		pthread_create(&t, NULL, sleep_thread, NULL);
		write(up[1], "x", 1);
		read(down[0], &c, 1);
		_exit(0);
	}
	REQUIRE(read(up[0], &c, 1) == 1);
	CHECK_OK(cg_put("a", pid), "a process of two threads moves");
	CHECK_INT((int)strlen(cg_read("a", "cgroup.threads")) > (int)strlen(cg_read("a", "cgroup.procs")), 1,
		  "cgroup.threads lists both");
	tid = 0;
	for (const char *at = cg_read("a", "cgroup.threads"); *at; at = strchr(at, '\n') + 1)
		tid = atoi(at) != pid ? atoi(at) : tid;
	CHECK_OK(cg_put("b", tid), "by the number of a thread that does not lead");
	CHECK(cg_lists("b", "cgroup.procs", pid) && cg_lists("b", "cgroup.threads", tid), "all of it moved");
	{
		char text[20];

		snprintf(text, sizeof(text), "%d", (int)tid);
		CHECK_ERR(cg_write("a", "cgroup.threads", text), EOPNOTSUPP, "one thread to another domain");
		CHECK(cg_write("b", "cgroup.threads", text) > 0, "to where it is");
	}
	end_child(pid);
}

/* poll tells once; inotify tells of the file. */
static void check_events(void)
{
	struct pollfd p = { .fd = REQUIRE_OK(open(cg_path("a", "cgroup.events"), O_RDONLY)), .events = POLLPRI };
	int in = REQUIRE_OK(inotify_init1(IN_NONBLOCK));
	struct inotify_event ev;
	char buf[100];
	pid_t pid;

	REQUIRE_OK(inotify_add_watch(in, cg_path("a", "cgroup.events"), IN_MODIFY));
	REQUIRE(read(p.fd, buf, sizeof(buf)) > 0);
	CHECK_INT(poll(&p, 1, 0), 0, "nothing happened yet");
	pid = start_sleeper();
	REQUIRE_OK(cg_put("a", pid));
	CHECK_INT(poll(&p, 1, 2000), 1, "populated: poll");
	CHECK(p.revents & POLLPRI, "POLLPRI");
	CHECK(EVENTUALLY(read(in, &ev, sizeof(ev)) == (ssize_t)sizeof(ev), 2000) && ev.mask == IN_MODIFY, "IN_MODIFY");
	CHECK_INT(pread(p.fd, buf, sizeof(buf), 0) > 0 && !strncmp(buf, "populated 1\n", 12), 1, "read again");
	CHECK_INT(poll(&p, 1, 0), 0, "told once");
	end_child(pid);
	CHECK_INT(poll(&p, 1, 2000), 1, "empty again: poll");
	CHECK(EVENTUALLY(read(in, &ev, sizeof(ev)) == (ssize_t)sizeof(ev), 2000) && ev.mask == IN_MODIFY,
	      "IN_MODIFY again");
	close(in);
	close(p.fd);
}

static int as_nobody(int (*fn)(pid_t), pid_t arg)
{
	pid_t pid = fork_child();

	if (!pid) {
		if (setgid(65534) || setuid(65534))
			_exit(100);
		_exit(fn(arg));
	}
	return wait_status(pid);
}

static int try_move(pid_t pid)
{
	return cg_put("b", pid) ? errno : 0;
}

static int try_open(pid_t fd)
{
	char text[] = "0";

	return write(fd, text, 1) == 1 ? 0 : errno;
}

/* Who moves a process needs cgroup.procs of the target, and of the lowest group above both ends. */
static void check_rights(void)
{
	pid_t pid = start_sleeper();
	int fd;

	REQUIRE_OK(cg_put("a", pid));
	CHECK_INT(as_nobody(try_move, pid), EACCES << 8, "without rights on the target");
	REQUIRE_OK(chown(cg_path("b", "cgroup.procs"), 65534, 65534));
	CHECK_INT(as_nobody(try_move, pid), EACCES << 8, "without rights above");
	REQUIRE_OK(chown(cg_path("", "cgroup.procs"), 65534, 65534));
	CHECK_INT(as_nobody(try_move, pid), 0, "with both, whosever process it is");
	CHECK(cg_lists("b", "cgroup.procs", pid), "it moved");
	REQUIRE_OK(chown(cg_path("", "cgroup.procs"), 0, 0));
	REQUIRE_OK(chown(cg_path("b", "cgroup.procs"), 0, 0));
	fd = REQUIRE_OK(open(cg_path("a", "cgroup.procs"), O_WRONLY));
	CHECK_INT(as_nobody(try_open, fd), 0, "a descriptor that root opened has root's rights");
	close(fd);
	end_child(pid);
}

static void check_kill(void)
{
	pid_t pids[4];

	REQUIRE_OK(mkdir(cg_path("a/deep", ""), 0755));
	for (int i = 0; i < 4; i++) {
		pids[i] = start_sleeper();
		REQUIRE_OK(cg_put(i & 1 ? "a" : "a/deep", pids[i]));
	}
	CHECK_INT(cg_write("a", "cgroup.kill", "1"), 1, "cgroup.kill");
	for (int i = 0; i < 4; i++)
		CHECK_INT(wait_status(pids[i]), SIGKILL, "process %d, here or below, is killed", i);
	cg_remove("a/deep");
}

void contract_main(void)
{
	cg_setup();
	REQUIRE_OK(mkdir(cg_path("a", ""), 0755));
	REQUIRE_OK(mkdir(cg_path("b", ""), 0755));
	REQUIRE_OK(chmod(tmp_dir(), 0755));
	check_moving();
	check_inheritance();
	check_threads();
	check_events();
	check_rights();
	check_kill();
	cg_remove("a");
	cg_remove("b");
	cg_cleanup();
}
