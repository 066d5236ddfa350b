/* SPDX-License-Identifier: MIT */
/*
 * guest-init: process 1 of the virtual machine that runs the contract tests.
 *
 * It mounts what is not mounted (/proc, /sys, /dev, /dev/pts, /tmp), then runs the programs named in
 * /contract/list one after another, each in a session of its own with /dev/null as standard input
 * and its output in a file, and powers the machine off. /contract/options holds numbers:
 * "TIMEOUT SLOW VERBOSE REPEAT" (seconds for each program; the factor CONTRACT_SLOW; 1 prints all
 * output; how often the list is run).
 *
 * On the console
 *	CONTRACT START family/name
 *	CONTRACT family/name PASS|FAIL|TIMEOUT|SKIP milliseconds
 *	| output of a program that failed (all but its "ok" lines), or was skipped
 *	CONTRACT DONE passed failed skipped, MemFree before and after in KiB
 *
 * /contract/volume, where there is one, names two disks with ext4. The first is mounted on /scratch, which is the
 * scratch folder of the family ext4, whose programs leave there what they wrote: the host compares it. The second is
 * theirs to mount. The first is unmounted at the end, and behind each program of the family where a third word
 * "each" asks for it: "CONTRACT VOLUME unmounted"; then it waits for a line from the console, and mounts it again.
 *
 * It uses as little of the kernel as it can: fork, exec, wait4 without blocking, nanosleep, kill,
 * files. What a program leaves behind is killed before the next one starts.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define OUTPUT "/tmp/.contract-output"
#define EXIT_SKIPPED 77

enum { PASS, FAIL, SKIP, NR_RESULTS };

static struct {
	int timeout, slow, verbose, repeat;
	int count[NR_RESULTS];
	bool volume;		/* /scratch is mounted */
	bool each;		/* the host looks at it behind each program */
	char disk[32];		/* its device */
	char device[64];	/* CONTRACT_DEVICE= and the second disk */
	char mount[128];	/* CONTRACT_MOUNT= and mount options; "": none */
} run = { .timeout = 30, .slow = 1, .repeat = 1 };

static void mount_one(const char *type, const char *target, const char *data)
{
	struct stat st, parent;
	char up[64];

	mkdir(target, 0755);
	snprintf(up, sizeof(up), "%s/..", target);
	if (stat(target, &st) == 0 && stat(up, &parent) == 0 && st.st_dev != parent.st_dev)
		return;
	if (mount(type, target, type, 0, data) != 0)
		printf("CONTRACT WARNING mount %s on %s: %s\n", type, target, strerror(errno));
}

static void mount_all(void)
{
	mount_one("proc", "/proc", NULL);
	mount_one("sysfs", "/sys", NULL);
	mount_one("devtmpfs", "/dev", "mode=0755");
	mkdir("/dev/pts", 0755);
	mount_one("devpts", "/dev/pts", "mode=0620,ptmxmode=0666");
	if (access("/dev/ptmx", F_OK) != 0)
		symlink("pts/ptmx", "/dev/ptmx");
	mount_one("tmpfs", "/tmp", "mode=1777");
	/* As any init does; a kernel without it fails the tests that need it. */
	mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL);
}

static void mount_volume(void)
{
	const char *options = run.mount[0] ? strchr(run.mount, '=') + 1 : "";

	mkdir("/scratch", 0755);
	run.volume = mount(run.disk, "/scratch", "ext4", 0, options) == 0;
	if (!run.volume)
		printf("CONTRACT WARNING mount %s on /scratch: %s\n", run.disk, strerror(errno));
}

static void find_volume(void)
{
	FILE *f = fopen("/contract/volume", "r");
	char second[32], each[8], options[96] = "";

	if (!f)
		return;
	if (fscanf(f, "%31s %31s %7s %95s", run.disk, second, each, options) >= 3) {
		run.each = strcmp(each, "each") == 0;
		snprintf(run.device, sizeof(run.device), "CONTRACT_DEVICE=%s", second);
		snprintf(run.mount, sizeof(run.mount), "CONTRACT_MOUNT=%s", options);
		mount_volume();
	}
	fclose(f);
}

static void unmount_volume(void)
{
	if (!run.volume)
		return;
	if (umount("/scratch") == 0)
		printf("CONTRACT VOLUME unmounted\n");
	else
		printf("CONTRACT WARNING umount /scratch: %s\n", strerror(errno));
}

/* The host looks at the disks, and says when it is done. */
static void show_volume(void)
{
	char line[8];

	unmount_volume();
	if (run.volume && fgets(line, sizeof(line), stdin))
		mount_volume();
}

static void read_options(void)
{
	FILE *f = fopen("/contract/options", "r");

	if (!f)
		return;
	if (fscanf(f, "%d %d %d %d", &run.timeout, &run.slow, &run.verbose, &run.repeat) < 1)
		printf("CONTRACT WARNING /contract/options is empty\n");
	fclose(f);
}

static long mem_free_kib(void)
{
	char line[128];
	long kib = -1;
	FILE *f = fopen("/proc/meminfo", "r");

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "MemFree: %ld", &kib) == 1)
			break;
	}
	if (f)
		fclose(f);
	return kib;
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static void exec_test(const char *name)
{
	char path[300], slow[32];
	char *argv[] = { path, NULL };
	bool on_volume = strncmp(name, "ext4/", 5) == 0;
	char *envp[10] = { "PATH=/bin:/sbin:/usr/bin:/usr/sbin", "HOME=/", slow, "TMPDIR=/tmp", "CONTRACT_GUEST=1" };
	int out, null;

	snprintf(path, sizeof(path), "/contract/%s", name);
	snprintf(slow, sizeof(slow), "CONTRACT_SLOW=%d", run.slow);
	setsid();
	out = open(OUTPUT, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
	if (out >= 0) {
		dup2(out, 1);
		dup2(out, 2);
		close(out);
	}
	null = open("/dev/null", O_RDWR);
	if (null >= 0) {
		dup2(null, 0);
		close(null);
	}
	if (on_volume && !run.volume) {
		dprintf(1, "no volume is mounted\n");
		_exit(1);
	}
	if (on_volume) {
		envp[3] = "TMPDIR=/scratch";
		envp[5] = "CONTRACT_KEEP=1";
		envp[6] = "CONTRACT_VOLUME=/scratch";
		envp[7] = run.device;
		envp[8] = run.mount;
	}
	execve(path, argv, envp);
	printf("cannot execute %s: %s\n", path, strerror(errno));
	fflush(stdout);
	_exit(126);
}

/* Waits for the program with a time limit. Returns its wait status, -1 when the time was over. */
static int wait_for(pid_t pid, long long start)
{
	struct timespec nap = { 0, 1000000 };
	int status;

	while (now_ms() - start < run.timeout * 1000LL) {
		pid_t got = waitpid(-1, &status, WNOHANG);

		if (got == pid)
			return status;
		if (got <= 0)
			nanosleep(&nap, NULL);
	}
	return -1;
}

/* Where a process is that cannot be killed. */
static void say_where(const char *pid)
{
	static const char *const files[] = { "stat", "syscall", "stack" };
	char path[300], text[2048];
	ssize_t n;
	int fd;

	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "/proc/%s/%s", pid, files[i]);
		fd = open(path, O_RDONLY);
		n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
		if (n > 0)
			printf("CONTRACT SURVIVOR %s: %.*s\n", path, (int)n, text);
		if (fd >= 0)
			close(fd);
	}
}

/* Every process with a program, and the kernel's own threads: what they wait for may be why. */
static void say_survivors(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && (entry = readdir(proc)) != NULL) {
		if (atoi(entry->d_name) > 1)
			say_where(entry->d_name);
	}
	if (proc)
		closedir(proc);
}

/* Kills what is left but this process, and reaps it; gives up after a second. */
static void clean_up(void)
{
	struct timespec nap = { 0, 1000000 };

	for (int i = 0; i < 1000; i++) {
		kill(-1, SIGKILL);
		if (waitpid(-1, NULL, WNOHANG) == -1)
			return;
		nanosleep(&nap, NULL);
	}
	printf("CONTRACT WARNING processes survive SIGKILL\n");
	say_survivors();
}

static void print_output(bool all)
{
	char line[1024];
	FILE *f = fopen(OUTPUT, "r");

	while (f && fgets(line, sizeof(line), f)) {
		if (all || strncmp(line, "ok ", 3) != 0)
			printf("| %s%s", line, strchr(line, '\n') ? "" : "\n");
	}
	if (f)
		fclose(f);
	unlink(OUTPUT);
}

static void run_test(const char *name)
{
	long long start = now_ms();
	const char *word = "FAIL";
	int status = -1, result = FAIL;
	pid_t pid;

	printf("CONTRACT START %s\n", name);
	pid = fork();
	if (pid == 0)
		exec_test(name);
	if (pid < 0)
		printf("| fork: %s\n", strerror(errno));
	else
		status = wait_for(pid, start);
	if (pid > 0 && status == -1) {
		word = "TIMEOUT";
	} else if (status == 0) {
		word = "PASS";
		result = PASS;
	} else if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIPPED) {
		word = "SKIP";
		result = SKIP;
	}
	clean_up();
	run.count[result]++;
	printf("CONTRACT %s %s %lld\n", name, word, now_ms() - start);
	if (result == FAIL && status != -1)
		printf("| wait status %#x\n", (unsigned int)status);
	if (result != PASS || run.verbose)
		print_output(run.verbose);
	if (run.each && strncmp(name, "ext4/", 5) == 0)
		show_volume();
}

static void run_list(void)
{
	char name[256];
	FILE *f = fopen("/contract/list", "r");

	if (!f) {
		printf("CONTRACT WARNING /contract/list: %s\n", strerror(errno));
		return;
	}
	while (fgets(name, sizeof(name), f)) {
		name[strcspn(name, "\n")] = 0;
		if (name[0])
			run_test(name);
	}
	fclose(f);
}

int main(void)
{
	long before;

	setvbuf(stdout, NULL, _IOLBF, 0);
	mount_all();
	read_options();
	printf("CONTRACT BEGIN timeout %d slow %d\n", run.timeout, run.slow);
	find_volume();
	before = mem_free_kib();
	for (int i = 0; i < run.repeat; i++)
		run_list();
	printf("CONTRACT DONE %d %d %d, MemFree %ld %ld\n", run.count[PASS], run.count[FAIL],
	       run.count[SKIP], before, mem_free_kib());
	unmount_volume();
	fflush(stdout);
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
