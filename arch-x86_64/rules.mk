# SPDX-License-Identifier: MIT
#
# Makefile includes this. The copy routines' unit test links the kernel's own object: its fault table holds absolute
# addresses, hence a program that is not relocated.

host/unit/arch/uaccess_test: obj/arch-x86_64/mm/copy.o
host/unit/arch/uaccess_test: private HOST_SANITIZE += -no-pie
