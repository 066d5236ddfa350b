/* SPDX-License-Identifier: MIT */
/*
 * BusyBox's shell: exit statuses, five children, the parent's pid, pipelines, substitution,
 * redirection, signals.
 */
#include "lib/contract.h"

static int shell(void *command)
{
	execl("/bin/busybox", "sh", "-c", (char *)command, (char *)NULL);
	return 126;
}

static void check_output(const char *command, const char *want)
{
	char buf[4096];
	int out[2], status;
	ssize_t n, have = 0;
	pid_t pid;

	REQUIRE(pipe(out) == 0);
	pid = fork_child();
	if (pid == 0) {
		dup2(out[1], 1);
		close(out[0]);
		close(out[1]);
		_exit(shell((void *)command));
	}
	close(out[1]);
	while ((n = read(out[0], buf + have, sizeof(buf) - 1 - (size_t)have)) > 0)
		have += n;
	buf[have] = 0;
	close(out[0]);
	status = wait_status(pid);
	CHECK_STR(buf, want, "%s", command);
	CHECK_INT(status, 0, "and exit status 0");
}

void contract_main(void)
{
	if (access("/bin/busybox", X_OK) != 0)
		skip_all("no /bin/busybox");
	tmp_dir();
	setenv("PATH", "/bin:/usr/bin:/sbin:/usr/sbin", 1);
	CHECK_EXIT(shell, "true", 0, "true");
	CHECK_EXIT(shell, "false", 1, "false");
	CHECK_EXIT(shell, "exit 42", 42, "exit 42");
	CHECK_EXIT(shell, "/nonexistent", 127, "a missing command is 127");
	CHECK_SIGNALLED(shell, "kill -9 $$", SIGKILL, "a shell killed by itself");
	CHECK_EXIT(shell, "(exit 7); exit $?", 7, "a sub-shell's status");
	CHECK_EXIT(shell,
		   "for i in 1 2 3 4 5; do (exit $i) & wait $! || s=$((s + $?)); done; exit $s", 15,
		   "five children");
	check_output("echo one two", "one two\n");
	check_output("echo abc | busybox tr a-c x-z | busybox cat", "xyz\n");
	check_output("echo $(echo inner $(echo most))", "inner most\n");
	check_output("echo text > f; busybox cat < f; busybox wc -c < f", "text\n5\n");
	check_output("busybox seq 1 1000 | busybox tail -n 1", "1000\n");
	check_output("x=1; (x=2); echo $x", "1\n");
	check_output("trap 'echo caught' USR1; kill -USR1 $$; echo after", "caught\nafter\n");
	check_output("busybox sleep 5 & kill $!; wait $!; echo $?", "143\n");
	check_output("i=0; while [ $i -lt 50 ]; do busybox true && i=$((i + 1)); done; echo $i",
		     "50\n");
	check_output("busybox yes | busybox head -n 3", "y\ny\ny\n");
	check_output("cat <<E\nhere\nE", "here\n");
}
