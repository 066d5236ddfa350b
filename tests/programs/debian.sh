#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Programs of Debian at work: each test runs one as a user does and looks at what came of it. Runs in the guest.

here=$(dirname -- "$0")
# shellcheck source=tests/programs/tap.sh
. "$here/tap.sh"
export HOME=/tmp LANG=C.UTF-8 TERM=vt100

t_bash_jobs()
{
	cat > jobs.sh <<'END'
set -m
sleep 50 &
sleep 0.2
jobs | grep -q Running || exit 1
kill -STOP %1; sleep 0.2
jobs | grep -q Stopped || exit 2
bg %1 >/dev/null; sleep 0.2
jobs | grep -q Running || exit 3
kill %1; wait %1; [ $? = 143 ] || exit 4
for i in $(seq 100); do (exit $((i % 5))); [ $? = $((i % 5)) ] || exit 5; done
coproc cat; echo through >&"${COPROC[1]}"; read -r x <&"${COPROC[0]}"; [ "$x" = through ] || exit 6
diff <(seq 3) <(printf '1\n2\n3\n') || exit 7
END
	bash jobs.sh
}

t_coreutils()
{
	eq "$(seq 1000 | shuf | sort -n | md5sum)" "$(seq 1000 | md5sum)"
	cp -a /usr/include/linux etc; diff -r /usr/include/linux etc; mv etc other; rm -r other
	install -m 4755 /bin/true true; ./true; eq "$(stat -c %a true)" 4755
	split -n 4 /usr/include/stdio.h s.; cat s.* | cmp - /usr/include/stdio.h
	eq "$(numfmt --to=iec 1048576)" 1.0M; truncate -s 1G big; eq "$(stat -c %s big)" 1073741824
	r=0; timeout 0.2 sleep 5 || r=$?; eq $r 124
	df / | grep -q /; du -s /etc; id; nproc; env; readlink -f .; nice -n 5 true; stdbuf -oL echo x
	eq "$(tac <(seq 3) | paste -sd,)" 3,2,1
}

t_perl()
{
	perl -e '
		use strict; use POSIX; use Socket;
		my %h; $h{$_ % 7}++ for 1 .. 10000; die unless $h{1} == 1429;
		my $pid = fork; exit 3 unless $pid; waitpid $pid, 0; die unless $? >> 8 == 3;
		open my $p, "-|", "ls /" or die; my @l = <$p>; close $p or die; die unless @l > 5;
		socketpair my $a, my $b, AF_UNIX, SOCK_STREAM, 0 or die;
		syswrite $a, "x"; sysread $b, my $c, 1; die unless $c eq "x";
		my $got = 0; $SIG{ALRM} = sub { $got = 1 }; alarm 1; pause; die unless $got;
		print POSIX::strftime("%Y", localtime);'
}

t_python()
{
	python3 - <<'END'
import ctypes, hashlib, json, mmap, os, select, signal, socket, sqlite3, subprocess, tempfile, threading
assert subprocess.run(['ls', '/'], capture_output=True, check=True).stdout
seen = []
threads = [threading.Thread(target=seen.append, args=(i,)) for i in range(50)]
[t.start() for t in threads], [t.join() for t in threads]
assert sorted(seen) == list(range(50))
base = sqlite3.connect('x.db')
base.execute('create table t(a)')
base.executemany('insert into t values(?)', [(i,) for i in range(1000)])
base.commit()
assert base.execute('select sum(a) from t').fetchone()[0] == 499500
assert len(hashlib.sha256(b'x' * 100000).hexdigest()) == 64
END
}

t_python_processes()
{
	cat > pool.py <<'END'
import multiprocessing
def square(x):
    return x * x
if __name__ == '__main__':
    with multiprocessing.Pool(4) as pool:
        assert pool.map(square, range(100)) == [i * i for i in range(100)]
END
	python3 pool.py
}

sources()
{
	echo 'int add(int a, int b) { return a + b; }' > a.c
	echo 'int mul(int a, int b) { return a * b; }' > b.c
	printf '#include <stdio.h>\nint add(int, int), mul(int, int);\n' > m.c
	printf 'int main(void) { printf("%%d\\n", add(2, mul(3, 4))); return 0; }\n' >> m.c
}

t_gcc()
{
	sources
	gcc -O2 -Wall -c a.c b.c m.c; gcc -o m a.o b.o m.o; eq "$(./m)" 14
	gcc -static -o s ./*.c; eq "$(./s)" 14
}

# As any system's cc does it; in the root of musl programs that is tcc.
t_cc()
{
	sources
	for name in a b m; do cc -c -o $name.o $name.c; done
	cc -o m a.o b.o m.o; eq "$(./m)" 14
	[ "${TITLE:-}" != 'musl: ' ] || grep -q ld-musl-x86_64 m
}

t_make()
{
	sources
	printf 'm: a.o b.o m.o\n\t$(CC) -o $@ $^\n%%.o: %%.c\n\t$(CC) -c -o $@ $<\n' > Makefile
	make -j4; eq "$(./m)" 14; make | grep -q 'up to date'
}

t_git()
{
	git init -q r; cd r; git config user.email a@b; git config user.name n
	for i in $(seq 50); do echo $i > f$i; done
	git add .; git commit -qm first; echo x >> f1; git commit -qam second
	cd ..; git clone -q r c; cd c; git gc -q; git fsck
	eq "$(git log --oneline | wc -l)" 2; eq "$(git status --porcelain)" ''
}

t_sqlite()
{
	sqlite3 s.db 'pragma journal_mode=wal; create table t(a, b);
		with recursive c(x) as (select 1 union all select x + 1 from c where x < 5000)
		insert into t select x, hex(randomblob(20)) from c;'
	eq "$(sqlite3 s.db 'select count(*) from t; pragma integrity_check;' | paste -sd,)" 5000,ok
}

t_tmux()
{
	tmux -f /dev/null new-session -d -s one 'echo from tmux > out; sleep 20'
	wait_until grep -q 'from tmux' out; tmux ls | grep -q '^one:'
	tmux kill-server
}

t_strace()
{
	strace -f -o trace bash -c 'ls / | wc -l'
	[ "$(grep -c execve trace)" -ge 3 ]; grep -q 'exited with 0' trace
	[ "$(cut -d' ' -f1 trace | sort -u | wc -l)" -ge 3 ]
}

t_gdb()
{
	cat > th.c <<'END'
#include <pthread.h>
#include <stdio.h>
static void *work(void *arg)
{
	puts("in the thread");
	return arg;
}
int main(void)
{
	pthread_t t;
	pthread_create(&t, 0, work, 0);
	pthread_join(t, 0);
	return 0;
}
END
	gcc -g -pthread -o th th.c
	gdb -batch -ex 'break work' -ex run -ex bt -ex 'info threads' -ex step -ex step -ex continue ./th \
		> out 2>&1 </dev/null
	cat out; grep -q '^#0 .*work' out; grep -q '^[* ] *2 .*Thread' out; grep -q 'exited normally' out
}

t_procps()
{
	ps aux | grep -q 'ps aux'; ps -ef --forest | grep -q init; pgrep -x bash; top -bn1 | grep -q '^ *PID'
	free | grep -q Mem; vmstat | tail -n 1; uptime; pmap $$ | grep -q total; w
}

stress() { stress-ng "$@" --verify --metrics-brief; }
t_stress_scheduler()
{
	stress --cpu 2 --fork 2 --switch 2 --pipe 2 --futex 2 --wait 1 --vfork 1 --clone 1 --yield 1 -t 3
}
t_stress_signal()
{
	stress --signal 2 --timer 2 --kill 1 --sigq 1 --sigsegv 1 --sigfpe 1 --sigpending 1 --sigsuspend 1 \
		--sigfd 1 -t 3
}
t_stress_vm()
{
	stress --vm 2 --vm-bytes 32M --mmap 2 --mmap-bytes 16M --brk 1 --stack 1 --mremap 1 --mremap-bytes 8M \
		--madvise 1 -t 3
}
t_stress_os() { stress --sem 2 --poll 2 --epoll 1 --eventfd 2 --fault 2 --get 2 --getrandom 1 --dup 1 --pty 1 -t 3; }

names=${NAMES:-$(sed -n 's/^t_\([a-z0-9_]*\)().*/\1/p' "$0")}
for name in $names; do run_all "${TITLE:-debian: }" "$name"; done
done_testing
