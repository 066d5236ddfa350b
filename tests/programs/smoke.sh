#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A tour through the system in a shell, part by part: 67 small tests (the names are those of earlier systems of this
# kind). Runs in the guest on the default root. SMOKE_DISK names a block device with an ext4 or ext2 volume on it.

# What scripts do is the subject here, in good style or not, and BusyBox's echo -n and test -ef are part of it.
# shellcheck disable=SC1010,SC2005,SC2010,SC2012,SC2018,SC2019,SC2046,SC2086,SC2116,SC2126,SC3013,SC3037

here=$(dirname -- "$0")
# shellcheck source=tests/programs/tap.sh
. "$here/tap.sh"

# --- p1: the root ---------------------------------------------------------------------------------

t_mount_ext2()
{
	mkdir m; mount -o ro "$SMOKE_DISK" m; grep -q " $PWD/m ext" /proc/mounts; ls m | grep -q .
	umount m; not grep -q "$PWD/m" /proc/mounts
}
t_busybox() { like "$(busybox | head -n 1)" '^BusyBox v1'; [ "$(busybox --list | wc -l)" -gt 200 ]; }
t_alpine_release() { grep -q '^ID=' /etc/os-release; grep -q '^root:' /etc/passwd; }

# --- p2: files ------------------------------------------------------------------------------------

t_write_read() { echo "some text" > f; eq "$(cat f)" 'some text'; }
t_mkdir_rmdir() { mkdir d; [ -d d ]; rmdir d; [ ! -e d ]; }
t_symlink_readlink() { ln -s /some/where l; eq "$(readlink l)" /some/where; }
t_hardlink() { echo x > a; ln a b; [ a -ef b ]; eq "$(stat -c %h b)" 2; }
t_rename() { echo new > a; echo old > b; mv a b; eq "$(cat b)" new; [ ! -e a ]; }
t_chmod() { touch f; chmod 4711 f; eq "$(stat -c %a f)" 4711; }
t_large_file_1mb()
{
	dd if=/dev/urandom of=f bs=4096 count=256; cp f g; cmp f g; eq "$(stat -c %s g)" 1048576
}
t_deep_directory()
{
	mkdir -p a/b/c/d/e/f/g/h; echo x > a/b/c/d/e/f/g/h/i; eq "$(cat a/b/c/d/e/f/g/h/i)" x
	rm -r a
}
t_readdir_20_files() { for i in $(seq 20); do : > f$i; done; eq "$(ls | wc -l)" 20; }

# --- p3: shell and tools --------------------------------------------------------------------------

t_echo() { eq "$(echo a 'b c')" 'a b c'; eq "$(echo -n x | wc -c)" 1; }
t_pipe_chain() { eq "$(printf 'b\na\nb\n' | sort | uniq | wc -l)" 2; }
t_command_substitution() { n=$(seq 9 | wc -l); eq "$n" 9; }
t_redirect() { echo x > f; cat < f > g; eq "$(cat g)" x; }
t_append_redirect() { for i in 1 2 3; do echo $i >> f; done; eq "$(wc -l < f)" 3; }
t_for_loop() { s=0; for i in $(seq 100); do s=$((s + i)); done; eq $s 5050; }
t_while_loop() { i=0; while [ $i -lt 50 ]; do i=$((i + 1)); [ $i != 30 ] || break; done; eq $i 30; }
t_conditional() { if [ -d /proc ] && ! [ -f /proc ]; then r=1; else r=2; fi; eq $r 1; }
t_grep_regex() { eq "$(printf 'a1\nbb\nc33\n' | grep -E '^[a-z][0-9]+$' | wc -l)" 2; }
t_sed() { eq "$(printf 'x=1\ny=2\n' | sed -n 's/^y=\(.*\)/\1/p')" 2; }
t_awk() { eq "$(printf 'a 3\nb 4\na 5\n' | awk '{n[$1] += $2} END {print n["a"]}')" 8; }
t_sort_uniq() { eq "$(echo $(printf 'c\na\nc\nb\n' | sort -u))" 'a b c'; }
t_find() { mkdir -p x/y; : > x/y/target; eq "$(find . -name target -type f)" ./x/y/target; }
t_tar_gzip()
{
	mkdir d; seq 2000 > d/f; tar cf - d | gzip > a; rm -r d; gzip -dc a | tar xf -
	eq "$(tail -n 1 d/f)" 2000
}
t_head_tail() { eq "$(seq 100 | head -n 60 | tail -n 1)" 60; }
t_xargs() { eq "$(seq 20 | xargs -n 5 | wc -l)" 4; }
t_cut_tr() { eq "$(echo 'A:b:C' | cut -d: -f3 | tr A-Z a-z)" c; }
t_arithmetic() { eq $((7 * 8 - 6 / 4)) 55; eq $(((5 > 3) ? 10 : 20)) 10; }
t_exit_status() { s=0; (exit 9) || s=$?; eq $s 9; }
t_heredoc() { eq "$(wc -l <<END
1
2
END
)" 2; }

# --- p4: processes and signals --------------------------------------------------------------------

t_fork_exit_status() { for s in 0 1 127 255; do r=0; sh -c "exit $s" || r=$?; eq $r $s; done; }
t_pipe_parent_child() { mkfifo p; (echo from child > p) & eq "$(cat p)" 'from child'; wait; }
t_sigterm() { sleep 50 & kill $!; r=0; wait $! || r=$?; eq $r 143; }
t_sigkill()
{
	sh -c 'trap "" TERM; echo on > on; sleep 50' & p=$!; wait_until [ -f on ]; kill $p
	kill -0 $p; kill -9 $p; r=0; wait $p || r=$?; eq $r 137
}
state_is() { [ "$(cut -d' ' -f3 "/proc/$1/stat")" = "$2" ]; }
t_sigtstp_sigcont()
{
	sleep 50 & p=$!; kill -STOP $p; wait_until state_is $p T; kill -CONT $p
	wait_until state_is $p S; kill $p; wait $p || :
}
t_sigint() { r=0; sh -c 'trap "exit 7" INT; kill -INT $$; exit 0' || r=$?; eq $r 7; }
t_multi_child_wait()
{
	pids=; for i in 1 2 3 4 5; do (exit $i) & pids="$pids $!"; done; s=0; for p in $pids
	do r=0; wait $p || r=$?; s=$((s + r)); done; eq $s 15
}
t_background_wait() { (sleep 0.2; echo done > f) & wait; eq "$(cat f)" done; }
t_pgid_kill()
{
	setsid sh -c 'echo $$ > id; sleep 50 & sleep 50 & wait' & wait_until [ -s id ]
	g=$(cat id); sleep 0.1; kill -TERM -$g; wait || :; sleep 0.1; not pgrep -s $g
}

# --- p5: the kernel's files -----------------------------------------------------------------------

t_uname() { eq "$(uname)" Linux; like "$(uname -a)" x86_64; }
t_proc_version() { like "$(cat /proc/version)" '^Linux version'; }
t_proc_meminfo() { eq "$(grep -cE '^(MemTotal|MemFree|MemAvailable|Cached):' /proc/meminfo)" 4; }
t_proc_cpuinfo() { eq "$(grep -c '^processor' /proc/cpuinfo)" "$(nproc)"; grep -q '^flags' /proc/cpuinfo; }
t_proc_self_maps() { like "$(cat /proc/self/maps)" 'r-xp .*busybox'; grep -q '\[stack\]' /proc/self/maps; }
t_proc_self_status()
{
	grep -q '^Name:	grep' /proc/self/status; grep -q '^State:	R' /proc/self/status
}
t_hostname() { [ -n "$(hostname)" ]; eq "$(hostname)" "$(uname -n)"; }
t_proc_uptime() { like "$(cat /proc/uptime)" '^[0-9]+\.[0-9][0-9] [0-9]+\.[0-9][0-9]$'; }
t_proc_mounts() { grep -q ' / ext4 ' /proc/mounts; grep -q ' /proc proc ' /proc/mounts; }
t_proc_self_fd() { exec 7< /dev/null; eq "$(readlink /proc/$(sh -c 'echo $PPID')/fd/7)" /dev/null; }

# --- p6, p7: what needs no network ----------------------------------------------------------------

logged() { logread | grep -q "$1"; }
t_unix_socketpair() { [ -S /dev/log ]; logger "smoke $$"; wait_until logged "smoke $$"; }

# --- p8: many at once -----------------------------------------------------------------------------

t_rapid_fork_50() { for i in $(seq 50); do /bin/true; done; }
t_concurrent_pipes()
{
	for i in 1 2 3 4 5 6 7 8; do (seq 200 | cat | wc -l > n$i) & done; wait
	eq "$(cat n* | sort -u)" 200
}
t_100_files_create_unlink()
{
	for i in $(seq 100); do echo $i > f$i; done; eq "$(ls | wc -l)" 100; rm f*
	eq "$(ls | wc -l)" 0
}
t_pipe_1mb() { eq "$(dd if=/dev/zero bs=4096 count=256 | wc -c)" 1048576; }
t_signal_storm_100()
{
	sh -c 'n=0; trap "n=\$((n + 1))" USR1; echo $$ > id
		while [ ! -f stop ]; do sleep 0.02; done; echo $n > n' &
	wait_until [ -s id ]
	p=$(cat id); for i in $(seq 100); do kill -USR1 $p; done; : > stop; wait
	[ "$(cat n)" -ge 1 ]; [ "$(cat n)" -le 100 ]
}
t_dd_4mb() { dd if=/dev/zero of=f bs=64k count=64; eq "$(stat -c %s f)" 4194304; }

names=$(sed -n 's/^t_\([a-z0-9_]*\)().*/\1/p' "$0")
run_all 'smoke: ' $names
for name in dns_resolve http_get tcp_loopback apk_update apk_add_pkg installed_binary apk_info apk_repos; do
	skip 'smoke: ' $name 'needs a network'
done
skip 'smoke: ' musl_ld 'the default root has no musl loader; the contract programs are musl programs'
done_testing
