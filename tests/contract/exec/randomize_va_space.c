/* SPDX-License-Identifier: MIT */
/*
 * /proc/sys/kernel/randomize_va_space: 0 puts stack, mappings, heap and program where they were the last time, 1 leaves
 * only the heap at its program's end, 2 moves all. Programs that run already stay where they are.
 */
#include "lib/sysctl.h"

#define LEVEL "/proc/sys/kernel/randomize_va_space"
#define EXECS 6

struct places {
	uintptr_t stack, map, heap, end;
};

int contract_role(const char *role, int argc, char **argv)
{
	extern char end;
	struct places p = {
		(uintptr_t)&p, (uintptr_t)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
		(uintptr_t)syscall(SYS_brk, 0), (uintptr_t)&end,
	};

	return write(1, &p, sizeof(p)) == sizeof(p) ? 0 : 1;
}

struct moved {
	int stack, map, heap, gap;
};

static struct moved count_moved(void)
{
	struct places first, p;
	struct moved moved = { 0 };

	ask_exec("where", 0, &first, sizeof(first));
	for (int i = 1; i < EXECS; i++) {
		ask_exec("where", 0, &p, sizeof(p));
		moved.stack += p.stack != first.stack;
		moved.map += p.map != first.map;
		moved.heap += p.heap != first.heap;
		moved.gap += p.heap - p.end != first.heap - first.end;
	}
	return moved;
}

static int set(const char *text)
{
	int fd = open(LEVEL, O_WRONLY);
	int err;

	if (fd == -1)
		return errno;
	err = write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : errno;
	close(fd);
	return err;
}

void contract_main(void)
{
	char old[16] = "", now[16] = "";
	struct moved moved;

	need_own_machine();
	REQUIRE(read_file(LEVEL, old, sizeof(old)) > 0);
	REQUIRE(set(old) == 0);
	CHECK(set("x\n") == EINVAL, "text is no level");

	CHECK(set("0\n") == 0, "level 0");
	moved = count_moved();
	CHECK(read_file(LEVEL, now, sizeof(now)) > 0 && strcmp(now, "0\n") == 0, "it reads back");
	CHECK(moved.stack == 0 && moved.map == 0 && moved.heap == 0, "0: nothing moves");
	CHECK(set("1\n") == 0, "level 1");
	moved = count_moved();
	CHECK(moved.stack >= EXECS - 3 && moved.map >= EXECS - 3, "1: stack and mappings move");
	CHECK(moved.gap == 0, "1: the heap begins where the program ends");
	CHECK(set("2") == 0, "level 2");
	moved = count_moved();
	CHECK(moved.stack >= EXECS - 3 && moved.map >= EXECS - 3 && moved.gap >= EXECS - 3, "2: all move");
	CHECK(set(old) == 0, "as before");
}
