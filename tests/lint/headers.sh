#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Every header compiles alone. Needs $SRCDIR, $CC and $LINT_CFLAGS (the Makefile sets them); runs in the build folder.

# shellcheck disable=SC2016 # $0 and $CC are for the inner shell

find "$SRCDIR/libos" "$SRCDIR/loader" -name '*.h' -path '*libos*' -o -name boot_info.h | sed "s|^$SRCDIR/||" | sort |
	xargs -n 1 -P "$(nproc)" sh -c '
		text=$(printf "#include \"%s\"\n" "${0#libos/}" |
			$CC $LINT_CFLAGS -Werror -Wno-unused-function -fsyntax-only -x c - 2>&1) || {
			printf "%s does not compile alone:\n%s\n" "$0" "$text"
			exit 1
		}'
