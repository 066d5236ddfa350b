#!/bin/bash
# SPDX-License-Identifier: MIT
#
# debian.sh git|postgres|recover-postgres SECONDS: PID 1 of a guest with Debian's programs, the volume under test in
# /dev/vdc. On the console as load.c: LOAD RUNS, LOAD DONE, LOAD UNMOUNTED; of a recovery: LOAD ROW n, LOAD CHECKED.

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/15/bin
export crash_device=/dev/vdc HOME=/tmp LC_ALL=C PAGER=cat PGHOST=/tmp PGUSER=postgres PGDATABASE=postgres
data=/mnt/pg

fail()
{
	echo "LOAD FAILED: $*"
	tail -n 20 /tmp/log 2>/dev/null
	busybox poweroff -f
	sleep 60
}

mark()
{
	/tmp/load mark "$*" || fail "mark $*"
}

# Names are durable when syncfs returned; git itself syncs what a commit needs, so that fsck never finds a hole.
run_git()
{
	cd /mnt && git init -q -b main repo && cd repo || fail init
	git config core.fsync all
	git config user.name load
	git config user.email load@localhost
	git config gc.auto 80
	git config gc.autoDetach false
	git commit -q --allow-empty -m start && sync -f . || fail start
	mark repo
	for ((n = 1; SECONDS < end; n++)); do
		mkdir -p "d$((n % 5))"
		for i in 1 2 3; do
			echo "commit $n file $i $RANDOM" >>"d$((n % 5))/file-$((n * i % 7))"
		done
		if ((n % 9 == 0)); then
			head -c 40000 /dev/urandom >"d$((n % 5))/bytes"
		fi
		git add -A && git commit -q -m "commit $n" || fail "commit $n"
		((n % 4)) || git branch "b$n" || fail branch
		((n % 10)) || git pack-refs --all || fail pack-refs
		if ((n % 2 == 0)); then
			sync -f .
			mark "commit $n $(git rev-parse HEAD)"
		fi
	done
	cd /
}

as_postgres()
{
	setpriv --reuid=postgres --regid=postgres --init-groups "$@"
}

start_postgres()
{
	as_postgres pg_ctl -D "$data" -w -t 120 -l /tmp/pg.log -o "-k /tmp -c listen_addresses= -c shared_buffers=8MB \
		-c max_wal_size=4MB -c min_wal_size=2MB -c checkpoint_timeout=30s -c wal_level=minimal \
		-c max_wal_senders=0" start >/tmp/log 2>&1 || { cat /tmp/pg.log; fail "start of postgres"; }
}

# pgbench's four tables change all the time; besides, one session inserts rows and promises each.
run_postgres()
{
	mkdir "$data" && chown postgres "$data" && chmod 1777 /tmp
	as_postgres initdb -D "$data" -A trust --wal-segsize=1 >/tmp/log 2>&1 || fail initdb
	start_postgres
	psql -q -c 'CREATE TABLE promised(n int PRIMARY KEY)' >/tmp/log 2>&1 || fail psql
	pgbench -q -i -s 1 >/tmp/log 2>&1 || fail "pgbench -i"
	psql -q -c CHECKPOINT && sync
	mark database
	echo "LOAD BENCH"
	end=$((SECONDS + $1))
	pgbench -c 3 -T "$1" >/tmp/bench.log 2>&1 &
	seq 5000 | sed "s:.*:INSERT INTO promised VALUES(&);\n\\\\! /tmp/load mark 'row &':" >/tmp/rows.sql
	psql -q -v ON_ERROR_STOP=1 -f /tmp/rows.sql >/tmp/log 2>&1 &
	wait %1
	kill %2
}

# What pgbench keeps equal, and every row that was promised.
recover_postgres()
{
	start_postgres
	psql -At -c "SELECT 'LOAD ROW ' || coalesce(max(n), 0) || ' OF ' || count(*) FROM promised" 2>&1
	psql -At -c "SELECT 'LOAD SUMS ' || (SELECT sum(abalance) FROM pgbench_accounts) || ' ' ||
		(SELECT sum(bbalance) FROM pgbench_branches) || ' ' ||
		(SELECT sum(tbalance) FROM pgbench_tellers) || ' ' ||
		(SELECT coalesce(sum(delta), 0) FROM pgbench_history)" 2>&1
	pg_amcheck --install-missing --heapallindexed -d postgres >/tmp/log 2>&1 || fail pg_amcheck
	as_postgres pg_ctl -D "$data" -m fast -w stop >/tmp/log 2>&1 || fail stop
	echo "LOAD CHECKED"
}

chmod 1777 /tmp
mount -t proc proc /proc
mount -t sysfs sys /sys 2>/dev/null
mkdir -p /dev/shm && mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
ln -sfn /proc/self/fd /dev/fd
mount -t ext4 /dev/vdc /mnt || fail mount
end=$((SECONDS + $2))
echo "LOAD RUNS"
case $1 in
git) run_git ;;
postgres) run_postgres "$2" ;;
recover-postgres) recover_postgres ;;
esac
echo "LOAD DONE"
[ "$1" != postgres ] || busybox poweroff -f	# in the middle: the server still runs
umount /mnt && echo "LOAD UNMOUNTED"
busybox poweroff -f
