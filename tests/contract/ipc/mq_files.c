/* SPDX-License-Identifier: MIT */
/* The file system "mqueue": the queues of the namespace are files in it, made and removed there as well. */
#include "lib/contract.h"

#include <dirent.h>
#include <mqueue.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/vfs.h>

static char text[128];

static int names(void)
{
	DIR *d = opendir(".");
	int n = 0;

	REQUIRE(d);
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void status(void)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	char want[128];
	mqd_t q = REQUIRE_OK(mq_open("/one", O_RDWR));

	CHECK_INT(read_file("one", text, sizeof(text)), 60, "what it is like can be read");
	CHECK_STR(text, "QSIZE:0          NOTIFY:0     SIGNO:0     NOTIFY_PID:0     \n", "an empty queue");
	REQUIRE(mq_send(q, "12345", 5, 0) == 0 && mq_send(q, "123", 3, 0) == 0);
	REQUIRE(mq_notify(q, &ev) == 0);
	read_file("one", text, sizeof(text));
	snprintf(want, sizeof(want), "QSIZE:%-10d NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n", 8, SIGEV_SIGNAL, SIGUSR1,
		 getpid());
	CHECK_STR(text, want, "eight bytes, and whom to tell");
	REQUIRE(mq_notify(q, NULL) == 0);
	ev.sigev_notify = SIGEV_NONE;
	REQUIRE(mq_notify(q, &ev) == 0);
	read_file("one", text, sizeof(text));
	snprintf(want, sizeof(want), "QSIZE:%-10d NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n", 8, SIGEV_NONE, 0,
		 getpid());
	CHECK_STR(text, want, "SIGEV_NONE");
	mq_close(q);
}

static void by_path(void)
{
	struct mq_attr attr;
	char buf[8192];
	int fd = CHECK_OK(open("made", O_CREAT | O_EXCL | O_RDWR, 0600), "open(2) makes a queue");

	CHECK_INT(mq_getattr(fd, &attr), 0, "a descriptor of it");
	CHECK(attr.mq_maxmsg == 10 && attr.mq_msgsize == 8192, "the defaults");
	CHECK_INT(mq_send(fd, "path", 4, 0), 0, "can send");
	CHECK_INT(mq_receive(fd, buf, sizeof(buf), NULL), 4, "and receive");
	close(fd);
	CHECK_INT(unlink("made"), 0, "unlink(2) removes it");
	CHECK_ERR(mq_open("/made", O_RDWR), ENOENT, "for mq_open, too");
	CHECK_ERR(mkdir("dir", 0700), EPERM, "no folders");
	CHECK_ERR(symlink("x", "y"), EPERM, "no links");
	CHECK_ERR(link("one", "y"), EPERM, "no second names");
	CHECK_ERR(rename("one", "y"), EPERM, "no other names");
	CHECK_ERR(mknod("fifo", S_IFIFO | 0600, 0), EPERM, "no pipes");
}

void contract_main(void)
{
	struct statfs fs;
	struct stat st;
	mqd_t q;

	need_root();
	if (unshare(CLONE_NEWIPC | CLONE_NEWNS))
		skip_all("no namespaces");
	REQUIRE(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	REQUIRE(mkdir(strcat(strcpy(text, tmp_dir()), "/mnt"), 0700) == 0);
	q = REQUIRE_OK(mq_open("/one", O_CREAT | O_RDWR, 0604, NULL));
	mq_close(q);
	CHECK_INT(mount("none", "mnt", "mqueue", 0, NULL), 0, "mount");
	REQUIRE(chdir("mnt") == 0 && stat(".", &st) == 0 && statfs(".", &fs) == 0);
	CHECK_INT(st.st_mode, S_IFDIR | 01777, "a sticky folder");
	CHECK_INT(fs.f_type, 0x19800202, "its file system");
	CHECK_INT(names(), 1, "one queue");
	REQUIRE(stat("one", &st) == 0);
	CHECK_INT(st.st_mode, S_IFREG | 0604, "with the mode it was given");
	status();
	by_path();
	REQUIRE(mq_unlink("/one") == 0);
	CHECK_INT(names(), 0, "no queue left");
	q = REQUIRE_OK(open("two", O_CREAT | O_RDWR, 0600));
	REQUIRE(mq_send(q, "kept", 4, 0) == 0);
	close(q);
	REQUIRE(chdir("..") == 0);
	CHECK_INT(umount("mnt"), 0, "umount");
	q = CHECK_OK(mq_open("/two", O_RDONLY), "queues stay");
	CHECK_INT(mq_receive(q, (char[8192]){ 0 }, 8192, NULL), 4, "with what is in them");
	CHECK_INT(mount("none", "mnt", "mqueue", 0, NULL), 0, "mount again");
	CHECK_INT(stat("mnt/two", &st), 0, "it is the same");
	umount("mnt");
}
