/* SPDX-License-Identifier: MIT */
/*
 * io_submit, io_getevents: reads, writes, vectors, fsync; results and errors in events, errors of the request in the
 * call; eventfd; two takers; the ring that libaio reads. Source: io_submit(2), io_getevents(2), io_setup(2).
 */
#include "lib/contract.h"

#include <linux/aio_abi.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/uio.h>

static aio_context_t ctx;
static int file;

static long submit(long nr, struct iocb **list)
{
	return syscall(SYS_io_submit, ctx, nr, list);
}

static long getevents(long min, long nr, struct io_event *events, struct timespec *timeout)
{
	return syscall(SYS_io_getevents, ctx, min, nr, events, timeout);
}

static struct iocb request(int op, int fd, void *buf, size_t n, long long offset)
{
	return (struct iocb){ .aio_lio_opcode = (uint16_t)op, .aio_fildes = (uint32_t)fd, .aio_data = 0x1234,
			      .aio_buf = (uintptr_t)buf, .aio_nbytes = n, .aio_offset = offset };
}

/* Submits one; its event, which must come. */
static struct io_event one(struct iocb *cb, const char *what)
{
	struct io_event event = { 0 };
	struct iocb *list[1] = { cb };

	CHECK_INT(submit(1, list), 1, "%s is taken", what);
	CHECK_INT(getevents(1, 1, &event, NULL), 1, "%s: an event", what);
	CHECK(event.obj == (uintptr_t)cb && event.data == cb->aio_data && event.res2 == 0, "%s: that is its own", what);
	return event;
}

static void transfers(void)
{
	char text[16] = "", a[3], b[3];
	struct iovec vec[2] = { { a, 3 }, { b, 3 } };
	struct iocb cb;

	cb = request(IOCB_CMD_PWRITE, file, "abcdef", 6, 10);
	CHECK_INT(one(&cb, "a write").res, 6, "of 6 bytes");
	cb = request(IOCB_CMD_PREAD, file, text, sizeof(text), 10);
	CHECK_INT(one(&cb, "a read").res, 6, "of what is there");
	CHECK_STR(text, "abcdef", "the same");
	CHECK_INT(lseek(file, 0, SEEK_CUR), 0, "the position stays");
	cb = request(IOCB_CMD_PREADV, file, vec, 2, 10);
	CHECK_INT(one(&cb, "a vector").res, 6, "of two");
	CHECK(memcmp(a, "abc", 3) == 0 && memcmp(b, "def", 3) == 0, "parts");
	cb = request(IOCB_CMD_FSYNC, file, NULL, 0, 0);
	CHECK_INT(one(&cb, "fsync").res, 0, "succeeds");
	cb = request(IOCB_CMD_PREAD, file, (void *)8, 4, 10);
	CHECK_INT(one(&cb, "a read to nowhere").res, -EFAULT, "fails in its event");
}

static void refused(void)
{
	struct iocb good = request(IOCB_CMD_PREAD, file, NULL, 0, 0), cb;
	struct iocb *list[2] = { &good, (struct iocb *)8 };
	int wronly = REQUIRE_OK(open("file", O_WRONLY));
	struct io_event event;

	CHECK_INT(submit(2, list), 1, "a bad one after a good one: the good one");
	CHECK_INT(getevents(1, 1, &event, NULL), 1, "which completes");
	list[0] = &cb;
	cb = request(IOCB_CMD_PREAD, 999, NULL, 0, 0);
	CHECK_ERR(submit(1, list), EBADF, "no such descriptor");
	cb = request(IOCB_CMD_PREAD, wronly, NULL, 0, 0);
	CHECK_ERR(submit(1, list), EBADF, "not open for reading");
	cb = request(IOCB_CMD_PREAD, file, NULL, 0, -5);
	CHECK_ERR(submit(1, list), EINVAL, "before the start");
	cb = request(77, file, NULL, 0, 0);
	CHECK_ERR(submit(1, list), EINVAL, "no such operation");
	cb = request(IOCB_CMD_FSYNC, file, "x", 0, 0);
	CHECK_ERR(submit(1, list), EINVAL, "fsync with a buffer");
	cb = good;
	cb.aio_flags = IOCB_FLAG_RESFD;
	cb.aio_resfd = (uint32_t)file;
	CHECK_ERR(submit(1, list), EINVAL, "an eventfd that is none");
	cb = good;
	cb.aio_rw_flags = 0x8000;
	CHECK_ERR(submit(1, list), EOPNOTSUPP, "an unknown flag");
	cb = good;
	cb.aio_flags = IOCB_FLAG_IOPRIO;
	cb.aio_reqprio = 7 << 13;
	CHECK_ERR(submit(1, list), EINVAL, "an unknown class of priority");
	CHECK_ERR(submit(-1, list), EINVAL, "fewer than none");
	CHECK_INT(submit(0, list), 0, "none");
	CHECK_INT(getevents(0, 1, &event, NULL), 0, "nothing of it left an event");
	CHECK_ERR(getevents(2, 1, &event, NULL), EINVAL, "at least more than at most");
	CHECK_ERR(syscall(SYS_io_cancel, ctx, &good, &event), EINVAL, "what is done cannot be cancelled");
	close(wronly);
}

static void told(void)
{
	struct iocb cb = request(IOCB_CMD_PREAD, file, NULL, 0, 0), *list[1] = { &cb };
	struct io_event events[4];
	int fd = REQUIRE_OK(eventfd(0, EFD_NONBLOCK));
	eventfd_t n = 0;

	cb.aio_flags = IOCB_FLAG_RESFD;
	cb.aio_resfd = (uint32_t)fd;
	for (int i = 0; i < 3; i++)
		REQUIRE(submit(1, list) == 1);
	CHECK(eventfd_read(fd, &n) == 0 && n == 3, "an eventfd counts completions");
	CHECK_INT(getevents(1, 4, events, NULL), 3, "all at once");
	close(fd);
}

static void *late(void *unused)
{
	struct iocb cb = request(IOCB_CMD_PREAD, file, NULL, 0, 0), *list[1] = { &cb };

	sleep_ms(50);
	submit(1, list);
	return NULL;
}

static void waits(void)
{
	struct timespec short_time = { 0, 30000000 };
	struct io_event event;
	int64_t start = now_ns();
	pthread_t thread;

	CHECK_INT(getevents(1, 1, &event, &short_time), 0, "time is up");
	CHECK(now_ns() - start >= 30000000, "not before");
	REQUIRE(pthread_create(&thread, NULL, late, NULL) == 0);
	CHECK_INT(getevents(1, 1, &event, NULL), 1, "another thread's request ends the wait");
	pthread_join(thread, NULL);
	REQUIRE(pthread_create(&thread, NULL, late, NULL) == 0);
	CHECK_INT(getevents(1, 1, &event, &(struct timespec){ .tv_sec = -1 }), 1, "below 0 is for ever");
	pthread_join(thread, NULL);
	CHECK_INT(getevents(1, 1, &event, &(struct timespec){ .tv_nsec = 1000000001 }), 0, "this is a second");
}

/* The ring at ctx, as libaio knows it: id, nr, head, tail, magic. */
static void ring(void)
{
	volatile uint32_t *words = (uint32_t *)ctx;
	struct iocb cb = request(IOCB_CMD_PREAD, file, NULL, 0, 0), *list[1] = { &cb };
	struct io_event event;

	CHECK(words[4] == 0xa10a10a1 && words[1] >= 8, "a ring of at least 8");
	CHECK(words[2] == words[3], "that is empty");
	REQUIRE(submit(1, list) == 1);
	CHECK_INT((words[3] + words[1] - words[2]) % words[1], 1, "holds the completion");
	words[2] = words[3];
	CHECK_INT(getevents(0, 1, &event, NULL), 0, "which the program may take itself");
}

static void contexts(void)
{
	aio_context_t other = 1;
	struct io_event event;

	CHECK_ERR(syscall(SYS_io_setup, 8, &other), EINVAL, "io_setup where an id is");
	other = 0;
	CHECK_ERR(syscall(SYS_io_setup, 0, &other), EINVAL, "io_setup of nothing");
	CHECK_ERR(syscall(SYS_io_setup, 8, (void *)8), EFAULT, "io_setup to nowhere");
	CHECK_INT(syscall(SYS_io_destroy, ctx), 0, "io_destroy");
	CHECK_ERR(syscall(SYS_io_destroy, ctx), EINVAL, "twice");
	CHECK_ERR(getevents(0, 1, &event, NULL), EINVAL, "it is gone");
}

void contract_main(void)
{
	pid_t pid;

	tmp_dir();
	file = REQUIRE_OK(open("file", O_CREAT | O_RDWR, 0600));
	CHECK_INT(syscall(SYS_io_setup, 8, &ctx), 0, "io_setup");
	transfers();
	refused();
	told();
	waits();
	ring();
	pid = fork_child();
	if (pid == 0) {
		struct io_event event;

		CHECK_ERR(getevents(0, 1, &event, NULL), EINVAL, "a child has no context");
		_exit(0);
	}
	CHECK_INT(wait_status(pid), 0, "the child ends well");
	contexts();
}
