/* SPDX-License-Identifier: MIT */
/*
 * The vDSO's clock_gettime, gettimeofday, time, getcpu, found by its symbol table, agree with
 * the calls.
 */
#include "lib/contract.h"

#include <sched.h>
#include <sys/time.h>

#include "lib/elf_image.h"

static uintptr_t bias;
static const Elf64_Sym *symbols;
static const char *strings;
static const uint32_t *hash;
static size_t nr_symbols;

static void parse(uintptr_t base)
{
	const Elf64_Ehdr *ehdr = (const Elf64_Ehdr *)base;
	const Elf64_Phdr *phdr = (const Elf64_Phdr *)(base + ehdr->e_phoff);
	const Elf64_Dyn *dyn = NULL;

	for (int i = 0; i < ehdr->e_phnum; i++) {
		if (phdr[i].p_type == PT_LOAD)
			bias = base + phdr[i].p_offset - phdr[i].p_vaddr;
		else if (phdr[i].p_type == PT_DYNAMIC)
			dyn = (const Elf64_Dyn *)(base + phdr[i].p_offset);
	}
	REQUIRE(dyn != NULL);
	for (; dyn->d_tag != DT_NULL; dyn++) {
		if (dyn->d_tag == DT_SYMTAB)
			symbols = (const Elf64_Sym *)(bias + dyn->d_un.d_ptr);
		else if (dyn->d_tag == DT_STRTAB)
			strings = (const char *)(bias + dyn->d_un.d_ptr);
		else if (dyn->d_tag == DT_HASH)
			hash = (const uint32_t *)(bias + dyn->d_un.d_ptr);
	}
	REQUIRE(symbols && strings);
	/* With DT_HASH its chain counts the symbols; otherwise the string table lies behind them. */
	nr_symbols = hash ? hash[1] : ((uintptr_t)strings - (uintptr_t)symbols) / sizeof(*symbols);
}

static void *look_up(const char *name)
{
	for (size_t i = 0; i < nr_symbols; i++) {
		if (symbols[i].st_shndx && !strcmp(strings + symbols[i].st_name, name))
			return (void *)(bias + symbols[i].st_value);
	}
	return NULL;
}

static int64_t ns_of(const struct timespec *ts)
{
	return (int64_t)ts->tv_sec * 1000000000 + ts->tv_nsec;
}

static void check_clock(int (*vdso_clock)(int, struct timespec *), int id)
{
	struct timespec before, inside, after;
	int wrong = 0;

	for (int i = 0; i < 1000; i++) {
		syscall(SYS_clock_gettime, id, &before);
		wrong += vdso_clock(id, &inside) != 0;
		syscall(SYS_clock_gettime, id, &after);
		wrong += ns_of(&before) > ns_of(&inside) || ns_of(&inside) > ns_of(&after);
	}
	CHECK_INT(wrong, 0, "clock %d lies between two system calls, 1000 times", id);
}

void contract_main(void)
{
	static const int clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_REALTIME_COARSE,
				      CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_MONOTONIC_RAW };
	int (*clock_fn)(int, struct timespec *);
	int (*tod_fn)(struct timeval *, void *);
	time_t (*time_fn)(time_t *), t1, t2;
	int (*cpu_fn)(unsigned int *, unsigned int *, void *);
	struct timeval tv1, tv2;
	unsigned int cpu, cpu2, node;

	REQUIRE(getauxval(AT_SYSINFO_EHDR));
	parse(getauxval(AT_SYSINFO_EHDR));
	clock_fn = look_up("__vdso_clock_gettime");
	tod_fn = look_up("__vdso_gettimeofday");
	time_fn = look_up("__vdso_time");
	cpu_fn = look_up("__vdso_getcpu");
	REQUIRE(clock_fn && tod_fn && time_fn && cpu_fn);
	CHECK(look_up("clock_gettime") && look_up("gettimeofday") && look_up("time") && look_up("getcpu"),
	      "the names without __vdso_ are there as well");
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++)
		check_clock(clock_fn, clocks[i]);
	CHECK_INT(clock_fn(9999, &(struct timespec){ 0 }), -EINVAL, "a bad clock is -EINVAL");
	syscall(SYS_gettimeofday, &tv1, NULL);
	CHECK_INT(tod_fn(&tv2, NULL), 0, "gettimeofday");
	CHECK((tv2.tv_sec - tv1.tv_sec) * 1000000 + tv2.tv_usec - tv1.tv_usec < 1000000 * contract_slow(), "agrees");
	t1 = time_fn(&t2);
	CHECK(t1 == t2 && t1 - tv1.tv_sec <= 1 + contract_slow() && t1 >= tv1.tv_sec,
	      "time agrees");
	CHECK_INT(cpu_fn(&cpu, &node, NULL), 0, "getcpu");
	syscall(SYS_getcpu, &cpu2, NULL, NULL);
	CHECK(cpu < CPU_SETSIZE && cpu2 < CPU_SETSIZE, "names a CPU");
}
