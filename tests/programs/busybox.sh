#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The shell and its tools on a root of BusyBox: 108 small tests (the names are those of earlier systems of this kind).
# Runs in the guest, and as any user's script on Linux: `sh busybox.sh`.

# What scripts do is the subject here, in good style or not: useless uses of echo and cat, constant conditions,
# expr, backticks, words that are split, ps and ls in pipes.
# shellcheck disable=SC2002,SC2003,SC2005,SC2006,SC2009,SC2012,SC2016,SC2018,SC2019,SC2030,SC2031
# shellcheck disable=SC2046,SC2050,SC2086,SC2116,SC2164,SC2166,SC2194,SC2308

here=$(dirname -- "$0")
# shellcheck source=tests/programs/tap.sh
. "$here/tap.sh"

# --- Files ----------------------------------------------------------------------------------------

t_echo_redirect() { echo hello > f; eq "$(cat f)" hello; eq "$(wc -c < f)" 6; }
t_cat_file() { printf 'a\nb\n' > a; printf 'c\n' > b; eq "$(cat a b)" "$(printf 'a\nb\nc')"; }
t_cp_file() { echo x > a; chmod 640 a; cp -p a b; cmp a b; eq "$(stat -c %a b)" 640; }
t_mv_file() { echo x > a; mv a b; [ ! -e a ]; eq "$(cat b)" x; mkdir d; mv b d/; eq "$(cat d/b)" x; }
t_rm_file() { echo x > a; rm a; [ ! -e a ]; mkdir -p d/e; touch d/e/f; rm -r d; [ ! -e d ]; not rm nothing; }
t_mkdir_rmdir() { mkdir -p a/b/c; [ -d a/b/c ]; not rmdir a; rmdir a/b/c a/b a; [ ! -e a ]; }
t_ln_hard()
{
	echo x > a; ln a b; eq "$(stat -c %i a)" "$(stat -c %i b)"; eq "$(stat -c %h a)" 2; rm a
	eq "$(cat b)" x
}
t_ln_soft() { echo x > a; ln -s a b; eq "$(readlink b)" a; eq "$(cat b)" x; rm a; not cat b; [ -L b ]; }
t_chmod_file() { touch a; chmod 751 a; eq "$(stat -c %a a)" 751; chmod g-x,o+w a; eq "$(stat -c %a a)" 743; }
t_touch_file()
{
	touch a; [ -f a ]; touch -d '2001-02-03 04:05:06' a
	like "$(stat -c %y a)" '^2001-02-03 04:05:06'
}
t_ls_basic() { touch b a .c; eq "$(echo $(ls))" 'a b'; eq "$(echo $(ls -A))" '.c a b'; }
t_ls_long() { echo hello > a; chmod 644 a; like "$(ls -l a)" '^-rw-r--r-- +1 .* 6 .* a$'; }
t_head_file() { seq 20 > f; eq "$(echo $(head -n 3 f))" '1 2 3'; eq "$(head -c 4 f | wc -c)" 4; }
t_tail_file() { seq 20 > f; eq "$(echo $(tail -n 2 f))" '19 20'; eq "$(echo $(tail -n +19 f))" '19 20'; }
t_wc_file() { printf 'a b\nc\n' > f; eq "$(echo $(wc f))" '2 3 6 f'; }
t_tee_file() { eq "$(echo x | tee a b)" x; cmp a b; echo y | tee -a a > /dev/null; eq "$(wc -l < a)" 2; }
t_dd_basic()
{
	dd if=/dev/zero of=f bs=1k count=10; eq "$(stat -c %s f)" 10240
	printf ABC | dd of=f bs=1 seek=5 conv=notrunc; eq "$(dd if=f bs=1 skip=5 count=3)" ABC
}
t_truncate_file()
{
	echo hello > f; truncate -s 3 f; eq "$(cat f)" hel; truncate -s 100 f
	eq "$(stat -c %s f)" 100
}
t_du_basic() { mkdir d; dd if=/dev/zero of=d/f bs=4096 count=16; [ "$(du -s d | cut -f1)" -ge 64 ]; }
t_stat_cmd()
{
	echo abc > f; eq "$(stat -c '%F %s %n' f)" 'regular file 4 f'
	eq "$(stat -c %F .)" directory
}

# --- Text -----------------------------------------------------------------------------------------

t_grep_match() { printf 'one\ntwo\nthree\n' > f; eq "$(echo $(grep t f))" 'two three'; not grep four f; }
t_grep_count() { printf 'a\nb\na\n' > f; eq "$(grep -c a f)" 2; }
t_grep_invert() { printf 'a\nb\na\n' > f; eq "$(grep -v a f)" b; }
t_sed_substitute()
{
	eq "$(echo 'a-b-c' | sed 's/-/+/g')" a+b+c
	eq "$(echo abc | sed 's/\(a\)\(b\)/\2\1/')" bac
}
t_sed_delete() { eq "$(echo $(seq 5 | sed '2,3d'))" '1 4 5'; eq "$(echo $(seq 5 | sed -n '$p'))" 5; }
t_awk_print() { eq "$(printf '1 2\n3 4\n' | awk '{s += $2} END {print NR, s}')" '2 6'; }
t_sort_numeric() { eq "$(echo $(printf '10\n9\n100\n' | sort -n))" '9 10 100'; }
t_sort_reverse() { eq "$(echo $(printf 'b\nc\na\n' | sort -r))" 'c b a'; }
t_uniq_basic() { eq "$(echo $(printf 'a\na\nb\n' | uniq -c))" '2 a 1 b'; }
t_tr_translate()
{
	eq "$(echo hello | tr a-z A-Z)" HELLO; eq "$(echo aabb | tr -s ab)" ab
	eq "$(echo a1b2 | tr -d 0-9)" ab
}
t_cut_fields() { eq "$(echo a:b:c | cut -d: -f2,3)" b:c; eq "$(echo abcdef | cut -c2-4)" bcd; }
t_diff_files() { seq 3 > a; printf '1\n3\n' > b; not diff a b > d; grep -q '^-2' d; diff a a; }

# --- Shell ----------------------------------------------------------------------------------------

t_pipe_basic() { eq "$(echo hello | cat)" hello; }
t_pipe_chain() { eq "$(seq 100 | grep 5 | sort -rn | head -n 1)" 95; }
t_redirect_stdout() { echo a > f; echo b > f; eq "$(cat f)" b; ls /nothing 2> e || :; [ -s e ]; }
t_redirect_append() { echo a > f; echo b >> f; eq "$(echo $(cat f))" 'a b'; }
t_redirect_stdin() { seq 3 > f; eq "$(wc -l < f)" 3; read -r x < f; eq "$x" 1; }
t_subshell() { x=1; (x=2; cd /; [ "$PWD" = / ]); eq $x 1; [ "$PWD" != / ]; }
t_command_substitution() { eq "$(echo $(echo $(echo deep)))" deep; eq "`echo old`" old; }
t_here_doc() { x=in; eq "$(cat <<END
one $x
END
)" 'one in'; }
t_glob_star() { touch a1 a2 b1; eq "$(echo a*)" 'a1 a2'; eq "$(echo [ab]1)" 'a1 b1'; eq "$(echo z*)" 'z*'; }
t_for_loop() { s=; for i in 1 2 3; do s=$s$i; done; eq $s 123; }
t_while_read() { s=0; seq 10 > f; while read -r n; do s=$((s + n)); done < f; eq $s 55; }
t_case_stmt() { case abc.txt in *.c) r=c ;; *.txt|*.md) r=text ;; *) r=other ;; esac; eq $r text; }
t_trap_signal()
{
	eq "$(sh -c 'trap "echo got; exit 3" USR1; kill -USR1 $$; sleep 1'; echo $?)" "$(printf 'got\n3')"
}

# --- Processes ------------------------------------------------------------------------------------

# The shell runs ps and sleep without exec: their command lines are its own, so the number tells.
t_ps_list()
{
	sleep 100 & ps > list; kill $!
	grep -q "^ *$! " list; like "$(ps -o pid,comm | grep '^ *1 ')" '1 +init'
}
t_kill_process() { sleep 100 & p=$!; kill $p; s=0; wait $p || s=$?; eq $s 143; not kill -0 $p; }
t_env_var()
{
	A=1 sh -c '[ "$A" = 1 ]'; export B=2; sh -c '[ "$B" = 2 ]'
	env -i C=3 /bin/sh -c '[ "$C" = 3 ] && [ -z "$B" ]'
}
t_xargs_basic() { eq "$(seq 5 | xargs echo)" '1 2 3 4 5'; eq "$(seq 5 | xargs -n 2 echo | wc -l)" 3; }
t_nice_process()
{
	sh -c 'renice -n 7 -p $$; cut -d" " -f19 /proc/$$/stat > n; sh -c "cut -d\" \" -f19 /proc/self/stat" > m'
	eq "$(cat n)" 7; eq "$(cat m)" 7
}
t_nohup_process()
{
	sh -c 'trap "" HUP; exec sh -c "kill -HUP \$\$; echo alive"' > out; eq "$(cat out)" alive
}

# --- System ---------------------------------------------------------------------------------------

t_hostname_cmd() { eq "$(hostname)" "$(cat /proc/sys/kernel/hostname)"; }
t_uname_cmd()
{
	eq "$(uname -s)" Linux; eq "$(uname -m)" x86_64
	eq "$(uname -r)" "$(cat /proc/sys/kernel/osrelease)"
}
t_id_cmd() { like "$(id)" '^uid=0\(root\) gid=0\(root\)'; eq "$(id -u)" 0; }
t_whoami_cmd() { eq "$(whoami)" root; }
t_date_cmd() { eq "$(date -u -d @86400 +%F)" 1970-01-02; [ "$(date +%Y)" -ge 2024 ]; }
t_uptime_cmd() { like "$(uptime)" 'up .*load average'; }
t_df_cmd() { df -P / | tail -n 1 | grep -q ' /$'; df /tmp | grep -q tmpfs; }
t_true_false() { true; not false; /bin/true; not /bin/false; }

# --- Reading and writing --------------------------------------------------------------------------

t_sequential_write()
{
	i=0; while [ $i -lt 200 ]; do echo line$i >> f; i=$((i + 1)); done; eq "$(wc -l < f)" 200
	eq "$(tail -n 1 f)" line199
}
t_multiwrite_child()
{
	for c in 1 2 3 4
	do (i=0; while [ $i -lt 25 ]; do echo $c >> f; i=$((i + 1)); done) & done; wait
	eq "$(wc -l < f)" 100; eq "$(grep -c 3 f)" 25
}
t_tmpfs_read()
{
	dd if=/dev/urandom of=/tmp/r bs=64k count=4
	eq "$(md5sum < /tmp/r)" "$(cat /tmp/r | md5sum)"; rm /tmp/r
}
t_large_sequential()
{
	seq 100000 > f; eq "$(wc -c < f)" 588895
	eq "$(awk '{s += $1} END {printf "%.0f", s}' f)" 5000050000
}

# --- Archives -------------------------------------------------------------------------------------

t_tar_create_extract()
{
	mkdir -p d/e; echo x > d/e/f; ln -s e/f d/l; tar cf a.tar d; mkdir o; tar xf a.tar -C o
	eq "$(cat o/d/l)" x
}
t_gzip_decompress() { seq 1000 > f; cp f g; gzip f; [ ! -e f ]; gunzip f.gz; cmp f g; }
t_tar_gz()
{
	mkdir d; seq 500 > d/f; tar czf a.tgz d; eq "$(tar tzf a.tgz | tail -n 1)" d/f; mkdir o
	tar xzf a.tgz -C o; cmp d/f o/d/f
}
t_cpio_basic()
{
	mkdir d; echo x > d/f; find d | cpio -o -H newc > a.cpio; mkdir o
	(cd o; cpio -i < ../a.cpio); eq "$(cat o/d/f)" x
}

# --- Finding --------------------------------------------------------------------------------------

t_find_name() { mkdir -p a/b; touch a/x.c a/b/y.c a/z.h; eq "$(find . -name '*.c' | wc -l)" 2; }
t_find_type()
{
	mkdir -p a/b; touch a/f; ln -s f a/l; eq "$(find a -type d | wc -l)" 2
	eq "$(find a -type l)" a/l
}
t_find_exec() { touch a b; find . -type f -exec sh -c 'echo x > "$1"' _ {} \;; eq "$(cat a b | wc -l)" 2; }
t_xargs_find()
{
	for i in $(seq 30); do echo $i > f$i; done
	eq "$(find . -name 'f*' -print0 | xargs -0 cat | wc -l)" 30
}

# --- Arithmetic -----------------------------------------------------------------------------------

t_expr_arithmetic() { eq "$(expr 7 \* 6)" 42; eq "$(expr 7 / 2)" 3; eq "$(expr length hello)" 5; not expr 0; }
t_shell_arithmetic()
{
	eq $((2 * (3 + 4) % 5)) 4; eq $((1 << 40)) 1099511627776; eq $((0x1f & 017)) 15; i=5
	eq $((i += 2)) 7
}
t_seq_command() { eq "$(echo $(seq 2 3 11))" '2 5 8 11'; eq "$(seq -s, 3)" 1,2,3; }
t_test_command()
{
	[ 3 -gt 2 ]; [ a != b ]; [ -z "" ]; [ -n "$PWD" ]; touch f; [ -f f ]; [ ! -d f ]
	[ -d . -a -r . ]
}
t_printf_format() { eq "$(printf '%05d|%-4s|%x|%c' 42 ab 255 xyz)" '00042|ab  |ff|x'; }

# --- Small programs -------------------------------------------------------------------------------

t_log_pipeline()
{
	for i in 1 2 3 4 5 6; do echo "$((i % 3)) GET /page$((i % 2))" >> log; done
	eq "$(cut -d' ' -f3 log | sort | uniq -c | sort -rn | awk '{print $1 $2}' | head -n 1)" 3/page1
}
t_config_parse()
{
	printf '# c\nname = x y\nsize=3\n' > c; v=$(sed -n 's/^name *= *//p' c); eq "$v" 'x y'
	while IFS='=' read -r k w; do case $k in size) eq "$w" 3 ;; esac; done < c
}
t_file_batch_create()
{
	for i in $(seq 200); do echo $i > f.$i; done; eq "$(ls | wc -l)" 200
	eq "$(cat f.* | awk '{s += $1} END {print s}')" 20100
}
t_multi_redirect()
{
	{ echo out; echo err >&2; } > o 2> e; eq "$(cat o)" out; eq "$(cat e)" err
	{ echo a; echo b >&2; } > both 2>&1; eq "$(wc -l < both)" 2; exec 5> five; echo x >&5
	exec 5>&-; eq "$(cat five)" x
}
t_set_intersection()
{
	seq 1 10 > a; seq 6 15 > b; eq "$(sort a b | uniq -d | wc -l)" 5
	eq "$(grep -c -x -F -f a b)" 5
}
t_background_jobs()
{
	for i in 1 2 3; do (sleep 0.1; echo $i > j$i) & done; wait; eq "$(cat j1 j2 j3 | wc -l)" 3
}
t_exit_codes()
{
	s=0; sh -c 'exit 42' || s=$?; eq $s 42; s=0; nothing_of_this_name || s=$?; eq $s 127
	touch f; s=0; ./f || s=$?; eq $s 126
}
t_heredoc_multiline() { cat > f <<'END'
line one
  $not expanded
line three
END
	eq "$(wc -l < f)" 3; grep -q '^  \$not' f; }

# --- /proc and /dev -------------------------------------------------------------------------------

t_proc_self_exe() { like "$(readlink /proc/self/exe)" '^/.*/busybox$'; }
t_proc_version() { like "$(cat /proc/version)" '^Linux version [0-9]'; }
t_proc_meminfo()
{
	t=$(awk '/^MemTotal:/ {print $2}' /proc/meminfo)
	f=$(awk '/^MemFree:/ {print $2}' /proc/meminfo); [ "$t" -gt "$f" ]; [ "$f" -gt 0 ]
}
t_proc_uptime()
{
	a=$(cut -d. -f1 /proc/uptime); sleep 1.1; b=$(cut -d. -f1 /proc/uptime); [ "$b" -gt "$a" ]
}
t_proc_cmdline()
{
	like "$(cat /proc/cmdline)" 'console='
	eq "$(tr '\0' ' ' < /proc/self/cmdline | cut -d' ' -f1)" tr
}
t_dev_null() { echo x > /dev/null; eq "$(cat /dev/null)" ''; }
t_dev_zero()
{
	eq "$(head -c 1000 /dev/zero | tr -d '\0' | wc -c)" 0
	eq "$(head -c 1000 /dev/zero | wc -c)" 1000
}
t_dev_urandom()
{
	a=$(head -c 16 /dev/urandom | md5sum); b=$(head -c 16 /dev/urandom | md5sum)
	[ "$a" != "$b" ]
}
t_dev_fd() { eq "$(echo hi | cat /dev/fd/0)" hi; eq "$(echo hi | cat /dev/stdin)" hi; echo x > /dev/stdout; }
t_hostname_set()
{
	old=$(hostname); hostname other; eq "$(uname -n)" other; hostname "$old"
	eq "$(hostname)" "$old"
}

# --- Sums -----------------------------------------------------------------------------------------

t_md5sum() { eq "$(printf abc | md5sum | cut -d' ' -f1)" 900150983cd24fb0d6963f7d28e17f72; }
t_sha256sum() { eq "$(printf abc | sha256sum | cut -c1-16)" ba7816bf8f01cfea; }
t_base64_encode() { eq "$(printf hello | base64)" aGVsbG8=; eq "$(echo aGVsbG8= | base64 -d)" hello; }
t_od_hex() { eq "$(echo $(printf 'AB\n' | od -An -tx1))" '41 42 0a'; }

# --- Edges ----------------------------------------------------------------------------------------

t_deep_directory()
{
	p=.; for i in $(seq 40); do p=$p/d$i; done; mkdir -p $p; echo x > $p/f
	eq "$(find . -name f | wc -l)" 1; eq "$(cat $p/f)" x
}
t_large_file()
{
	dd if=/dev/zero of=f bs=1M count=8; eq "$(stat -c %s f)" 8388608
	eq "$(tr -d '\0' < f | wc -c)" 0
}
t_many_pipes()
{
	x=start
	eq "$(echo $x | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat)" start
}
t_empty_file() { : > f; eq "$(wc -c < f)" 0; eq "$(cat f)" ''; [ ! -s f ]; }
t_special_chars_filename() { echo 1 > 'a b'; echo 2 > 'q"u'\''o'; echo 3 > ./-dash; echo 4 > 'new
line'; set -- *; eq $# 4; eq "$(cat ./* | wc -l)" 4; rm ./*; set -- *; eq "$1" '*'; }
t_rapid_fork() { i=0; while [ $i -lt 200 ]; do (exit $((i % 7))) || :; i=$((i + 1)); done; eq $i 200; }
t_pipe_eof_basic() { eq "$(printf '' | wc -c)" 0; eq "$( (echo a; sleep 0.1; echo b) | wc -l)" 2; }
t_shell_pipe_eof() { eq "$(yes | head -n 5 | wc -l)" 5; (echo x; exit 3) | cat > f; eq "$(cat f)" x; }

names=$(sed -n 's/^t_\([a-z0-9_]*\)().*/\1/p' "$0")
run_all 'busybox: ' $names
for name in ifconfig_cmd nc_loopback; do
	skip 'busybox: ' $name 'no network yet'
done
done_testing
