# SPDX-License-Identifier: MIT
# What every service calls, without starting a program: /etc/rc.conf reads this. Each function does the plain case of
# the program of its name in /lib/rc/bin, and leaves every other to that.

# Where nothing is coloured or logged (`openrc --nocolor`, at start and shutdown), a line is as quickly written here.
if [ "${EINFO_COLOR-}" = NO ] && [ -z "${EINFO_LOG-}${EINFO_QUIET-}" ]; then
	ebegin()
	{
		printf ' * %*s%s ...' "${EINFO_INDENT:-0}" '' "$*"
		EINFO_LASTCMD=ebegin; export EINFO_LASTCMD
	}

	eend()
	{
		local rc=${1:-0}

		if [ "$rc" = 0 ] && [ "${EINFO_LASTCMD-}" = ebegin ]; then
			echo ' [ ok ]'
		else
			command eend "$@"
		fi
		EINFO_LASTCMD=eend; export EINFO_LASTCMD
		return "$rc"
	}
fi

# A service's name as part of a variable's.
shell_var()
{
	case $1 in
	*[!a-zA-Z0-9_]*) command shell_var "$1" ;;
	*) echo "$1" ;;
	esac
}

# Is something mounted there? (/proc/mounts writes odd letters in octal: not those.)
mountinfo()
{
	local device folder rest

	case $#,$1,$2 in
	2,-q,*[!a-zA-Z0-9_/.-]*) ;;
	2,-q,/*)
		while read -r device folder rest; do
			[ "$folder" != "$2" ] || return 0
		done < /proc/mounts
		return 1 ;;
	esac
	command mountinfo "$@"
}
