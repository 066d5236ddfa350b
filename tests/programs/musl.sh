#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Those of debian.sh whose programs are in the root of musl programs: bash, BusyBox for coreutils, tcc, make, git and
# sqlite3.

NAMES='bash_jobs cc make git sqlite' TITLE='musl: ' exec bash "$(dirname -- "$0")/debian.sh"
