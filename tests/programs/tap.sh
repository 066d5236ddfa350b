# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# Sourced by the guest's test scripts. Each test is a shell function t_NAME that runs in a folder of its own, under
# `set -e`, in a subshell: it fails by any failing command, or by eq. `run_all "NAME NAME..."` runs them and prints TAP.

eq()
{
	[ "$1" = "$2" ] || { echo "got '$1', want '$2'"; exit 1; }
}

like()
{
	echo "$1" | grep -Eq -- "$2" || { echo "got '$1', want it like '$2'"; exit 1; }
}

# Fails when the command succeeds (the shell's ! would not: set -e does not look at it).
not()
{
	if "$@"; then echo "succeeded: $*"; exit 1; fi
}

# wait_until COMMAND...: at most five seconds.
wait_until()
{
	local i=0
	until "$@"; do
		i=$((i + 1))
		[ $i -lt 100 ] || { echo "in vain: $*"; exit 1; }
		sleep 0.05
	done
}

count=0
bad=0

run_one()
{
	local folder=/tmp/t.$1 log=/tmp/log.$1
	count=$((count + 1))
	rm -rf "$folder"
	mkdir -p "$folder"
	(cd "$folder" && set -e && "t_$1") >"$log" 2>&1 </dev/null
	if [ $? = 0 ]; then
		echo "ok $count - $2$1"
	else
		bad=$((bad + 1))
		echo "not ok $count - $2$1"
		sed 's/^/# /' "$log" | tail -n 20
	fi
	chmod -R u+rwx "$folder" 2>/dev/null
	rm -rf "$folder"
}

# run_all PREFIX NAME...
run_all()
{
	local prefix=$1 name
	shift
	for name; do
		[ -z "$ONLY" ] || [ "$ONLY" = "$name" ] || continue
		run_one "$name" "$prefix"
	done
}

# skip PREFIX NAME REASON
skip()
{
	count=$((count + 1))
	echo "ok $count - $1$2 # SKIP $3"
}

done_testing()
{
	echo "1..$count"
	[ $bad = 0 ]
}
