/* SPDX-License-Identifier: MIT */
/* /proc/self/smaps and smaps_rollup: what of an area is in memory, whose it is, and what a fork shares. */
#include "lib/contract.h"

static char text[1 << 20];

/* The text of the area that begins at `start`, up to the next area; bails when there is none. */
static char *area(uintptr_t start)
{
	char head[32], *p, *end;

	REQUIRE(read_file("/proc/self/smaps", text, sizeof(text)) > 0);
	snprintf(head, sizeof(head), "\n%08lx-", start);
	p = strstr(text, head);
	REQUIRE(p);
	p++;
	end = strstr(p, "\nVmFlags:");
	REQUIRE(end);
	end[strcspn(end + 1, "\n") + 1] = 0;
	return p;
}

static long field(const char *from, const char *name)
{
	char key[40], *p;
	long kib = -1;

	snprintf(key, sizeof(key), "\n%s:", name);
	p = strstr(from, key);
	if (!p || sscanf(p + strlen(key), "%ld kB\n", &kib) != 1)
		note("no %s", name);
	return kib;
}

static void check_anonymous(char *p)
{
	char *a = area((uintptr_t)p);

	CHECK_INT(field(a, "Size"), 32, "the size of an area");
	CHECK_INT(field(a, "KernelPageSize"), 4, "the size of its pages");
	CHECK_INT(field(a, "Rss"), 12, "what was touched is resident");
	CHECK_INT(field(a, "Pss"), 12, "and all our own");
	CHECK_INT(field(a, "Private_Dirty"), 12, "dirty");
	CHECK_INT(field(a, "Shared_Dirty"), 0, "shared with nobody");
	CHECK_INT(field(a, "Private_Clean") + field(a, "Shared_Clean"), 0, "nothing of it is clean");
	CHECK_INT(field(a, "Anonymous"), 12, "without a file");
	CHECK_INT(field(a, "Referenced"), 12, "and was used");
	CHECK_INT(field(a, "Locked"), 0, "it is not locked");
	CHECK(strstr(a, "\nVmFlags: rd wr mr mw me "), "and its flags");
}

static void check_fork(char *p)
{
	int fds[2];
	pid_t pid;
	char *a, byte;

	REQUIRE(pipe(fds) == 0);
	pid = fork_child();
	if (!pid) {
		close(fds[1]);
		_exit((int)read(fds[0], &byte, 1));
	}
	a = area((uintptr_t)p);
	CHECK_INT(field(a, "Rss"), 12, "after fork it is still resident");
	CHECK_INT(field(a, "Pss"), 6, "half of it ours");
	CHECK_INT(field(a, "Shared_Dirty"), 12, "shared with the child");
	p[0]++;
	a = area((uintptr_t)p);
	CHECK_INT(field(a, "Private_Dirty"), 4, "a page that is written is our own again");
	CHECK_INT(field(a, "Shared_Dirty"), 8, "the others are not");
	close(fds[1]);
	CHECK_INT(wait_status(pid), 0, "the child ends");
	a = area((uintptr_t)p);
	CHECK_INT(field(a, "Pss"), 12, "and all is ours");
}

static void check_file(void)
{
	char page[PAGE] = { 1 }, *a, *f;
	volatile char got;
	int fd;

	write_file("file", page, sizeof(page));
	fd = REQUIRE_OK(open("file", O_RDWR));
	f = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(f != MAP_FAILED);
	got = f[0];
	(void)got;
	a = area((uintptr_t)f);
	CHECK_INT(field(a, "Rss"), 4, "a file's page");
	CHECK_INT(field(a, "Anonymous"), 0, "is not anonymous");
	CHECK(strstr(a, "/file\n"), "the area has its name");
	CHECK(strstr(a, "\nVmFlags: rd wr sh mr mw me ms "), "and says that it is shared");
}

void contract_main(void)
{
	char *p = mmap(NULL, 10 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + PAGE;
	long rss, pss;

	tmp_dir();
	REQUIRE(mprotect(p, 8 * PAGE, PROT_READ | PROT_WRITE) == 0);
	for (int i = 0; i < 3; i++)
		p[i * 2 * PAGE] = 1;
	check_anonymous(p);
	check_fork(p);
	check_file();
	REQUIRE(read_file("/proc/self/smaps_rollup", text, sizeof(text)) > 0);
	CHECK(strstr(text, " ---p 00000000 00:00 0 ") && strstr(text, " [rollup]\n"), "smaps_rollup has one area");
	rss = field(text, "Rss");
	pss = field(text, "Pss");
	CHECK(rss >= 12 && pss >= 12 && pss <= rss, "with sums");
	CHECK_INT(field(text, "Shared_Clean") + field(text, "Shared_Dirty") + field(text, "Private_Clean") +
		  field(text, "Private_Dirty"), rss, "whose parts add up");
	CHECK(field(text, "Pss_Anon") >= 12 && field(text, "Pss_File") >= 0 && field(text, "Pss_Shmem") >= 0,
	      "and shares by kind");
}
