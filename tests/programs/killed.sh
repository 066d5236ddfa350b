#!/bin/bash
# SPDX-License-Identifier: MIT
#
# PostgreSQL on an ext4 volume while the guest is killed: a first run makes a cluster and works on it until the host
# ends QEMU ("KILLED ready" says when it may; "KILLED commit N" that row N is committed). A second run, with the last
# number seen in KILLED_AFTER, lets the kernel replay its journal, PostgreSQL its own, and looks. Runs in the guest, in
# Debian's root.

here=$(dirname -- "$0")
# shellcheck source=tests/programs/tap.sh
. "$here/tap.sh"
export HOME=/tmp LANG=C.UTF-8
disk=${DISK:-/dev/vdc}
volume=/mnt/disk
place=$volume/pg
[ "${SCALE:-1}" = 1 ] && branches=2 || branches=1
bin=/usr/lib/postgresql/15/bin
mkdir -p $volume

as() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
ask() { as $bin/psql -X -h $place -U postgres -tA -c "$1" postgres; }
server()
{
	as $bin/pg_ctl -D $place/data -l $place/log -w -t 100 \
		-o "-c listen_addresses= -c unix_socket_directories=$place -c max_connections=12" "$@" >/dev/null ||
		{ tail -n 20 $place/log; false; }
}

work()
{
	mke2fs -q -t ext4 "$disk" && mount "$disk" $volume || return
	mkdir $place && chown postgres $place && chmod 700 $place && cd $place || return
	as $bin/initdb -D $place/data -A trust >initdb.log 2>&1 || { tail -n 20 initdb.log; return 1; }
	server start || return
	as $bin/pgbench -h $place -i -s "$branches" -q postgres >/dev/null 2>&1 || return
	ask 'create table acknowledged(n integer)' >/dev/null || return
	as $bin/pgbench -h $place -c 4 -j 2 -T 1000 postgres >/dev/null 2>&1 &
	echo KILLED ready
	local n=0
	# One session; a row is printed when its commit has returned.
	while n=$((n + 1)); do
		printf 'insert into acknowledged values(%d);\n\\echo KILLED commit %d\n' $n $n
	done | as $bin/psql -X -q -h $place -U postgres postgres
}

t_mount_after_kill() { mount "$disk" $volume; }
t_server_recovers() { server start; grep -q 'automatic recovery' $place/log; }
t_acknowledged_rows()
{
	local rows
	rows=$(ask 'select count(*), min(n), max(n) from acknowledged')
	echo "rows $rows, acknowledged $KILLED_AFTER"
	IFS='|' read -r count min max <<<"$rows"
	eq "$count" "$max"; eq "$min" 1; [ "$max" -ge "$KILLED_AFTER" ]
}
t_balances_agree()
{
	local sum
	sum=$(ask 'select sum(delta) from pgbench_history')
	eq "$(ask 'select sum(abalance) from pgbench_accounts')" "$sum"
	eq "$(ask 'select sum(tbalance) from pgbench_tellers')" "$sum"
	eq "$(ask 'select sum(bbalance) from pgbench_branches')" "$sum"
}
t_every_page_reads() { as $bin/pg_dump -h $place -U postgres postgres >/dev/null; ask 'reindex database postgres'; }
t_goes_on()
{
	as $bin/pgbench -h $place -c 4 -j 2 -t 50 postgres
	as $bin/pg_ctl -D $place/data -w -t 100 -m fast stop
}

if [ -z "$KILLED_AFTER" ]; then
	work
	exit
fi
names=$(sed -n 's/^t_\([a-z0-9_]*\)().*/\1/p' "$0")
for name in $names; do run_all 'killed: ' "$name"; done
cd / && umount $volume
done_testing
