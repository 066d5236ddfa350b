#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Programs that store much, on an ext4 disk of their own that is mounted for writing: each test looks at what came of
# it, after the volume was unmounted and mounted again where that matters. Runs in the guest, in Debian's root.

here=$(dirname -- "$0")
# shellcheck source=tests/programs/tap.sh
. "$here/tap.sh"
export HOME=/tmp LANG=C.UTF-8 TERM=vt100
bin=/usr/lib/postgresql/15/bin
disk=${DISK:-/dev/vdc}
volume=/mnt/disk
scale=${SCALE:-1}	# of what each test makes there is that part; the short form leaves PostgreSQL to killed.sh
[ "$scale" = 1 ] && seconds=10 || seconds=3
tree=/usr/include	# any large folder of a root
[ -d $tree ] || tree=/usr/share/postgresql
mkdir -p $volume
mke2fs -q -t ext4 -L disk "$disk" && mount "$disk" $volume || exit 1

again() { cd /; umount $volume; mount "$disk" $volume; cd "$volume/$1"; }

# The statements of sqlite's own speed test: inserts with and without an index, ranges, updates, deletions.
t_sqlite_speed()
{
	mkdir $volume/sqlite; cd $volume/sqlite
	for mode in wal delete; do
		python3 - $mode $((25000 / scale)) <<'END'
import random, sqlite3, sys
base = sqlite3.connect(sys.argv[1] + '.db', isolation_level=None)
base.execute('pragma journal_mode=' + sys.argv[1])
rows = int(sys.argv[2])
random.seed(1)
base.execute('create table t1(a integer, b integer, c text)')
for i in range(100):
    base.execute('insert into t1 values(?, ?, ?)', (i, random.randrange(100000), 'number %d' % i))
base.execute('begin')
base.executemany('insert into t1 values(?, ?, ?)',
                 ((i, random.randrange(100000), 'x' * 50) for i in range(rows)))
base.execute('commit')
base.execute('create index i1 on t1(b)')
base.execute('begin')
for i in range(rows // 25):
    base.execute('select count(*), avg(b) from t1 where b >= ? and b < ?', (i * 100, i * 100 + 1000)).fetchone()
    base.execute('update t1 set c = ? where a = ?' if i < 20 else 'update t1 set c = ? where b = ?', (str(i), i))
base.execute('commit')
base.execute('create table t2 as select * from t1 order by c')
base.execute('delete from t1 where b < 50000')
base.execute('vacuum')
END
	done
	again sqlite
	for mode in wal delete; do
		eq "$(sqlite3 $mode.db 'pragma integrity_check; select count(*) from t2' | paste -sd,)" \
			ok,$((25000 / scale + 100))
	done
	cd /; rm -r $volume/sqlite
}

t_git_clone()
{
	mkdir $volume/git; cd $volume/git
	git init -q one; cd one; git config user.email a@b; git config user.name n
	python3 -c '
import os, sys
for i in range(int(sys.argv[1])):
    os.makedirs(f"d{i % 50}/e{i % 7}", exist_ok=True)
    open(f"d{i % 50}/e{i % 7}/f{i}", "w").write(f"file {i}\n" * (i % 40))' $((5000 / scale))
	git add .; git commit -qm all
	cd ..; git clone -q --no-local one two
	again git
	eq "$(cd two; git ls-files | wc -l; git status --porcelain; git fsck 2>&1)" $((5000 / scale))
	diff -r -x .git one two
	cd /; rm -r $volume/git
}

t_tar()
{
	mkdir $volume/tar; cd $volume/tar
	python3 -c '
import os, sys
for i in range(int(sys.argv[1])):
    os.makedirs(f"in/d{i % 200}", exist_ok=True)
    open(f"in/d{i % 200}/f{i}", "w").write(f"{i}" * (i % 300))
for i in range(200):
    os.symlink(f"../d{i}/f{i}", f"in/d{i}/link"); os.link(f"in/d{i}/f{i}", f"in/d{i}/hard")' $((20000 / scale))
	tar --format=posix -cf t.tar in; mkdir out; tar xpf t.tar -C out
	again tar
	eq "$(find out -type f | wc -l)" $((20000 / scale + 200))
	diff -r in out/in
	attributes() { (cd "$1"; find . ! -type d -printf '%p %m %s %n %l %t\n' | sort | md5sum); }
	eq "$(attributes out/in)" "$(attributes in)"
	cd /; rm -r $volume/tar
}

# A package made of what is here, unpacked, upgraded and removed in a root of its own.
t_dpkg()
{
	mkdir -p $volume/dpkg/p/DEBIAN $volume/dpkg/p$tree; cd $volume/dpkg
	cp -a $tree/. p$tree/; (cd p; find . -type f -exec md5sum {} + > ../sums)
	for version in 1 2; do
		printf 'Package: big\nVersion: %s\nArchitecture: all\nMaintainer: n <a@b>\nDescription: d\n' $version \
			> p/DEBIAN/control
		dpkg-deb -Zgzip -z1 --root-owner-group -b p big_$version.deb
	done
	mkdir -p root/var/lib/dpkg/info root/var/lib/dpkg/updates; touch root/var/lib/dpkg/status
	dpkg --root="$PWD/root" --force-depends --force-not-root -i big_1.deb
	dpkg --root="$PWD/root" --force-depends -i big_2.deb
	again dpkg
	(cd root; grep -v DEBIAN ../sums | md5sum -c --quiet)
	dpkg --root="$PWD/root" -s big | grep -q 'Version: 2'
	dpkg --root="$PWD/root" --verify big
	dpkg --root="$PWD/root" -P big; not test -e root$tree
	cd /; rm -r $volume/dpkg
}

t_dbench()
{
	mkdir $volume/dbench
	dbench -D $volume/dbench -t $seconds -c /usr/share/dbench/client.txt 4 > out; cat out; grep -q '^Throughput' out
	not grep -q 'ERROR\|failed for handle' out
	rm -r $volume/dbench
}

fio_verify()
{
	fio --name="$1" --ioengine="$1" --directory=$volume/fio --rw=randrw --bsrange=4k-64k \
		--size=$((24576 / scale))k \
		--numjobs=3 --verify=crc32c --verify_fatal=1 --fsync=64 --group_reporting "${@:2}" > "fio.$1"
	cat "fio.$1"; grep -q 'err= 0' "fio.$1"
}
t_fio_psync()
{
	mkdir $volume/fio
	fio_verify psync; fio_verify psync --direct=1 --bsrange=4k-4k --size=$((4096 / scale))k
	rm -r $volume/fio
}
t_fio_mmap() { mkdir $volume/fio; fio_verify mmap; rm -r $volume/fio; }

t_postgresql()
{
	mkdir $volume/pg; chown postgres $volume/pg; chmod 700 $volume/pg; cd $volume/pg
	as() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
	ask() { as $bin/psql -h $volume/pg -U postgres -tA -c "$1" postgres; }
	as $bin/initdb -D $volume/pg/data -A trust > initdb.log 2>&1 || { tail -n 20 initdb.log; false; }
	as $bin/pg_ctl -D $volume/pg/data -l $volume/pg/log -w -t 100 \
		-o "-c listen_addresses= -c unix_socket_directories=$volume/pg -c max_connections=9" start \
		>/dev/null ||
		{ tail -n 20 log; false; }
	as $bin/pgbench -h $volume/pg -i -s 2 -q postgres
	as $bin/pgbench -h $volume/pg -c 4 -j 2 -t 100 postgres | tee bench; grep -q '400/400' bench
	eq "$(ask 'select count(*) from pgbench_history')" 400
	eq "$(ask 'select sum(abalance) from pgbench_accounts')" \
		"$(ask 'select sum(delta) from pgbench_history')"
	as $bin/pg_ctl -D $volume/pg/data -w -t 100 -m fast stop
	again pg
	as $bin/pg_ctl -D $volume/pg/data -l $volume/pg/log -w -t 100 \
		-o "-c listen_addresses= -c unix_socket_directories=$volume/pg" start >/dev/null
	eq "$(ask 'select count(*) from pgbench_history')" 400
	as $bin/pg_ctl -D $volume/pg/data -w -t 100 -m fast stop
	cd /; rm -r $volume/pg
}

t_e2fsck()
{
	umount $volume; e2fsck -fn "$disk"; mount "$disk" $volume
}

names=$(sed -n 's/^t_\([a-z0-9_]*\)().*/\1/p' "$0")
for name in $names; do
	[ "$name" = postgresql ] && [ "$scale" != 1 ] || run_all 'disk: ' "$name"
done
umount $volume
done_testing
