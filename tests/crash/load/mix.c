/* SPDX-License-Identifier: MIT */
/*
 * The load "mix": three workers, each with a folder of its own, do what programs do with files: replace them with care
 * (written, synced, renamed) and without (renamed at once), make them, remove, move, link and truncate them, write in
 * place, leave files without names, and litter.
 *
 * Marks: "file PATH VERSION SIZE" this version or a later one is there, whole; "gone PATH"; "will PATH" either from
 * now on; "sector PATH INDEX VERSION" this sector is at least so new; "tape PATH LINES" as many lines are there.
 * Names tell the checker the rest: f- and c- are whole whenever they are there, n- too once promised.
 */
#include "load.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define WORKERS		3
#define NAMES		8
#define AREA_SECTORS	128
#define LITTER		12
#define PATH		128

struct mix {
	struct worker *worker;
	unsigned step;
	unsigned lines;			/* of the tape */
	unsigned litter;		/* rounds of it */
	int unnamed;			/* a file without a name */
	bool there[NAMES];		/* n- */
};

/* "w0/f-3" */
static char *path_of(struct mix *mix, char kind, unsigned k)
{
	static char paths[4][PATH];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH, "w%u/%c-%u", mix->worker->number, kind, k);
	return path;
}

static const char *folder_of(struct mix *mix)
{
	static char path[PATH];

	snprintf(path, PATH, "w%u", mix->worker->number);
	return path;
}

static size_t some_size(struct mix *mix)
{
	return pick(mix->worker, 4) ? 1 + pick(mix->worker, 9000) : 1 + pick(mix->worker, 60000);
}

/* A new file with this content, open. The content names `as`. */
static int make_file(struct mix *mix, const char *path, const char *as, size_t size)
{
	int fd = (int)must(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644), path);

	content_write(fd, as, mix->step, size);
	return fd;
}

/* Written aside, synced, renamed; now and then the folder is synced as well, which makes it a promise. */
static void replace(struct mix *mix)
{
	char *path = path_of(mix, 'f', pick(mix->worker, NAMES)), aside[PATH + 8];
	size_t size = some_size(mix);
	int fd;

	snprintf(aside, sizeof(aside), "%s.new", path);
	fd = make_file(mix, aside, path, size);
	must(fsync(fd), "fsync");
	close(fd);
	must(rename(aside, path), "rename");
	if (pick(mix->worker, 2)) {
		sync_folder(folder_of(mix));
		mark(mix->worker, "file %s %u %zu", path, mix->step, size);
	}
}

/* Not synced when it replaces one: as many programs do it, and never find the file empty. */
static void replace_carelessly(struct mix *mix)
{
	char *path = path_of(mix, 'c', pick(mix->worker, NAMES)), aside[PATH + 8];
	int fd;

	snprintf(aside, sizeof(aside), "%s.new", path);
	fd = make_file(mix, aside, path, some_size(mix));
	if (access(path, F_OK))
		must(fsync(fd), "fsync");
	close(fd);
	must(rename(aside, path), "rename");
}

static void create(struct mix *mix)
{
	unsigned k = pick(mix->worker, NAMES);
	char *path = path_of(mix, 'n', k);
	size_t size = some_size(mix);
	int fd;

	mark(mix->worker, "will %s", path);
	fd = make_file(mix, path, path, size);
	must(pick(mix->worker, 2) ? fsync(fd) : fdatasync(fd), "fsync");
	mark(mix->worker, "file %s %u %zu", path, mix->step, size);
	close(fd);
	mix->there[k] = true;
}

static void remove_file(struct mix *mix)
{
	unsigned k = pick(mix->worker, NAMES);
	char *path = path_of(mix, 'n', k);

	if (!mix->there[k])
		return;
	mark(mix->worker, "will %s", path);
	if (mix->unnamed >= 0)
		close(mix->unnamed);
	mix->unnamed = open(path, O_RDWR);
	must(unlink(path), "unlink");
	mix->there[k] = false;
	if (pick(mix->worker, 2)) {
		sync_folder(folder_of(mix));
		mark(mix->worker, "gone %s", path);
	}
}

/* n- to another n-, which it may replace. */
static void move(struct mix *mix)
{
	unsigned from = pick(mix->worker, NAMES), to = pick(mix->worker, NAMES);
	char *a = path_of(mix, 'n', from), *b = path_of(mix, 'n', to);

	if (!mix->there[from] || from == to)
		return;
	mark(mix->worker, "will %s", a);
	mark(mix->worker, "will %s", b);
	must(rename(a, b), "rename");
	mix->there[from] = false;
	mix->there[to] = true;
	if (pick(mix->worker, 2)) {
		sync_folder(folder_of(mix));
		mark(mix->worker, "gone %s", a);
		mark(mix->worker, "moved %s", b);
	}
}

/* The tape only grows, but for a cut to half now and then. */
static void append(struct mix *mix)
{
	char *path = path_of(mix, 't', 0), line[40];
	int fd = (int)must(open(path, O_WRONLY | O_CREAT | O_APPEND, 0644), path);

	for (unsigned i = 1 + pick(mix->worker, 300); i; i--) {
		snprintf(line, sizeof(line), "%08u %20u\n", mix->lines, mix->lines * 7);
		if (write(fd, line, 30) != 30)
			die("write %s", path);
		mix->lines++;
	}
	if (pick(mix->worker, 3)) {
		must(fdatasync(fd), "fdatasync");
		mark(mix->worker, "tape %s %u", path, mix->lines);
	}
	close(fd);
}

static void cut(struct mix *mix)
{
	char *path = path_of(mix, 't', 0);

	if (mix->lines < 3000)
		return;
	mix->lines /= 2;
	mark(mix->worker, "tape %s %u", path, mix->lines);
	must(truncate(path, (off_t)mix->lines * 30), "truncate");
}

static void overwrite(struct mix *mix)
{
	static char sector[SECTOR] __attribute__((__aligned__(4096)));
	char *path = path_of(mix, 'a', 0);
	unsigned at = pick(mix->worker, AREA_SECTORS), nr = 1 + pick(mix->worker, 12), flag = pick(mix->worker, 3);
	static const int flags[] = { 0, O_DSYNC, O_DIRECT | O_DSYNC };
	int fd = (int)must(open(path, O_WRONLY | O_CREAT | flags[flag], 0644), path);

	if (at + nr > AREA_SECTORS)
		nr = AREA_SECTORS - at;
	content_sector(sector, path, mix->step);
	for (unsigned i = at; i < at + nr; i++) {
		if (pwrite(fd, sector, SECTOR, (off_t)i * SECTOR) != SECTOR)
			die("write %s", path);
	}
	if (!flag)
		must(fdatasync(fd), "fdatasync");
	close(fd);
	for (unsigned i = at; i < at + nr; i++)
		mark(mix->worker, "sector %s %u %u", path, i, mix->step);
}

/* Files nobody promised anything about; blocks and inodes that come and go. */
static void litter(struct mix *mix)
{
	char folder[PATH], path[PATH + 40];
	unsigned old = mix->litter++;

	snprintf(folder, sizeof(folder), "w%u/litter-%u", mix->worker->number, mix->litter);
	must(mkdir(folder, 0755), "mkdir");
	for (unsigned i = 0; i < LITTER; i++) {
		snprintf(path, sizeof(path), "%s/a-name-of-some-length-%u", folder, i);
		close(make_file(mix, path, path, some_size(mix) / 4));
	}
	must(symlink("short", path_of(mix, 'l', mix->litter)), "symlink");
	setxattr(path, "user.litter", folder, strlen(folder), 0);
	if (!old)
		return;
	unlink(path_of(mix, 'l', old));
	snprintf(folder, sizeof(folder), "w%u/litter-%u", mix->worker->number, old);
	for (unsigned i = 0; i < LITTER; i++) {
		snprintf(path, sizeof(path), "%s/a-name-of-some-length-%u", folder, i);
		must(unlink(path), path);
	}
	must(rmdir(folder), folder);
}

/* Blocks ahead of data, and holes. */
static void blocks(struct mix *mix)
{
	char *path = path_of(mix, 's', pick(mix->worker, 2));
	int fd = (int)must(open(path, O_RDWR | O_CREAT, 0644), path);
	off_t from = pick(mix->worker, 50000), size = 1 + pick(mix->worker, 200000);

	fallocate(fd, pick(mix->worker, 2) ? FALLOC_FL_KEEP_SIZE : 0, from, size);
	fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from * 2, 1 + size / 4);
	lseek(fd, pick(mix->worker, 200000), SEEK_SET);
	content_write(fd, path, mix->step, some_size(mix));
	if (!pick(mix->worker, 4))
		must(ftruncate(fd, pick(mix->worker, 100000)), "ftruncate");
	close(fd);
}

/* A file that gets its name when it is on the disk. */
static void name_late(struct mix *mix)
{
	char *late = path_of(mix, 'o', pick(mix->worker, NAMES)), fd_path[40];
	int fd = (int)must(open(folder_of(mix), O_TMPFILE | O_RDWR, 0600), "O_TMPFILE");
	size_t size = some_size(mix);

	content_write(fd, late, mix->step, size);
	must(fsync(fd), "fsync");
	mark(mix->worker, "will %s", late);
	unlink(late);
	snprintf(fd_path, sizeof(fd_path), "/proc/self/fd/%d", fd);
	must(linkat(AT_FDCWD, fd_path, AT_FDCWD, late, AT_SYMLINK_FOLLOW), "linkat");
	must(fsync(fd), "fsync");
	sync_folder(folder_of(mix));
	mark(mix->worker, "file %s %u %zu", late, mix->step, size);
	close(fd);
}

static void work(struct worker *worker)
{
	static void (*const steps[])(struct mix *) = {
		replace, replace, replace_carelessly, replace_carelessly, create, create, remove_file, move, append,
		append, cut, overwrite, litter, blocks, name_late,
	};
	struct mix mix = { .worker = worker, .unnamed = -1 };

	must(mkdir(folder_of(&mix), 0755), "mkdir");
	while (now() < worker->end) {
		mix.step++;
		steps[pick(worker, sizeof(steps) / sizeof(steps[0]))](&mix);
	}
}

void load_mix(void)
{
	run_workers(WORKERS, work);
}
