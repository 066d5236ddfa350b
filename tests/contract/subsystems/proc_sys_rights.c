/* SPDX-License-Identifier: MIT */
/*
 * /proc/sys asks who reads or writes, not only who opened: a descriptor that root left behind is no use to others, and
 * capabilities do not count. ns_last_pid takes no more than pid_max.
 */
#include "lib/contract.h"

#include <linux/capability.h>
#include <sys/prctl.h>

#define NAME "/proc/sys/vm/max_map_count"

static void keep_all_capabilities(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	REQUIRE(syscall(SYS_capget, &head, data) == 0);
	data[0].effective = data[0].permitted;
	data[1].effective = data[1].permitted;
	REQUIRE(syscall(SYS_capset, &head, data) == 0);
}

static int other_user(void *arg)
{
	char value[64];
	ssize_t n;
	int fd = REQUIRE_OK(open(NAME, O_RDWR)), only_write = REQUIRE_OK(open("/proc/sys/vm/drop_caches", O_WRONLY));

	(void)arg;
	n = REQUIRE_OK(read(fd, value, sizeof(value)));
	REQUIRE(prctl(PR_SET_KEEPCAPS, 1) == 0 && setgid(54321) == 0 && setuid(54321) == 0);
	keep_all_capabilities();
	CHECK_INT(lseek(fd, 0, SEEK_SET), 0, "back to the start");
	CHECK_ERR(write(fd, value, (size_t)n), EPERM, "write to what root opened");
	CHECK_INT(read(fd, value, sizeof(value)), n, "all may read");
	CHECK_ERR(write(only_write, "1", 1), EPERM, "another file");
	CHECK_ERR(open(NAME, O_RDWR), EACCES, "CAP_DAC_OVERRIDE opens nothing here");
	return 0;
}

void contract_main(void)
{
	char text[32];
	long most;
	int fd;

	need_root();
	CHECK_EXIT(other_user, NULL, 0, "another user with all capabilities");
	REQUIRE(read_file("/proc/sys/kernel/pid_max", text, sizeof(text)) > 0);
	most = atol(text);
	fd = REQUIRE_OK(open("/proc/sys/kernel/ns_last_pid", O_RDWR));
	snprintf(text, sizeof(text), "%ld", most + 1);
	CHECK_ERR(write(fd, text, strlen(text)), EINVAL, "ns_last_pid above pid_max");
	CHECK_ERR(write(fd, "-1", 2), EINVAL, "below 0");
	close(fd);
}
