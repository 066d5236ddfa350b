/* SPDX-License-Identifier: MIT */
/*
 * The harness behind contract.h: supervisor and watchdog, TAP, helpers.
 *
 * Invariants
 *  (1) Exit status 0 means: at least one check ran, none failed, the test returned by itself.
 *  (2) Nothing here is used by the kernel under test in more depth than fork, wait4, mmap, alarm
 *      and write, so that a new kernel can run the first tests early.
 */
#include "lib/contract.h"

#include <dirent.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define WATCHDOG_SECONDS 20
#define EXIT_SKIPPED 77

/* Counters shared by the test and every process it forks. */
struct tally {
	int checks;
	int failures;
	bool skipped;
	bool done;
};

static struct {
	struct tally *tally;
	char self[PATH_MAX];
	char tmp[PATH_MAX];
	bool tmp_made;
	int slow;
	pid_t test;
	volatile sig_atomic_t timed_out;
} harness = { .slow = 1 };

int contract_slow(void)
{
	return harness.slow;
}

const char *contract_self(void)
{
	return harness.self;
}

/* One line, one write: lines of several processes do not mix. */
static void __printf(1, 0) put_line(const char *fmt, va_list ap)
{
	char line[1024];
	int len = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	ssize_t done;

	if (len > (int)sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[len++] = '\n';
	done = write(STDOUT_FILENO, line, (size_t)len);
	(void)done;
}

static void __printf(1, 2) put(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_line(fmt, ap);
	va_end(ap);
}

bool contract_check(bool good, const char *file, int line, const char *fmt, ...)
{
	int saved = errno, n = __atomic_add_fetch(&harness.tally->checks, 1, __ATOMIC_SEQ_CST);
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put("%s %d - %s", good ? "ok" : "not ok", n, text);
	if (!good) {
		__atomic_add_fetch(&harness.tally->failures, 1, __ATOMIC_SEQ_CST);
		put("# at %s:%d", file, line);
	}
	errno = saved;
	return good;
}

void note(const char *fmt, ...)
{
	int saved = errno;
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put("# %s", text);
	errno = saved;
}

void skip(const char *fmt, ...)
{
	int n = __atomic_add_fetch(&harness.tally->checks, 1, __ATOMIC_SEQ_CST);
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put("ok %d # SKIP %s", n, text);
}

void skip_all(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put("1..0 # SKIP %s", text);
	harness.tally->skipped = true;
	_exit(0);
}

void contract_bail(const char *file, int line, const char *what)
{
	int saved = errno;

	contract_check(false, file, line, "required: %s", what);
	note("errno %d (%s)", saved, strerror(saved));
	_exit(99);
}

int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

void sleep_ms(int ms)
{
	struct timespec left = { ms / 1000, (long)(ms % 1000) * 1000000 };

	while (nanosleep(&left, &left) == -1 && errno == EINTR)
		;
}

pid_t fork_child(void)
{
	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

int wait_status(pid_t pid)
{
	int status;
	pid_t got;

	do {
		got = waitpid(pid, &status, 0);
	} while (got == -1 && errno == EINTR);
	REQUIRE(got == pid);
	return status;
}

int run_child(int (*fn)(void *), void *arg)
{
	pid_t pid = fork_child();

	if (pid == 0)
		_exit(fn(arg));
	return wait_status(pid);
}

int run_role(const char *role, const char *a1, const char *a2, const char *a3)
{
	char name[64];
	pid_t pid;

	snprintf(name, sizeof(name), "@%s", role);
	pid = fork_child();
	if (pid == 0) {
		execl(harness.self, harness.self, name, a1, a2, a3, (char *)NULL);
		contract_bail(__FILE__, __LINE__, "execl of this program");
	}
	return wait_status(pid);
}

static char state_of(const char *path)
{
	char buf[512];
	const char *p;

	if (read_file(path, buf, sizeof(buf)) <= 0)
		return 0;
	p = strrchr(buf, ')');
	return p && p[1] == ' ' ? p[2] : 0;
}

char process_state(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	return state_of(path);
}

char thread_state(pid_t pid, pid_t tid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)pid, (int)tid);
	return state_of(path);
}

void wait_asleep(pid_t pid)
{
	REQUIRE(EVENTUALLY(process_state(pid) == 'S', 5000));
}

void on_signal(int sig, void (*handler)(int), int flags)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };

	sigemptyset(&sa.sa_mask);
	REQUIRE(sigaction(sig, &sa, NULL) == 0);
}

void on_siginfo(int sig, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO };

	sigemptyset(&sa.sa_mask);
	REQUIRE(sigaction(sig, &sa, NULL) == 0);
}

const char *tmp_dir(void)
{
	if (!harness.tmp_made) {
		umask(022);
		REQUIRE(mkdir(harness.tmp, 0755) == 0);
		REQUIRE(chdir(harness.tmp) == 0);
		harness.tmp_made = true;
	}
	return harness.tmp;
}

void write_file(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	REQUIRE(fd >= 0);
	REQUIRE(write(fd, data, size) == (ssize_t)size);
	REQUIRE(close(fd) == 0);
}

ssize_t read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	buf[0] = 0;
	if (fd < 0)
		return -1;
	while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	buf[len] = 0;
	return (ssize_t)len;
}

long long read_field(const char *path, const char *name)
{
	static char text[16384];
	char *at;

	REQUIRE(read_file(path, text, sizeof(text)) > 0);
	at = strstr(text, name);
	REQUIRE(at);
	return strtoll(at + strlen(name), NULL, 10);
}

void ask_exec(const char *role, unsigned long persona, void *answer, size_t size)
{
	char word[32];
	int out[2];
	pid_t pid;

	snprintf(word, sizeof(word), "@%s", role);
	REQUIRE(pipe(out) == 0);
	pid = fork_child();
	if (pid == 0) {
		dup2(out[1], 1);
		if (persona)
			personality(persona);
		execl(contract_self(), contract_self(), word, (char *)NULL);
		_exit(1);
	}
	REQUIRE(read(out[0], answer, size) == (ssize_t)size);
	REQUIRE(wait_status(pid) == 0);
	close(out[0]);
	close(out[1]);
}

void *bad_pointer(void)
{
	static void *volatile address = (void *)8;

	return address;
}

void need_root(void)
{
	if (geteuid() != 0)
		skip_all("needs root");
}

void need_cpus(int count)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	sched_getaffinity(0, sizeof(set), &set);
	if (CPU_COUNT(&set) < count)
		skip_all("needs %d CPUs", count);
}

/* Removes a folder and what is in it, without following links or leaving the folder. */
static void remove_tree(const char *path)
{
	struct dirent *de;
	DIR *dir;

	if (unlink(path) == 0 || rmdir(path) == 0)
		return;
	chmod(path, 0700);
	dir = opendir(path);
	if (!dir)
		return;
	while ((de = readdir(dir)) != NULL) {
		char sub[PATH_MAX];

		if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, ".."))
			continue;
		if (snprintf(sub, sizeof(sub), "%s/%s", path, de->d_name) < (int)sizeof(sub))
			remove_tree(sub);
	}
	closedir(dir);
	rmdir(path);
}

static void on_alarm(int sig)
{
	(void)sig;
	harness.timed_out = 1;
	kill(-harness.test, SIGKILL);
	kill(harness.test, SIGKILL);
}

static void find_self(const char *argv0)
{
	char cwd[PATH_MAX];

	if (argv0[0] == '/' || !getcwd(cwd, sizeof(cwd)))
		snprintf(harness.self, sizeof(harness.self), "%s", argv0);
	else if (snprintf(harness.self, sizeof(harness.self), "%s/%s", cwd, argv0) < 0)
		harness.self[0] = 0;
}

/* What the runner may have left ignored or blocked must not leak into the test. */
static void reset_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void run_test(void)
{
	contract_main();
	put("1..%d", harness.tally->checks);
	harness.tally->done = true;
}

static int supervise(void)
{
	struct rlimit no_core = { 0, RLIM_INFINITY };
	int status;

	reset_signals();
	harness.test = fork();
	if (harness.test == 0) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getrlimit(RLIMIT_CORE, &no_core) == 0)
			no_core.rlim_cur = 0;
		setrlimit(RLIMIT_CORE, &no_core);
		run_test();
		_exit(0);
	}
	if (harness.test < 0) {
		put("Bail out! fork: %s", strerror(errno));
		return 1;
	}
	on_signal(SIGALRM, on_alarm, 0);
	alarm((unsigned int)(WATCHDOG_SECONDS * harness.slow));
	status = wait_status(harness.test);
	kill(-harness.test, SIGKILL);
	if (harness.timed_out)
		contract_check(false, "watchdog", 0, "ended after %d s",
			       WATCHDOG_SECONDS * harness.slow);
	else if (WIFSIGNALED(status))
		contract_check(false, "test", 0, "died by signal %d", WTERMSIG(status));
	else if (!harness.tally->done && !harness.tally->skipped && status != 99 << 8)
		contract_check(false, "test", 0, "left early with status %#x", status);
	if (!getenv("CONTRACT_KEEP"))
		remove_tree(harness.tmp);
	return 0;
}

int main(int argc, char **argv)
{
	const char *slow = getenv("CONTRACT_SLOW"), *tmp = getenv("TMPDIR");

	find_self(argv[0]);
	if (slow && atoi(slow) > 1)
		harness.slow = atoi(slow);
	if (snprintf(harness.tmp, sizeof(harness.tmp), "%s/contract.%d", tmp ? tmp : "/tmp",
		     (int)getpid()) >= (int)sizeof(harness.tmp))
		return 1;
	harness.tally = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (harness.tally == MAP_FAILED) {
		put("Bail out! mmap: %s", strerror(errno));
		return 1;
	}
	if (argc > 1 && argv[1][0] == '@' && contract_role)
		return contract_role(argv[1] + 1, argc, argv);
	if (getenv("CONTRACT_INLINE"))
		run_test();
	else if (supervise() != 0)
		return 1;
	if (harness.tally->skipped && harness.tally->failures == 0)
		return EXIT_SKIPPED;
	return harness.tally->done && harness.tally->checks > 0 && harness.tally->failures == 0 ? 0 : 1;
}
