/* SPDX-License-Identifier: MIT */
/* Making processes, running programs, and small shell jobs as scripts have them. */
#include "../lib/bench.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

BENCH(fork_exit, 500, 200)
{
	int status;

	bench_start(b);
	for (long i = 0; i < b->iterations; i++) {
		pid_t pid = MUST(fork());

		if (pid == 0)
			_exit(0);
		MUST(waitpid(pid, &status, 0));
		if (status)
			bench_failed("child", __FILE__, __LINE__);
	}
	bench_stop(b);
}

/*
 * The same from a process that has touched this much memory; it is given back before the next benchmark. A child of the
 * first round looks at the last page: what is forked is really there.
 */
static void fork_with(struct bench *b, size_t size)
{
	int status;
	pid_t pid;
	char *memory = MUST(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

	for (size_t at = 0; at < size; at += 4096)
		memory[at] = (char)(at >> 12 | 1);
	pid = MUST(fork());
	if (pid == 0)
		_exit(memory[size - 4096] != (char)((size - 4096) >> 12 | 1));
	MUST(waitpid(pid, &status, 0));
	if (status)
		bench_failed("child's memory", __FILE__, __LINE__);
	bench_fn_fork_exit(b);
	MUST(munmap(memory, size));
}

BENCH(fork_1m, 500, 100)
{
	fork_with(b, 1UL << 20);
}

/* Needs a guest of 2 GiB: --memory 2048. */
BENCH(fork_1g, 1000, 20)
{
	fork_with(b, 1UL << 30);
}

/* What posix_spawn and shells that care do. */
BENCH(vfork_exec, 200, 100)
{
	static char *const argv[] = { "/bin/true", NULL };
	int status;

	bench_spawn((const char *const *)argv);		/* the program's pages are read from the disk once */
	bench_start(b);
	for (long i = 0; i < b->iterations; i++) {
		pid_t pid = MUST(vfork());

		if (pid == 0) {
			execv(argv[0], argv);
			_exit(127);
		}
		MUST(waitpid(pid, &status, 0));
		if (status)
			bench_failed("child", __FILE__, __LINE__);
	}
	bench_stop(b);
}

static void loop(struct bench *b, const char *const argv[])
{
	bench_start(b);
	for (long i = 0; i < b->iterations; i++)
		bench_spawn(argv);
	bench_stop(b);
}

static void shell(struct bench *b, const char *script)
{
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };

	loop(b, argv);
}

BENCH(exec_true, 200, 100)
{
	const char *const argv[] = { "/bin/true", NULL };

	loop(b, argv);
}

BENCH(shell_noop, 100, 50)
{
	shell(b, "true");
}

/* A file of numbered lines for the jobs below. */
static void write_lines(const char *path, int lines)
{
	FILE *file = fopen(path, "w");

	if (!file)
		bench_failed(path, __FILE__, __LINE__);
	for (int i = 0; i < lines; i++)
		fprintf(file, "line %d of the file, key%d\n", i, i * 7 % 50);
	fclose(file);
}

BENCH(pipe_grep, 100, 50)
{
	write_lines("/tmp/bench-grep", 50);
	shell(b, "cat /tmp/bench-grep | grep key7 >/dev/null");
	unlink("/tmp/bench-grep");
}

BENCH(sed_pipeline, 100, 20)
{
	write_lines("/tmp/bench-sed", 200);
	shell(b, "sed 's/line/row/' /tmp/bench-sed | sed -n '/key1/p' >/dev/null");
	unlink("/tmp/bench-sed");
}

BENCH(sort_uniq, 50, 10)
{
	write_lines("/tmp/bench-sort", 500);
	shell(b, "sed 's/.*key//' /tmp/bench-sort | sort | uniq -c | sort -rn >/dev/null");
	unlink("/tmp/bench-sort");
}

BENCH(tar_extract, 50, 10)
{
	const char *const make[] = { "/bin/sh", "-c", "mkdir -p /tmp/bench-tar && cd /tmp/bench-tar && "
		"for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19; do echo $i >file$i; done && "
		"tar cf ../bench.tar . && cd / && rm -r /tmp/bench-tar", NULL };

	bench_spawn(make);
	shell(b, "mkdir /tmp/bench-tar && tar xf /tmp/bench.tar -C /tmp/bench-tar && rm -r /tmp/bench-tar");
	unlink("/tmp/bench.tar");
}
