/* SPDX-License-Identifier: MIT */
/*
 * core(5): who leaves a core file, under which name, and what is in it: notes of every thread and of the process,
 * memory by coredump_filter, an end at RLIMIT_CORE. wait's core bit says whether there is one.
 */
#include "lib/contract.h"

#include <elf.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/procfs.h>
#include <sys/resource.h>

#define PATTERN		"/proc/sys/kernel/core_pattern"
#define THREADS		3

static char saved[200], base[200], path[300], *core;
static size_t core_size;
static volatile uint64_t marker = 0x0123456789abcdef;
static uint64_t *area;

struct crash {
	int sig, dumpable, threads;
	rlim_t limit;
	const char *filter;
};

static void set_pattern(const char *text)
{
	int fd = open(PATTERN, O_WRONLY | O_TRUNC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		skip_all("core_pattern cannot be set");
	close(fd);
}

static void *wait_for_ever(void *arg)
{
	__atomic_fetch_add((int *)arg, 1, __ATOMIC_SEQ_CST);
	for (;;)
		pause();
	return NULL;
}

static int crash(void *arg)
{
	const struct crash *c = arg;
	struct rlimit rl = { c->limit, RLIM_INFINITY };
	pthread_t thread;
	int started = 0;

	REQUIRE(setrlimit(RLIMIT_CORE, &rl) == 0);
	if (c->filter)
		write_file("/proc/self/coredump_filter", c->filter, strlen(c->filter));
	if (!c->dumpable)
		prctl(PR_SET_DUMPABLE, 0);
	for (int i = 0; i < c->threads; i++)
		REQUIRE(pthread_create(&thread, NULL, wait_for_ever, &started) == 0);
	while (__atomic_load_n(&started, __ATOMIC_SEQ_CST) < c->threads)
		sleep_ms(1);
	area[0] = 77;
	marker ^= 1;
	if (c->sig == SIGSEGV)
		*(volatile int *)bad_pointer() = 1;
	raise(c->sig);
	return 0;
}

/* The child's status; its core file is in `core`, or core is NULL. */
static int crashed(struct crash c, pid_t *pid)
{
	struct stat st;
	int status, fd;

	*pid = fork_child();
	if (*pid == 0)
		_exit(crash(&c));
	status = wait_status(*pid);
	snprintf(path, sizeof(path), "%s/c.%d.%d", base, *pid, c.sig);
	free(core);
	core = NULL;
	fd = open(path, O_RDONLY);
	if (fd >= 0) {
		REQUIRE(fstat(fd, &st) == 0);
		CHECK_INT(st.st_mode & 07777, 0600, "the core file's mode");
		core_size = (size_t)st.st_size;
		core = malloc(core_size + 1);
		REQUIRE(read(fd, core, core_size) == (ssize_t)core_size);
		close(fd);
		unlink(path);
	}
	return status;
}

static const Elf64_Phdr *headers(unsigned *count)
{
	const Elf64_Ehdr *e = (void *)core;

	*count = e->e_phnum;
	return (void *)(core + e->e_phoff);
}

/* Where the core file has the memory at an address; NULL: it has not. */
static void *memory_at(const volatile void *addr)
{
	const Elf64_Phdr *ph;
	unsigned n;
	uint64_t a = (uint64_t)(uintptr_t)addr;

	ph = headers(&n);
	for (unsigned i = 0; i < n; i++) {
		if (ph[i].p_type == PT_LOAD && a >= ph[i].p_vaddr && a - ph[i].p_vaddr < ph[i].p_filesz &&
		    ph[i].p_offset + (a - ph[i].p_vaddr) + 8 <= core_size)
			return core + ph[i].p_offset + (a - ph[i].p_vaddr);
	}
	return NULL;
}

/* The nth note of a type. *size may be NULL. */
static void *note_of(unsigned type, unsigned nth, size_t *size)
{
	const Elf64_Phdr *ph;
	unsigned n;
	char *at, *end;

	ph = headers(&n);
	REQUIRE(n > 1 && ph[0].p_type == PT_NOTE);
	at = core + ph[0].p_offset;
	for (end = at + ph[0].p_filesz; at < end;) {
		Elf64_Nhdr *h = (void *)at;
		char *desc = at + sizeof(*h) + ((h->n_namesz + 3) & ~3U);

		if (h->n_type == type && nth-- == 0) {
			if (size)
				*size = h->n_descsz;
			return desc;
		}
		at = desc + ((h->n_descsz + 3) & ~3U);
	}
	return NULL;
}

static void check_process_notes(pid_t pid, int sig)
{
	const struct elf_prpsinfo *ps = note_of(NT_PRPSINFO, 0, NULL);
	const siginfo_t *info = note_of(0x53494749, 0, NULL);
	unsigned long *files = note_of(0x46494c45, 0, NULL), entry = 0;
	unsigned long *aux = note_of(NT_AUXV, 0, NULL);
	const char *name;
	size_t size = 0;

	REQUIRE(ps && info && files && aux);
	CHECK_INT(ps->pr_pid, pid, "NT_PRPSINFO: pid");
	CHECK_STR(ps->pr_fname, "core_file", "its name");
	CHECK(strstr(ps->pr_psargs, "core_file"), "its arguments");
	CHECK_INT(info->si_signo, sig, "NT_SIGINFO: the signal");
	CHECK(files[0] > 0 && files[1] == PAGE, "NT_FILE: pages");
	name = (char *)&files[2 + 3 * files[0]];
	CHECK_STR(name, contract_self(), "the program comes first");
	for (; aux[0] != AT_NULL; aux += 2) {
		if (aux[0] == AT_ENTRY)
			entry = aux[1];
	}
	CHECK(entry, "NT_AUXV: the entry");
	CHECK(note_of(NT_FPREGSET, 0, &size) && size == 512, "NT_FPREGSET");
}

static void check_threads(pid_t pid, unsigned count, int sig)
{
	const struct elf_prstatus *st = note_of(NT_PRSTATUS, 0, NULL);
	size_t size = 0;

	REQUIRE(st);
	CHECK_INT(st->pr_pid, pid, "NT_PRSTATUS: who crashed comes first");
	CHECK_INT(st->pr_cursig, sig, "its signal");
	CHECK_INT(st->pr_ppid, getpid(), "its parent");
	CHECK(note_of(NT_PRSTATUS, count - 1, &size) && size == sizeof(*st), "a note for each thread");
	CHECK(!note_of(NT_PRSTATUS, count, NULL), "and no more");
	CHECK(note_of(NT_FPREGSET, count - 1, NULL) && !note_of(NT_FPREGSET, count, NULL), "floating point too");
	for (unsigned i = 1; i < count; i++) {
		st = note_of(NT_PRSTATUS, i, NULL);
		CHECK(st->pr_pid > pid, "thread %u", i);
		CHECK(memory_at((void *)(uintptr_t)((unsigned long *)&st->pr_reg)[19]), "its stack is in the file");
	}
}

static void complete_core(void)
{
	struct crash c = { SIGSEGV, 1, THREADS, RLIM_INFINITY, NULL };
	Elf64_Ehdr *e;
	uint64_t *found;
	pid_t pid;
	int status = crashed(c, &pid);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV && WCOREDUMP(status), "the status has the core bit");
	REQUIRE(core);
	e = (void *)core;
	CHECK(!memcmp(e->e_ident, ELFMAG, SELFMAG) && e->e_type == ET_CORE, "an ELF core file");
	check_threads(pid, THREADS + 1, SIGSEGV);
	check_process_notes(pid, SIGSEGV);
	found = memory_at(&marker);
	CHECK(found && *found == (0x0123456789abcdef ^ 1), "the data as it was");
	found = memory_at(area);
	CHECK(found && *found == 77, "anonymous memory");
	found = memory_at(area + 100 * PAGE / 8);
	CHECK(found && *found == 0, "memory nobody touched is zeroes");
	found = memory_at((void *)((uintptr_t)contract_main & ~(PAGE - 1)));
	CHECK(!found, "the program's text is not there");
}

static void partial_cores(void)
{
	pid_t pid;
	int status = crashed((struct crash){ SIGABRT, 1, 0, RLIM_INFINITY, "0x10" }, &pid);

	CHECK(WCOREDUMP(status) && core, "coredump_filter 0x10");
	CHECK(core && !memory_at(area), "leaves anonymous memory out");
	status = crashed((struct crash){ SIGQUIT, 1, 0, 8192, NULL }, &pid);
	CHECK(WCOREDUMP(status) && core && core_size <= 8192, "RLIMIT_CORE cuts the file");
	status = crashed((struct crash){ SIGTRAP, 1, 0, 0, NULL }, &pid);
	CHECK(WTERMSIG(status) == SIGTRAP && !WCOREDUMP(status) && !core, "RLIMIT_CORE 0: none, and no core bit");
	status = crashed((struct crash){ SIGSYS, 0, 0, RLIM_INFINITY, NULL }, &pid);
	CHECK(!WCOREDUMP(status) && !core, "PR_SET_DUMPABLE 0: none");
	status = crashed((struct crash){ SIGTERM, 1, 0, RLIM_INFINITY, NULL }, &pid);
	CHECK(!WCOREDUMP(status) && !core, "SIGTERM leaves none");
}

static void names(void)
{
	struct crash c = { SIGILL, 1, 0, RLIM_INFINITY, NULL };
	char pattern[300], want[400];
	pid_t pid;

	snprintf(pattern, sizeof(pattern), "%s/%%e-%%f-%%u-%%%%-%%p", base);
	set_pattern(pattern);
	crashed(c, &pid);
	snprintf(want, sizeof(want), "%s/core_file-core_file-%u-%%-%d", base, getuid(), pid);
	CHECK_INT(unlink(want), 0, "%%e %%f %%u %%%% %%p");
	set_pattern("k");
	write_file("/proc/sys/kernel/core_uses_pid", "1", 1);
	crashed(c, &pid);
	write_file("/proc/sys/kernel/core_uses_pid", "0", 1);
	snprintf(want, sizeof(want), "k.%d", pid);
	CHECK_INT(unlink(want), 0, "a relative name with core_uses_pid");
	REQUIRE(symlink("elsewhere", "k") == 0);
	crashed(c, &pid);
	CHECK_INT(access("elsewhere", F_OK), -1, "a link is not followed");
	unlink("k");
	write_file("notadir", "", 0);
	set_pattern("notadir/x");
	CHECK(!WCOREDUMP(crashed(c, &pid)), "a file that cannot be made: no core bit");
}

static int everything(void *arg)
{
	char pattern[300];

	area = mmap(NULL, 200 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(area != MAP_FAILED);
	snprintf(pattern, sizeof(pattern), "%s/c.%%p.%%s", base);
	set_pattern(pattern);
	complete_core();
	partial_cores();
	names();
	return 0;
}

void contract_main(void)
{

	need_root();
	REQUIRE(read_file(PATTERN, saved, sizeof(saved)) > 0);
	saved[strcspn(saved, "\n")] = 0;
	snprintf(base, sizeof(base), "%s", tmp_dir());
	CHECK_EXIT(everything, NULL, 0, "the test came to its end");
	set_pattern(saved);
}
