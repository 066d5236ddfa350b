/* SPDX-License-Identifier: MIT */
/* /proc/locks and the lock lines of fdinfo; /proc/PID/{timers,io}; ustat(2), sysfs(2). */
#include "lib/contract.h"

#include <sys/file.h>
#include <sys/sysmacros.h>

#define IO	"/proc/self/io"

static char text[65536];

static void locks(void)
{
	struct flock range = { .l_type = F_RDLCK, .l_start = 5, .l_len = 3 };
	struct flock open_file = { .l_type = F_WRLCK, .l_start = 100 };
	struct stat st;
	char want[3][128], path[64];
	int fd;

	tmp_dir();
	fd = REQUIRE_OK(open("locked", O_RDWR | O_CREAT, 0644));
	REQUIRE(fstat(fd, &st) == 0);
	REQUIRE(flock(fd, LOCK_EX) == 0 && fcntl(fd, F_SETLK, &range) == 0 && fcntl(fd, F_OFD_SETLK, &open_file) == 0);
	snprintf(want[0], sizeof(want[0]), "FLOCK  ADVISORY  WRITE %d %02x:%02x:%lu 0 EOF\n", (int)getpid(),
		 major(st.st_dev), minor(st.st_dev), (unsigned long)st.st_ino);
	snprintf(want[1], sizeof(want[1]), "POSIX  ADVISORY  READ %d %02x:%02x:%lu 5 7\n", (int)getpid(),
		 major(st.st_dev), minor(st.st_dev), (unsigned long)st.st_ino);
	snprintf(want[2], sizeof(want[2]), "OFDLCK ADVISORY  WRITE -1 %02x:%02x:%lu 100 EOF\n",
		 major(st.st_dev), minor(st.st_dev), (unsigned long)st.st_ino);
	REQUIRE(read_file("/proc/locks", text, sizeof(text)) > 0);
	for (int i = 0; i < 3; i++)
		CHECK(strstr(text, want[i]), "/proc/locks has %s", want[i]);
	CHECK(!strncmp(text, "1: ", 3), "lines are numbered");
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	REQUIRE(read_file(path, text, sizeof(text)) > 0);
	for (int i = 0; i < 3; i++)
		CHECK(strstr(text, want[i]), "fdinfo has it");
	CHECK(strstr(text, "\nlock:\t1: "), "as a lock");
	close(fd);
	REQUIRE(read_file("/proc/locks", text, sizeof(text)) >= 0);
	CHECK(!strstr(text, want[0]) && !strstr(text, want[1]) && !strstr(text, want[2]), "closed: they are gone");
}

static void timers(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2,
				  .sigev_value.sival_ptr = (void *)0x1234 };
	timer_t timer;
	char want[128];

	REQUIRE(read_file("/proc/self/timers", text, sizeof(text)) >= 0);
	CHECK_STR(text, "", "no timers");
	REQUIRE(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	REQUIRE(read_file("/proc/self/timers", text, sizeof(text)) > 0);
	snprintf(want, sizeof(want), "ID: 0\nsignal: 12/0000000000001234\nnotify: signal/pid.%d\nClockID: 1\n",
		 (int)getpid());
	CHECK_STR(text, want, "one");
	timer_delete(timer);
}

static int child_reads(void *arg)
{
	char buf[1000];
	int fd = REQUIRE_OK(open("/dev/zero", O_RDONLY));

	(void)arg;
	return read(fd, buf, sizeof(buf)) != sizeof(buf);
}

static void accounting(void)
{
	int fd = REQUIRE_OK(open("/dev/null", O_RDWR)), status;
	long long written = read_field(IO, "wchar:"), calls = read_field(IO, "syscw:"), bytes;

	REQUIRE(write(fd, text, 5000) == 5000);
	REQUIRE(write(-1, text, 1) == -1);
	CHECK(read_field(IO, "wchar:") >= written + 5000, "wchar counts bytes");
	CHECK(read_field(IO, "syscw:") > calls, "syscw calls");
	bytes = read_field(IO, "rchar:");
	status = run_child(child_reads, NULL);
	CHECK_INT(status, 0, "a child reads");
	CHECK(read_field(IO, "rchar:") >= bytes + 1000, "it is counted when it was waited for");
	CHECK(read_field(IO, "read_bytes:") >= 0 && read_field(IO, "write_bytes:") >= 0 &&
	      read_field(IO, "cancelled_write_bytes:") >= 0, "all fields");
	close(fd);
}

static void super(void)
{
	struct { int tfree; unsigned long tinode; char names[12]; } u;
	struct stat st;
	char name[64];
	long count = syscall(SYS_sysfs, 3, 0, 0), proc;

	if (count < 0 && errno == ENOSYS) {
		skip("a Linux built without sysfs(2)");
	} else {
		proc = CHECK_OK(syscall(SYS_sysfs, 1, "proc", 0), "sysfs: the number of proc");
		CHECK(proc >= 0 && proc < count, "of so many");
		CHECK_INT(syscall(SYS_sysfs, 2, proc, name), 0, "the name of that number");
		CHECK_STR(name, "proc", "is proc");
		CHECK_ERR(syscall(SYS_sysfs, 1, "no such type", 0), EINVAL, "no such type");
		CHECK_ERR(syscall(SYS_sysfs, 2, count, name), EINVAL, "no such number");
		CHECK_ERR(syscall(SYS_sysfs, 4, 0, 0), EINVAL, "no such option");
	}
	REQUIRE(stat("/proc", &st) == 0);
	CHECK_INT(syscall(SYS_ustat, st.st_dev, &u), 0, "ustat");
	CHECK_ERR(syscall(SYS_ustat, 0xfffff, &u), EINVAL, "no such device");
	CHECK_ERR(syscall(SYS_ustat, st.st_dev, bad_pointer()), EFAULT, "a bad pointer");
}

void contract_main(void)
{
	locks();
	timers();
	accounting();
	super();
}
