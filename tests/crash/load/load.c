/* SPDX-License-Identifier: MIT */
/*
 * PID 1 of a guest whose disk is recorded, or, with the arguments "mark TEXT", a program that writes one mark.
 *
 * From the kernel's command line, as environment: crash_load (its name), crash_device, crash_options (of mount),
 * crash_seconds, crash_seed. On the console: "LOAD RUNS", "LOAD DONE", "LOAD UNMOUNTED", then the machine is off.
 */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SLOT		4096		/* bytes from mark to mark: no two in one request */
#define WORKER_SLOTS	(MARKS_ROOM / SLOT / WORKERS_MAX)

static struct {
	int disk;
	uint64_t marks;			/* where they begin */
	double seconds;
	unsigned long seed;
} load = { .disk = -1, .seconds = 5, .seed = 1 };

void die(const char *format, ...)
{
	va_list ap;

	printf("LOAD FAILED: ");
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	printf(" (%s)\n", strerror(errno));
	fflush(stdout);
	_exit(1);
}

long must(long result, const char *what)
{
	if (result < 0)
		die("%s", what);
	return result;
}

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

unsigned pick(struct worker *worker, unsigned n)
{
	worker->random = worker->random * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned)((worker->random >> 33) % n);
}

static void open_disk(const char *device)
{
	uint64_t size;

	load.disk = (int)must(open(device, O_WRONLY | O_DIRECT | O_CLOEXEC), device);
	must(ioctl(load.disk, BLKGETSIZE64, &size), "BLKGETSIZE64");
	load.marks = size - MARKS_ROOM;
}

void mark(struct worker *worker, const char *format, ...)
{
	static char sector[SECTOR] __attribute__((__aligned__(4096)));
	uint64_t slot = worker->number * WORKER_SLOTS + worker->marks++ % WORKER_SLOTS;
	va_list ap;

	memset(sector, 0, sizeof(sector));
	strcpy(sector, "MARK ");
	va_start(ap, format);
	vsnprintf(sector + 5, sizeof(sector) - 5, format, ap);
	va_end(ap);
	if (pwrite(load.disk, sector, SECTOR, (off_t)(load.marks + slot * SLOT)) != SECTOR)
		die("a mark");
}

void content_sector(char *sector, const char *name, unsigned version)
{
	char line[300];
	int n = snprintf(line, sizeof(line), "%s %u %u\n", name, version, SECTOR);

	for (int i = 0; i < SECTOR; i++)
		sector[i] = line[i % n];
}

void content_write(int fd, const char *name, unsigned version, size_t size)
{
	static char buffer[16384];
	char line[300];
	size_t n = (size_t)snprintf(line, sizeof(line), "%s %u %zu\n", name, version, size), done = 0, piece;

	while (done < size) {
		piece = size - done < sizeof(buffer) ? size - done : sizeof(buffer);
		for (size_t i = 0; i < piece; i++)
			buffer[i] = line[(done + i) % n];
		if (write(fd, buffer, piece) != (ssize_t)piece)
			die("write %s", name);
		done += piece;
	}
}

void sync_folder(const char *path)
{
	int fd = (int)must(open(path, O_RDONLY | O_DIRECTORY), path);

	must(fsync(fd), "fsync of a folder");
	close(fd);
}

void run_workers(unsigned nr, void (*body)(struct worker *))
{
	double end = now() + load.seconds;
	int status;

	for (unsigned i = 0; i < nr; i++) {
		if (must(fork(), "fork") == 0) {
			struct worker worker = { .number = i, .random = load.seed * 1000 + i, .end = end };

			body(&worker);
			_exit(0);
		}
	}
	for (unsigned i = 0; i < nr; i++) {
		must(wait(&status), "wait");
		if (status)
			die("a worker ended with status %#x", status);
	}
}

static int read_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	static char buffer[65536];
	off_t size = 0;
	ssize_t n;
	int fd;

	(void)walk;
	if (type == FTW_DNR || type == FTW_NS)
		die("%s cannot be read", path);
	if (!S_ISREG(st->st_mode))
		return 0;
	fd = (int)must(open(path, O_RDONLY), path);
	while ((n = must(read(fd, buffer, sizeof(buffer)), path)) > 0)
		size += n;
	close(fd);
	if (size != st->st_size)
		die("%s: %lld bytes of %lld", path, (long long)size, (long long)st->st_size);
	return 0;
}

void load_read(void)
{
	must(nftw(".", read_one, 20, FTW_PHYS), "nftw");
}

static const struct {
	const char *name;
	void (*run)(void);
} loads[] = {
	{ "mix", load_mix },
	{ "append", load_append },
	{ "sqlite-wal", load_sqlite_wal },
	{ "sqlite-delete", load_sqlite_delete },
	{ "read", load_read },
};

static const char *setting(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value ? value : otherwise;
}

static void run_load(const char *name)
{
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		if (!strcmp(name, loads[i].name)) {
			loads[i].run();
			return;
		}
	}
	die("no load '%s'", name);
}

static void run_as_init(void)
{
	const char *device = setting("crash_device", "/dev/vda");

	mkdir("/tmp", 0777);
	mkdir(LOAD_FOLDER, 0755);
	mkdir("/proc", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	must(mount(device, LOAD_FOLDER, "ext4", 0, setting("crash_options", "")), "mount of the volume");
	load.seconds = atof(setting("crash_seconds", "5"));
	load.seed = strtoul(setting("crash_seed", "1"), NULL, 0);
	open_disk(device);
	must(chdir(LOAD_FOLDER), "chdir");
	printf("LOAD RUNS\n");
	run_load(setting("crash_load", "mix"));
	printf("LOAD DONE\n");
	must(chdir("/"), "chdir");
	must(umount(LOAD_FOLDER), "umount");
	printf("LOAD UNMOUNTED\n");
	reboot(RB_POWER_OFF);
}

int main(int argc, char **argv)
{
	struct worker worker = { .number = WORKERS_MAX - 1 };

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 3 && !strcmp(argv[1], "mark")) {
		open_disk(setting("crash_device", "/dev/vdb"));
		mark(&worker, "%s", argv[2]);
		return 0;
	}
	if (getpid() == 1) {
		run_as_init();
		return 0;
	}
	if (argc == 4 && !strcmp(argv[1], "run")) {	/* to try a load on any system, without marks */
		load.disk = open("/dev/null", O_WRONLY);
		must(chdir(argv[3]), argv[3]);
		run_load(argv[2]);
		return 0;
	}
	fprintf(stderr, "usage: load mark TEXT | load run LOAD FOLDER\n");
	return 2;
}
