/* SPDX-License-Identifier: MIT */
/*
 * A program linked with the library OS, built from the installed files alone: it is the first process, uses each
 * part of the API and checks what comes back. With the argument "programs" it also runs busybox from its root.
 */
#include <libos/libos.h>

#define ENOENT	2
#define ECHILD	10
#define EACCES	13
#define EEXIST	17
#define EINVAL	22
#define ESPIPE	29
#define ETIMEDOUT 110

#define MSEC	1000000UL
#define WORKERS	8
#define ROUNDS	1000

static struct {
	int checks, failed;
} result;

static void check(bool good, const char *what, long value)
{
	result.checks++;
	if (!good) {
		result.failed++;
		libos_printf("not right: %s (%ld)\n", what, value);
	}
}

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* --- files --- */

static void check_file(void)
{
	struct libos_stat st;
	char buf[16] = "";
	int fd = libos_open("/tmp/file", LIBOS_O_RDWR | LIBOS_O_CREAT | LIBOS_O_EXCL, 0640);

	check(fd >= 3, "open", fd);
	check(libos_write(fd, "hello, world", 12) == 12, "write", 0);
	check(libos_pread(fd, buf, 5, 7) == 5 && same(buf, "world"), "pread", 0);
	check(libos_pwrite(fd, "W", 1, 7) == 1, "pwrite", 0);
	check(libos_lseek(fd, 7, LIBOS_SEEK_SET) == 7, "lseek", 0);
	check(libos_read(fd, buf, sizeof(buf)) == 5 && same(buf, "World"), "read", 0);
	check(libos_read(fd, buf, sizeof(buf)) == 0, "read at the end", 0);
	check(libos_ftruncate(fd, 5) == 0 && libos_fstat(fd, &st) == 0 && st.size == 5, "ftruncate, fstat",
	      (long)st.size);
	check(st.mode == 0100640 && st.nlink == 1, "mode", (long)st.mode);
	check(libos_fsync(fd) == 0, "fsync", 0);
	check(libos_close(fd) == 0 && libos_close(fd) == -9, "close", 0);
	check(libos_open("/tmp/file", LIBOS_O_WRONLY | LIBOS_O_CREAT | LIBOS_O_EXCL, 0) == -EEXIST, "O_EXCL", 0);
	check(libos_open("/nothing", LIBOS_O_RDONLY, 0) == -ENOENT, "ENOENT", 0);
	check(libos_open("/tmp", 1 << 30, 0) == -EINVAL, "unknown flag", 0);
}

static bool count_entry(void *arg, const char *name, uint64_t ino, unsigned type)
{
	int *seen = arg;

	(void)type;
	*seen += same(name, "second") && ino != 0;
	return true;
}

static void check_names(void)
{
	struct libos_stat a, b;
	int fd, seen = 0;

	check(libos_mkdir("/tmp/dir", 0755) == 0 && libos_mkdir("/tmp/dir", 0755) == -EEXIST, "mkdir", 0);
	check(libos_link("/tmp/file", "/tmp/dir/first") == 0, "link", 0);
	check(libos_rename("/tmp/dir/first", "/tmp/dir/second") == 0, "rename", 0);
	check(libos_symlink("dir/second", "/tmp/short") == 0, "symlink", 0);
	check(libos_stat("/tmp/short", &a) == 0 && libos_stat("/tmp/file", &b) == 0 && a.ino == b.ino, "stat", 0);
	fd = libos_open("/tmp/dir", LIBOS_O_RDONLY | LIBOS_O_DIRECTORY, 0);
	check(libos_readdir(fd, count_entry, &seen) == 0 && seen == 1, "readdir", seen);
	check(libos_close(fd) == 0, "close folder", 0);
	check(libos_chdir("/tmp/dir") == 0 && libos_unlink("second") == 0, "chdir, unlink", 0);
	check(libos_chdir("/") == 0 && libos_rmdir("/tmp/dir") == 0, "rmdir", 0);
	check(libos_stat("/tmp/short", &a) == -ENOENT, "dangling link", 0);
}

static void check_pipe(void)
{
	char c = 0;
	int fds[2];

	check(libos_pipe(fds, LIBOS_O_CLOEXEC) == 0, "pipe", 0);
	check(libos_lseek(fds[0], 0, LIBOS_SEEK_CUR) == -ESPIPE, "pipe does not seek", 0);
	check(libos_write(fds[1], "x", 1) == 1 && libos_read(fds[0], &c, 1) == 1 && c == 'x', "through a pipe", c);
	check(libos_close(fds[1]) == 0 && libos_read(fds[0], &c, 1) == 0, "end of a pipe", 0);
	check(libos_close(fds[0]) == 0, "close pipe", 0);
}

/* --- memory and time --- */

static void check_memory(void)
{
	struct libos_mem_info before, during;
	unsigned char *p;
	bool zero = true;

	libos_mem_info(&before);
	p = libos_zalloc(3 << 20);
	check(p != NULL, "zalloc", 0);
	libos_mem_info(&during);
	check(during.total == before.total && during.free + (2 << 20) < before.free, "memory is used", 0);
	for (int i = 0; i < 3 << 20; i += 4096)
		zero = zero && !p[i];
	check(zero, "zeros", 0);
	libos_free(p);
	libos_free(NULL);
	check(libos_alloc(1UL << 45) == NULL, "too much", 0);
}

static void check_time(void)
{
	uint64_t start = libos_clock_ns();

	libos_sleep_ns(20 * MSEC);
	start = libos_clock_ns() - start;
	check(start >= 20 * MSEC && start < 5000 * MSEC, "sleep", (long)start);
	check(libos_realtime_ns() > 1600000000UL * 1000 * MSEC, "realtime", 0);
}

/* --- threads --- */

static struct {
	struct libos_mutex *lock;
	struct libos_cond *changed;
	int count, started;
	bool go;
} shared;

static void worker(void *arg)
{
	int *id = arg;

	*id = libos_thread_id();
	libos_mutex_lock(shared.lock);
	shared.started++;
	libos_cond_broadcast(shared.changed);
	while (!shared.go)
		check(libos_cond_wait(shared.changed, shared.lock, LIBOS_FOREVER) == 0, "cond_wait", 0);
	libos_mutex_unlock(shared.lock);
	for (int i = 0; i < ROUNDS; i++) {
		libos_mutex_lock(shared.lock);
		shared.count++;
		libos_mutex_unlock(shared.lock);
		if (i % 100 == 0)
			libos_yield();
	}
}

static void check_threads(void)
{
	struct libos_thread *thread[WORKERS];
	int id[WORKERS];

	shared.lock = libos_mutex_create();
	shared.changed = libos_cond_create();
	check(libos_thread_id() == 1, "thread id", libos_thread_id());
	for (int i = 0; i < WORKERS; i++) {
		thread[i] = libos_thread_create(worker, &id[i], "worker");
		check(thread[i] != NULL, "thread_create", i);
	}
	libos_mutex_lock(shared.lock);
	while (shared.started < WORKERS)
		check(libos_cond_wait(shared.changed, shared.lock, 5000 * MSEC) == 0, "started", shared.started);
	check(libos_cond_wait(shared.changed, shared.lock, 10 * MSEC) == -ETIMEDOUT, "cond timeout", 0);
	shared.go = true;
	libos_cond_broadcast(shared.changed);
	libos_mutex_unlock(shared.lock);
	for (int i = 0; i < WORKERS; i++)
		libos_thread_join(thread[i]);
	check(shared.count == WORKERS * ROUNDS, "the mutex excludes", shared.count);
	check(id[0] > 1 && id[0] != id[1], "ids of threads", id[0]);
	libos_cond_destroy(shared.changed);
	libos_mutex_destroy(shared.lock);
}

/* --- programs --- */

static int run(const char *const *argv, int *status)
{
	int pid = libos_spawn("/bin/busybox", argv, NULL);

	return pid < 0 ? pid : libos_wait(pid, status, 0) == pid ? 0 : -1;
}

static void check_programs(void)
{
	static const char *const seven[] = { "sh", "-c", "exit 7", NULL };
	static const char *const echo[] = { "sh", "-c", "echo child $PPID says $((6 * 7)); exec 3<&0", NULL };
	static const char *const sleep[] = { "sleep", "100", NULL };
	int status = 0, pid, fds[2], out;
	char buf[64] = "";

	check(libos_spawn("/nothing", seven, NULL) == -ENOENT, "spawn ENOENT", 0);
	check(libos_spawn("/etc", seven, NULL) == -EACCES, "spawn EACCES", 0);
	check(run(seven, &status) == 0 && status == 7 << 8, "exit status", status);
	check(libos_pipe(fds, 0) == 0, "pipe", 0);
	out = libos_dup2(1, 20);
	check(libos_dup2(fds[1], 1) == 1 && libos_close(fds[1]) == 0, "dup2", 0);
	check(run(echo, &status) == 0 && status == 0, "echo", status);
	check(libos_dup2(out, 1) == 1 && libos_close(out) == 0, "dup2 back", 0);
	check(libos_read(fds[0], buf, sizeof(buf) - 1) > 0 && same(buf, "child 1 says 42\n"), "its output", 0);
	check(libos_close(fds[0]) == 0, "close", 0);
	pid = libos_spawn("/bin/busybox", sleep, NULL);
	check(libos_wait(-1, NULL, LIBOS_WNOHANG) == 0, "nobody has ended", 0);
	check(libos_kill(pid, 15) == 0 && libos_wait(-1, &status, 0) == pid && status == 15, "kill", status);
}

int libos_main(int argc, char **argv)
{
	check(libos_api_version() >> 16 == LIBOS_API_MAJOR, "version", (long)libos_api_version());
	check(same(argv[0], "libos_main") && !argv[argc], "argv", argc);
	libos_printf("hello from libos_main on %u CPUs, %d words\n", libos_cpu_count(), argc - 1);
	check(libos_mkdir("/tmp", 01777) == 0 || libos_mount("t", "/tmp", "tmpfs", 0, NULL) == 0, "/tmp", 0);
	check_file();
	check_names();
	check_pipe();
	check_memory();
	check_time();
	check_threads();
	if (argc > 1 && same(argv[1], "programs"))
		check_programs();
	check(libos_wait(-1, NULL, 0) == -ECHILD, "no child is left", 0);
	libos_printf("%d of %d checks good\n", result.checks - result.failed, result.checks);
	libos_log("app: done");
	return result.failed ? 1 : 42;
}
