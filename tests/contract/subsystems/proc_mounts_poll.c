/* SPDX-License-Identifier: MIT */
/* poll of /proc/self/mounts and mountinfo: POLLERR and POLLPRI once for each change, to each open file (proc(5)). */
#include "lib/contract.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/mount.h>

static int changed(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLPRI };

	return poll(&p, 1, ms) == 1 ? p.revents : 0;
}

static volatile pid_t waiter;

static void *wait_for_change(void *arg)
{
	waiter = (pid_t)syscall(SYS_gettid);
	return (void *)(intptr_t)changed((int)(intptr_t)arg, 5000 * contract_slow());
}

void contract_main(void)
{
	struct epoll_event event = { .events = EPOLLPRI };
	int mounts, info, ep;
	pthread_t thread;
	void *result;

	need_root();
	tmp_dir();
	if (unshare(CLONE_NEWNS))
		skip_all("no mount namespace: %s", strerror(errno));
	REQUIRE(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	REQUIRE(mkdir("place", 0755) == 0);
	mounts = REQUIRE_OK(open("/proc/self/mounts", O_RDONLY));
	info = REQUIRE_OK(open("/proc/self/mountinfo", O_RDONLY));
	ep = REQUIRE_OK(epoll_create1(0));
	CHECK_INT(changed(mounts, 0), 0, "nothing has changed since the open");
	CHECK_INT(epoll_ctl(ep, EPOLL_CTL_ADD, info, &event), 0, "epoll takes the file");
	CHECK_INT(epoll_wait(ep, &event, 1, 0), 0, "and finds nothing");
	REQUIRE(mount("none", "place", "tmpfs", 0, NULL) == 0);
	CHECK_INT(changed(mounts, 0), POLLERR | POLLPRI, "a mount is a change");
	CHECK_INT(changed(mounts, 0), 0, "told once");
	CHECK_INT(epoll_wait(ep, &event, 1, 0), 1, "and to the other file");
	CHECK_INT(event.events, EPOLLERR | EPOLLPRI, "as well");
	REQUIRE(mount("none", "place", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0);
	CHECK_INT(changed(mounts, 0), POLLERR | POLLPRI, "other flags are a change");
	REQUIRE(pthread_create(&thread, NULL, wait_for_change, (void *)(intptr_t)mounts) == 0);
	REQUIRE(EVENTUALLY(waiter && thread_state(getpid(), waiter) == 'S', 5000));
	REQUIRE(umount("place") == 0);
	REQUIRE(pthread_join(thread, &result) == 0);
	CHECK_INT((intptr_t)result, POLLERR | POLLPRI, "who waits is woken by an unmount");
}
