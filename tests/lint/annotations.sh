#!/bin/sh
# SPDX-License-Identifier: MIT
#
# clang reads the annotations gcc ignores: __user and __iomem pointers are not dereferenced or mixed with
# others (-DCHECK_USER makes them address spaces), and locks are held where a function or a field asks
# for it (-Wthread-safety). Nothing is generated. Make remembers what was checked since it last changed.

exec make --no-print-directory -k -j "$(nproc)" annotations
