/* SPDX-License-Identifier: MIT */
/*
 * bench [--quick|--quarter] [--list] [NAME...]: runs micro-benchmarks in this system and prints, for each,
 *
 *	BENCH name iterations total_ns ns_per_iteration
 *	BENCH_EXTRA name n MB/s
 *	BENCH_DISK name reads read_KiB writes written_KiB flushes
 *
 * The names and what one iteration is are in bench/README.md. A static program: the same file runs on Linux
 * and on Coracle. Exit status 0 only when every benchmark ran and every call in it succeeded.
 */
#include "lib/bench.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>

static struct {
	struct bench *first, **last;
	const char *running;
} all = { .last = &all.first };

void bench_register(struct bench *b)
{
	*all.last = b;
	all.last = &b->next;
}

uint64_t bench_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void bench_failed(const char *what, const char *file, int line)
{
	printf("BENCH_FAILED %s: %s: %s (%s:%d)\n", all.running, what, strerror(errno), file, line);
	fflush(stdout);
	_exit(1);
}

const char *bench_file(const char *name, long size)
{
	static char path[64];
	int fd;

	snprintf(path, sizeof(path), "/tmp/bench-%s", name);
	if (size < 0)
		return path;
	fd = MUST(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
	MUST(ftruncate(fd, size));
	close(fd);
	return path;
}

void bench_spawn(const char *const argv[])
{
	int status;
	pid_t pid = MUST(fork());

	if (pid == 0) {
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	MUST(waitpid(pid, &status, 0));
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		errno = ECHILD;
		bench_failed(argv[0], "child status", status);
	}
}

/* From /proc/diskstats; the flushes are the sixteenth number behind the name. */
static struct bench_disk disk_counts(void)
{
	FILE *file = fopen("/proc/diskstats", "r");
	struct bench_disk d = { 0 };
	unsigned long long n[16];
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		char *at = strstr(line, " vda ");
		int got = 0;

		for (at = at ? at + 5 : NULL; at && got < 16; got++)
			n[got] = strtoull(at, &at, 10);
		if (got == 16)
			d = (struct bench_disk){ n[0], n[2] / 2, n[4], n[6] / 2, n[15] };
	}
	if (!file || !d.reads)
		bench_failed("/proc/diskstats of vda", __FILE__, __LINE__);
	fclose(file);
	return d;
}

static void add_disk(struct bench_disk *sum, struct bench_disk d, int sign)
{
	sum->reads += d.reads * (uint64_t)sign;
	sum->read_kib += d.read_kib * (uint64_t)sign;
	sum->writes += d.writes * (uint64_t)sign;
	sum->written_kib += d.written_kib * (uint64_t)sign;
	sum->flushes += d.flushes * (uint64_t)sign;
}

void bench_start_disk(struct bench *b)
{
	b->on_disk = true;
	add_disk(&b->disk, disk_counts(), -1);
	bench_start(b);
}

void bench_stop_disk(struct bench *b)
{
	bench_stop(b);
	add_disk(&b->disk, disk_counts(), 1);
}

enum extent { FULL, QUARTER, QUICK };

static void run(struct bench *b, enum extent extent)
{
	all.running = b->name;
	b->iterations = extent == QUICK ? b->quick : extent == QUARTER ? b->full / 4 : b->full;
	b->run(b);
	printf("BENCH %s %ld %llu %llu\n", b->name, b->iterations, (unsigned long long)b->total_ns,
	       (unsigned long long)(b->total_ns / (uint64_t)b->iterations));
	if (b->bytes && b->total_ns)
		printf("BENCH_EXTRA %s %llu MB/s\n", b->name, (unsigned long long)(b->bytes * 1000 / b->total_ns));
	if (b->on_disk)
		printf("BENCH_DISK %s %llu %llu %llu %llu %llu\n", b->name, (unsigned long long)b->disk.reads,
		       (unsigned long long)b->disk.read_kib, (unsigned long long)b->disk.writes,
		       (unsigned long long)b->disk.written_kib, (unsigned long long)b->disk.flushes);
	fflush(stdout);
}

static int wanted(const struct bench *b, int count, char **names)
{
	for (int i = 0; i < count; i++) {
		if (!strcmp(names[i], b->name))
			return 1;
	}
	return !count && strcmp(b->name, "fork_1g");	/* needs a large guest: only by name */
}

static int known(const char *name)
{
	const struct bench *b = all.first;

	while (b && strcmp(b->name, name))
		b = b->next;
	return b != NULL;
}

int main(int argc, char **argv)
{
	int list = 0, first = 1;
	enum extent extent = FULL;

	for (; first < argc && argv[first][0] == '-'; first++) {
		if (!strcmp(argv[first], "--quick")) {
			extent = QUICK;
		} else if (!strcmp(argv[first], "--quarter")) {
			extent = QUARTER;
		} else if (!strcmp(argv[first], "--list")) {
			list = 1;
		} else {
			fprintf(stderr, "Usage: bench [--quick|--quarter] [--list] [NAME...]\n");
			return strcmp(argv[first], "--help") ? 2 : 0;
		}
	}
	for (int i = first; i < argc; i++) {
		if (!known(argv[i])) {
			fprintf(stderr, "bench: no benchmark '%s'; --list names them\n", argv[i]);
			return 2;
		}
	}
	for (struct bench *b = all.first; b; b = b->next) {
		if (!wanted(b, argc - first, argv + first))
			continue;
		if (list)
			puts(b->name);
		else
			run(b, extent);
	}
	return 0;
}
