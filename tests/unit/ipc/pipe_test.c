/* SPDX-License-Identifier: MIT */
/* Pipes on the hosted kernel: content, blocking, ends, sizes, tee and splice, on several CPUs that interleave. */
#include "kernel.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "ipc/eventfd.h"
#include "ipc/pipe.h"
#include "ipc/splice.h"
#include "sched/kthread.h"
#include "sync/completion.h"
#include "vfs/cred.h"
#include "vfs/file.h"
#include "vfs/namei.h"

#include <string.h>

static struct vfs_ctx ctx = { .cred = &cred_root, .fsize_limit = UINT64_MAX };

static ssize_t put(struct file *f, const void *data, size_t n)
{
	struct iov_iter it;
	struct iovec one;

	iov_init_kernel(&it, &one, (void *)data, n);
	return vfs_write(&ctx, f, &it, NULL, 0);
}

static ssize_t take(struct file *f, void *data, size_t n)
{
	struct iov_iter it;
	struct iovec one;

	iov_init_kernel(&it, &one, data, n);
	return vfs_read(f, &it, NULL, 0);
}

KTEST(pipe_basics)
{
	static char big[70000];
	struct file *p[2];
	char buf[10] = "";

	CHECK_EQ(pipe_create(&cred_root, O_NONBLOCK, p), 0);
	CHECK_EQ(take(p[0], buf, 5), -EAGAIN);
	CHECK_EQ(take(p[0], buf, 0), 0);
	CHECK_EQ(put(p[1], "hello", 5), 5);
	CHECK_EQ(put(p[1], ", you", 5), 5);
	CHECK_EQ(take(p[0], buf, 3), 3);
	CHECK_EQ(take(p[0], buf + 3, 7), 7);
	CHECK(!memcmp(buf, "hello, you", 10));
	CHECK_EQ(put(p[1], big, sizeof(big)), 65536);
	CHECK_EQ(put(p[1], big, 1), -EAGAIN);
	CHECK_EQ(p[1]->ops->poll(p[1], NULL), 0);
	CHECK_EQ(take(p[0], big, 4095), 4095);
	CHECK_EQ(put(p[1], big, 1), -EAGAIN);		/* a slot is free only when all of it was read */
	CHECK_EQ(take(p[0], big, 1), 1);
	CHECK_EQ(put(p[1], big, 4097), 4096);
	fput(p[1]);
	CHECK_EQ(take(p[0], big, sizeof(big)), 65536);
	CHECK_EQ(take(p[0], big, 1), 0);
	CHECK_EQ(p[0]->ops->poll(p[0], NULL), EPOLLHUP);
	fput(p[0]);
}

KTEST(pipe_sizes_and_broken)
{
	static char big[8192];
	struct file *p[2];

	CHECK_EQ(pipe_create(&cred_root, O_NONBLOCK, p), 0);
	CHECK_EQ(pipe_get_size(p[0]), 65536);
	CHECK_EQ(pipe_set_size(p[0], 5000, &cred_root), 8192);
	CHECK_EQ(put(p[1], big, sizeof(big)), 8192);
	CHECK_EQ(pipe_set_size(p[0], 1, &cred_root), -EBUSY);
	CHECK_EQ(pipe_set_size(p[0], 1 << 20, &cred_root), 1 << 20);
	CHECK_EQ(put(p[1], "x", 1), 1);
	CHECK_EQ(take(p[0], big, sizeof(big)), 8192);
	fput(p[0]);
	CHECK_EQ(put(p[1], "x", 1), -EPIPE);
	CHECK_EQ(p[1]->ops->poll(p[1], NULL), EPOLLOUT | EPOLLWRNORM | EPOLLERR);
	fput(p[1]);
}

KTEST(pipe_packets)
{
	struct file *p[2];
	char buf[10];

	CHECK_EQ(pipe_create(&cred_root, O_NONBLOCK | O_DIRECT, p), 0);
	CHECK_EQ(put(p[1], "first", 5), 5);
	CHECK_EQ(put(p[1], "second", 6), 6);
	CHECK_EQ(take(p[0], buf, 3), 3);		/* the rest of the packet is dropped */
	CHECK_EQ(take(p[0], buf, 10), 6);
	CHECK(!memcmp(buf, "second", 6));
	CHECK_EQ(take(p[0], buf, 10), -EAGAIN);
	fput(p[0]);
	fput(p[1]);
}

static struct {
	struct file *pipe[2];
	struct completion done;
	unsigned bad;
} shared;

#define RECORD	100
#define RECORDS	300

/* Records are below PIPE_BUF, so those of two writers must not mix. */
static void writer(void *arg)
{
	char record[RECORD];
	unsigned i;

	memset(record, (int)(uintptr_t)arg, sizeof(record));
	for (i = 0; i < RECORDS; i++) {
		if (put(shared.pipe[1], record, sizeof(record)) != RECORD)
			shared.bad++;
	}
	complete(&shared.done);
}

static void records_stay_whole(void)
{
	unsigned i, count[2] = { 0 };
	char record[RECORD];
	size_t got;
	ssize_t n;

	completion_init(&shared.done);
	CHECK_EQ(pipe_create(&cred_root, 0, shared.pipe), 0);
	CHECK_GT(pipe_set_size(shared.pipe[0], 4096, &cred_root), 0);
	CHECK_EQ(kthread_run(writer, (void *)'a', "writer"), 0);
	CHECK_EQ(kthread_run(writer, (void *)'b', "writer"), 0);
	for (i = 0; i < 2 * RECORDS; i++) {
		for (got = 0; got < RECORD; got += (size_t)n) {
			n = take(shared.pipe[0], record + got, RECORD - got);
			CHECK_GT(n, 0);
		}
		CHECK(record[0] == 'a' || record[0] == 'b');
		CHECK(!memcmp(record, record + 1, RECORD - 1));
		count[record[0] - 'a']++;
	}
	CHECK(count[0] == RECORDS && count[1] == RECORDS && !shared.bad);
	wait_for_completion(&shared.done);
	wait_for_completion(&shared.done);
	fput(shared.pipe[1]);
	CHECK_EQ(take(shared.pipe[0], record, 1), 0);
	fput(shared.pipe[0]);
}

KTEST(pipe_records_one_cpu)
{
	records_stay_whole();
}

KTEST_ON(pipe_records_four_cpus, .nr_cpus = 4, .interleave_seed = 3)
{
	records_stay_whole();
}

KTEST(pipe_tee_and_splice)
{
	struct file *a[2], *b[2];
	struct splice_end in, out;
	char buf[16] = "";

	CHECK_EQ(pipe_create(&cred_root, O_NONBLOCK, a), 0);
	CHECK_EQ(pipe_create(&cred_root, O_NONBLOCK, b), 0);
	CHECK_EQ(pipe_tee(a[0], b[1], 10, 0), -EAGAIN);
	CHECK_EQ(put(a[1], "hello", 5), 5);
	CHECK_EQ(pipe_tee(a[0], b[1], 4, 0), 4);
	CHECK_EQ(put(a[1], "!", 1), 1);
	CHECK_EQ(put(b[1], "?", 1), 1);
	CHECK_EQ(take(a[0], buf, 16), 6);
	CHECK(!memcmp(buf, "hello!", 6));
	CHECK_EQ(take(b[0], buf, 16), 5);
	CHECK(!memcmp(buf, "hell?", 5));
	CHECK_EQ(pipe_tee(a[0], a[1], 4, 0), -EINVAL);
	CHECK_EQ(put(a[1], "spliced", 7), 7);
	in = (struct splice_end){ .file = a[0] };
	out = (struct splice_end){ .file = b[1] };
	CHECK_EQ(file_splice(&ctx, &in, &out, 3, 0), 3);
	CHECK_EQ(file_splice(&ctx, &in, &out, 100, 0), 4);
	CHECK_EQ(file_splice(&ctx, &in, &out, 100, 0), -EAGAIN);
	CHECK_EQ(take(b[0], buf, 16), 7);
	CHECK(!memcmp(buf, "spliced", 7));
	fput(a[0]);
	fput(a[1]);
	fput(b[0]);
	fput(b[1]);
}

KTEST(eventfd_counts)
{
	uint64_t n = 0;
	struct file *f;

	CHECK_EQ(eventfd_create(3, O_NONBLOCK, &f), 0);
	CHECK_EQ(take(f, &n, 8), 8);
	CHECK_EQ(n, 3);
	CHECK_EQ(take(f, &n, 8), -EAGAIN);
	n = UINT64_MAX - 1;
	CHECK_EQ(put(f, &n, 8), 8);
	n = 1;
	CHECK_EQ(put(f, &n, 8), -EAGAIN);
	CHECK_EQ(put(f, &n, 7), -EINVAL);
	CHECK_EQ(f->ops->poll(f, NULL), EPOLLIN);
	eventfd_signal(f, 1);
	CHECK_EQ(f->ops->poll(f, NULL), EPOLLIN | EPOLLERR);
	fput(f);
	CHECK_EQ(eventfd_create(2, O_NONBLOCK | 1 /* EFD_SEMAPHORE */, &f), 0);
	CHECK(take(f, &n, 8) == 8 && n == 1);
	CHECK(take(f, &n, 8) == 8 && n == 1);
	CHECK_EQ(take(f, &n, 8), -EAGAIN);
	fput(f);
}
