/* SPDX-License-Identifier: MIT */
/* process_vm_readv(2), process_vm_writev(2): another process's memory, whole, in part, and not at all. */
#include "lib/contract.h"

#include <sys/prctl.h>
#include <sys/uio.h>

#define SIZE	(3 * PAGE)

static char *area;
static int ready[2], go[2];

/* The other process: fills its copy of the area, waits, and says whether it was written to. */
static pid_t other(void)
{
	pid_t pid;
	char c;

	REQUIRE_OK(pipe(ready));
	REQUIRE_OK(pipe(go));
	pid = fork_child();
	if (pid == 0) {
		for (size_t i = 0; i < SIZE; i++)
			area[i] = (char)(i * 7);
		(void)!write(ready[1], "r", 1);
		(void)!read(go[0], &c, 1);
		_exit(memcmp(area + 100, "written by the other", 20) == 0 && area[SIZE - 1] == 'z' ? 0 : 1);
	}
	REQUIRE(read(ready[0], &c, 1) == 1);
	return pid;
}

static void check_self(void)
{
	char from[64] = "the same process", to[64] = "";
	struct iovec l = { to, 17 }, r = { from, 17 };

	CHECK_INT(process_vm_readv(getpid(), &l, 1, &r, 1, 0), 17, "one's own memory is read");
	CHECK_STR(to, "the same process", "rightly");
	CHECK_ERR(process_vm_readv(getpid(), &l, 1, &r, 1, 1), EINVAL, "flags must be 0");
	CHECK_INT(process_vm_readv(getpid(), &l, 0, &r, 1, 0), 0, "no local segment: 0");
	CHECK_INT(process_vm_readv(getpid(), &l, 1, &r, 0, 0), 0, "no remote segment: 0");
	CHECK_ERR(process_vm_readv(getpid(), &l, 1, &r, IOV_MAX + 1, 0), EINVAL, "too many segments are EINVAL");
	CHECK_ERR(process_vm_readv(999999, &l, 1, &r, 1, 0), ESRCH, "no such process is ESRCH");
	r.iov_base = bad_pointer();
	CHECK_ERR(process_vm_readv(getpid(), &l, 1, &r, 1, 0), EFAULT, "a bad remote address is EFAULT");
	CHECK_ERR(process_vm_writev(getpid(), &l, 1, &r, 1, 0), EFAULT, "for writing too");
	r.iov_base = from;
	l.iov_base = bad_pointer();
	CHECK_ERR(process_vm_readv(getpid(), &l, 1, &r, 1, 0), EFAULT, "a bad local address is EFAULT");
}

static int as_nobody(void *arg)
{
	char c;
	struct iovec l = { &c, 1 }, r = { area, 1 };

	if (setgid(65534) || setuid(65534))
		return 2;
	return process_vm_readv(*(pid_t *)arg, &l, 1, &r, 1, 0) == -1 && errno == EPERM ? 0 : 1;
}

static void check_rights(pid_t pid)
{
	if (geteuid() != 0)
		skip("only root can become another user");
	else
		CHECK_EXIT(as_nobody, &pid, 0, "another user's process is EPERM");
}

void contract_main(void)
{
	char got[SIZE + PAGE];
	struct iovec l[3], r[2];
	pid_t pid;
	bool same = true;

	area = mmap(NULL, 2 * SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(area != MAP_FAILED);
	REQUIRE_OK(munmap(area + SIZE, SIZE));
	check_self();
	pid = other();

	l[0] = (struct iovec){ got, 10 };
	l[1] = (struct iovec){ got + 10, 5000 };
	l[2] = (struct iovec){ got + 5010, SIZE };
	r[0] = (struct iovec){ area, 4099 };
	r[1] = (struct iovec){ area + 4099, SIZE - 4099 };
	CHECK_INT(process_vm_readv(pid, l, 3, r, 2, 0), SIZE, "all of it, segments cut differently");
	for (size_t i = 0; i < SIZE; i++)
		same = same && got[i] == (char)(i * 7);
	CHECK(same, "is the other's content");
	CHECK(area[1] == 0, "and not ours");

	l[0] = (struct iovec){ got, SIZE + PAGE };
	r[0] = (struct iovec){ area + PAGE, SIZE };
	CHECK_INT(process_vm_readv(pid, l, 1, r, 1, 0), SIZE - PAGE, "what is unmapped cuts the count");
	r[0] = (struct iovec){ area, 50 };
	CHECK_INT(process_vm_readv(pid, l, 1, r, 1, 0), 50, "the shorter side decides");

	l[0] = (struct iovec){ "written by the other", 20 };
	l[1] = (struct iovec){ "z", 1 };
	r[0] = (struct iovec){ area + 100, 20 };
	r[1] = (struct iovec){ area + SIZE - 1, 1 };
	CHECK_INT(process_vm_writev(pid, l, 2, r, 2, 0), 21, "written");
	check_rights(pid);
	REQUIRE(write(go[1], "g", 1) == 1);
	CHECK_INT(wait_status(pid), 0, "the other sees what was written");
	CHECK(area[100] == 0, "here nothing changed");
}
