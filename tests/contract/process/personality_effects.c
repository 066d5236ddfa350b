/* SPDX-License-Identifier: MIT */
/*
 * What the bits of personality(2) do: STICKY_TIMEOUTS, UNAME26, READ_IMPLIES_EXEC, ADDR_COMPAT_LAYOUT; a child
 * inherits them, exec keeps all but READ_IMPLIES_EXEC. Source: personality(2).
 */
#include "lib/contract.h"

#include <sys/personality.h>
#include <sys/utsname.h>

static void sticky_timeouts(void)
{
	struct timeval tv = { 0, 20000 };
	struct timespec ts = { 0, 20000000 };

	CHECK_INT(syscall(SYS_select, 0, NULL, NULL, NULL, &tv), 0, "select");
	CHECK_INT(tv.tv_usec, 0, "usually counts its time-out down");
	tv.tv_usec = 20000;
	REQUIRE(personality(STICKY_TIMEOUTS) != -1);
	CHECK_INT(syscall(SYS_select, 0, NULL, NULL, NULL, &tv), 0, "select");
	CHECK_INT(tv.tv_usec, 20000, "leaves it alone with STICKY_TIMEOUTS");
	CHECK_INT(syscall(SYS_ppoll, NULL, 0, &ts, NULL, 0), 0, "so does ppoll");
	CHECK_INT(ts.tv_nsec, 20000000, "its time-out");
}

static bool executable(const void *addr)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start, end;
	char line[512], perms[8];
	bool found = false;

	while (maps && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %4s", &start, &end, perms) == 3 && start <= (unsigned long)addr &&
		    (unsigned long)addr < end)
			found = perms[2] == 'x';
	if (maps)
		fclose(maps);
	return found;
}

static void read_implies_exec(void)
{
	char *before, *after, *none;

	before = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(personality(READ_IMPLIES_EXEC) != -1);
	after = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	none = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(before != MAP_FAILED && after != MAP_FAILED && none != MAP_FAILED);
	CHECK(executable(after), "READ_IMPLIES_EXEC: what is mapped to read may be executed");
	CHECK(!executable(none), "what cannot be read may not");
	CHECK(!executable(before), "what was there stays");
	REQUIRE(mprotect(before, PAGE, PROT_READ) == 0);
	CHECK(executable(before), "until mprotect");
}

int contract_role(const char *role, int argc, char **argv)
{
	char *a = mmap(NULL, 16 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *b = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	printf("%x %d %d\n", personality(0xffffffff), a < b, (unsigned long)a < 0x600000000000UL);
	return 0;
}

static void after_exec(void)
{
	const char *want = "240000 1 1\n";
	char text[64] = "";

	ask_exec("layout", ADDR_COMPAT_LAYOUT | READ_IMPLIES_EXEC | ADDR_NO_RANDOMIZE, text, strlen(want));
	CHECK_STR(text, want, "bits it has; maps go upwards; from low addresses");
}

static void old_release(void)
{
	struct utsname names;

	REQUIRE(personality(UNAME26) != -1 && uname(&names) == 0);
	CHECK(strncmp(names.release, "2.6.", 4) == 0, "UNAME26: the release is 2.6.x (%s)", names.release);
}

void contract_main(void)
{
	void (*const parts[])(void) = { sticky_timeouts, read_implies_exec, old_release };
	pid_t pid;

	CHECK_INT(personality(0xffffffff), 0, "none at first");
	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		pid = fork_child();
		if (pid == 0) {
			parts[i]();
			_exit(0);
		}
		CHECK_INT(wait_status(pid), 0, "part %u ends well", i);
	}
	after_exec();
}
