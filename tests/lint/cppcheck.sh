#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Static analysis by cppcheck of what the compilers do not see through. What is not asked is in cppcheck.txt. Results of
# unchanged files are kept in obj/cppcheck. Needs $SRCDIR.

mkdir -p obj/cppcheck
exec cppcheck --quiet --cppcheck-build-dir=obj/cppcheck -j "$(nproc)" --std=c11 \
	--platform=unix64 --max-configs=1 \
	--enable=warning,portability --inline-suppr --error-exitcode=1 \
	--suppressions-list="$SRCDIR/tests/lint/cppcheck.txt" \
	-I "$SRCDIR/libos" -I "$SRCDIR" -include config.h \
	"$SRCDIR/libos" "$SRCDIR/arch-x86_64" "$SRCDIR/loader" "$SRCDIR/imgbuild"
