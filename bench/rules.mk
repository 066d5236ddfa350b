# SPDX-License-Identifier: MIT
#
# Makefile includes this: the benchmark programs and the targets that run them.

# BENCH= passes options and names on: make bench-compare BENCH='--cpu qemu64 --runs 9 getpid stat'
made		+= bench/bench bench/hello* bench/root* bench/compare.* bench/boot.* linux
bench_c		:= $(srcdir)/bench/main.c $(wildcard $(srcdir)/bench/micro/*.c)
bench_cc	:= $(MUSL_CC) -static -O2 -g -std=gnu17 -Wall -Wextra -Wno-unused-parameter -D_GNU_SOURCE
.PHONY: bench bench-linux bench-compare bench-boot
bench/bench: $(bench_c) $(srcdir)/bench/lib/bench.h config.mk
	$(mkdir)
	$(Q)$(bench_cc) -o $@ $(bench_c)
bench/hello: $(srcdir)/bench/hello.c config.mk
	$(mkdir)
	$(Q)$(bench_cc) -o $@ $<
bench: coracle.elf bench/bench
	$(Q)$(srcdir)/bench/run $(BENCH)
bench-linux: bench/bench
	$(Q)$(srcdir)/bench/run --system linux $(BENCH)
bench-compare: coracle.elf bench/bench
	$(Q)$(srcdir)/bench/compare $(BENCH)
bench-boot: coracle.elf bench/hello
	$(Q)$(srcdir)/bench/boot $(BENCH)
