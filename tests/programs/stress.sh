#!/bin/bash
# SPDX-License-Identifier: MIT
#
# stress-ng's stressors of the classes scheduler, vm and os, and those of signals, one after another, two workers each,
# with --verify: "STRESS NAME STATUS MILLISECONDS" for each, then the last lines of what one that failed said. Runs in
# the guest, in Debian's root; debian_test.py compares the lines with those of Linux in the same guest.

export HOME=/tmp LANG=C.UTF-8
seconds=${STRESS_SECONDS:-1}
limit=${STRESS_LIMIT:-60}
# Bounded, as the guest has 1 GiB.
options="--vm-bytes 32M --mmap-bytes 32M --mremap-bytes 16M --shm-bytes 8M --shm-sysv-bytes 8M --hdd-bytes 16M
	--fallocate-bytes 16M --iomix-bytes 16M --readahead-bytes 16M --sendfile-size 1M --malloc-bytes 32M
	--copy-file-bytes 128M --sync-file-bytes 16M --memfd-bytes 16M --msync-bytes 16M --seek-size 16M
	--aio-requests 4 --vm-rw-bytes 8M --vm-splice-bytes 256K --zombie-max 500 --cyclic-sleep 10000
	--userfaultfd-bytes 4M --bigheap-growth 1M --mlockmany-procs 64 --pagemove-bytes 4M"

names()
{
	for class in scheduler vm os; do
		stress-ng --class $class\? | sed 's/.*stressors: *//' | tr ' ' '\n'
	done | sort -u | grep .
}

mkdir -p /tmp/stress
cd /tmp/stress || exit 1
for name in $(if [ -n "$ONLY" ]; then echo "${ONLY//,/ }"; else names; fi); do
	log=/tmp/stress.log
	start=$(date +%s%N)
	# shellcheck disable=SC2086 # words
	setsid -w timeout -k 5 "$limit" stress-ng --temp-path /tmp/stress $options --"$name" 2 -t "$seconds" --verify \
		--oomable >$log 2>&1 </dev/null
	status=$?
	echo "STRESS $name $status $((($(date +%s%N) - start) / 1000000))"
	case $status in
	0) ;;
	*) grep -v 'dispatching hogs\|setting to a' $log | tail -n 6 | cut -c 1-200 | sed 's/^/# /' ;;
	esac
	[ "$(ls -A /tmp/stress)" = '' ] || rm -rf /tmp/stress/*
done
echo STRESS_END
