# SPDX-License-Identifier: MIT
#
# Makefile includes this: the test suites. Each prints TAP, tests/lib/tap.py counts it.

made	+= check crash host/crash contract fuzz debug other other-debug mutants gdb.log

# BUILD_ONLY=1: what the suites need is built, and none runs.
tap	= $(if $(BUILD_ONLY),:,$(PYTHON) $(srcdir)/tests/lib/tap.py $(if $(V),-v) --log check)
SUITES	?= lint host fuzz contract loader $(if $(wildcard $(srcdir)/tests/image/*_test.py),image)
# Those that boot the system: contract programs in the guest, release and debug, and sessions on the console.
SUITES	+= $(if $(kernel),install guest lessons ktest debug compiler boot volumes-short crash-short programs-short)
# Those that may run beside another one, long ones first. Not here: suites whose tests look at the clock, or install.
BESIDE	?= boot lint loader host programs-short image fuzz crash-short compiler

.PHONY: check $(addprefix check-,$(SUITES) fuzz) lint host-check fuzz
check: all
	$(Q)MAKEFLAGS= $(tap) --make '$(MAKE) -j$(shell nproc) $(if $(V),V=$(V))' --beside '$(BESIDE)' $(SUITES)

# RULES= names some of tests/lint/run.py's. What clang says of one file's annotations is remembered in obj/.
.PHONY: annotations
export SRCDIR := $(abspath $(srcdir))
check-lint lint: export LINT_CFLAGS = $(BASE_CFLAGS) $(WARN_CFLAGS) $(k_include) -include config.h
check-lint lint: export CC := $(CC)
check-lint lint: all
	$(Q)$(tap) lint -- "$(PYTHON) $(srcdir)/tests/lint/run.py $(RULES)"

# Files whose locking is more than clang follows: waivers.txt says why. The address spaces are checked all the same.
unlocked = $(patsubst %,$(srcdir)/%,$(shell sed -n 's/^annotations  *\([^ ]*\) .*/\1/p' $(srcdir)/tests/lint/waivers.txt))
clang_include = $(shell clang -print-file-name=include)
annotations: $(libos_c:%.c=obj/annotations/%.ok)
obj/annotations/%.ok: $(srcdir)/%.c config.mk
	$(mkdir)
	$(Q)clang -std=gnu17 -ffreestanding -fsyntax-only -DCHECK_USER $(if $(filter $<,$(unlocked)),,-Wthread-safety) -Werror -Wno-duplicate-decl-specifier $(subst $(CC_INCLUDE),$(clang_include),$(k_include)) \
		-include config.h -MMD -MP -MF $(@:.ok=.d) -MT $@ $< && touch $@

check-host host-check: $(unit_bin)
	$(Q)$(tap) host -- $(unit_bin:%=./%)

# Everything that proves the disk, in its long form; `make check` has a short one of each. One after the other: each has
# jobs enough for the machine.
crash_suites := crash-hosted crash-recorded model flip volumes programs-disk
.PHONY: check-crash $(crash_suites:%=check-%) check-crash-short
check-crash: all
	$(Q)MAKEFLAGS= $(tap) --make '$(MAKE) -j$(shell nproc) $(if $(V),V=$(V))' $(crash_suites)

# The power fails at CRASH_CUTS points of each workload: in the hosted kernel, and in guests whose disks are recorded
# (tests/crash/).
CRASH_CUTS ?= 1000
crash	= $(PYTHON) $(srcdir)/tests/crash/crash_test.py
check-crash-hosted: export CRASH_CUTS := $(CRASH_CUTS)
check-crash-hosted: host/unit/fs/ext4/commit_test host/unit/fs/ext4/file_write_test
	$(Q)$(tap) -j 2 crash-hosted -- ./host/unit/fs/ext4/commit_test ./host/unit/fs/ext4/file_write_test
check-crash-recorded: coracle.elf crash/load host/crash/mount
	$(Q)$(tap) crash-recorded -- "$(crash) --cuts $(CRASH_CUTS) ."
check-crash-short: coracle.elf crash/load host/crash/mount
	$(Q)$(tap) crash-short -- "$(crash) --short ."

crash_c	:= $(sort $(wildcard $(srcdir)/tests/crash/load/*.c))
crash/load: $(crash_c) $(srcdir)/tests/crash/load/load.h config.mk
	$(mkdir)
	$(call say,HOSTCC,$@)
	$(Q)$(HOSTCC) -static -Wl,--wrap=dlopen -std=gnu17 -D_GNU_SOURCE -O2 -Wall -Wextra -Wshadow -Wmissing-prototypes -o $@ $(crash_c) -lsqlite3 -lm
host/crash/mount: host/obj/tests/crash/mount.o host/obj/tests/host/main.o host/libos.a
	$(mkdir)
	$(call say,LINK,$@)
	$(Q)$(HOSTCC) $(HOST_SANITIZE) -o $@ $(filter %.o,$^) -Wl,--whole-archive host/libos.a -Wl,--no-whole-archive -lpthread
-include host/obj/tests/crash/mount.d

# Every byte of small volumes' meta data damaged (in check-host each 211th); MODEL_STEPS random operations on each kind of
# volume (there 20,000). By kinds, two at a time.
MODEL_STEPS ?= 1000000
FLIP_STEP ?= 1
check-flip: export FLIP_STEP := $(FLIP_STEP)
check-flip: host/unit/fs/ext4/block_test
	$(Q)$(tap) -j 2 flip -- $(foreach kind,flip_without flip_block flip_inline flip_with_,"./host/unit/fs/ext4/block_test $(kind)")
check-model: export STEPS := $(MODEL_STEPS)
check-model: host/unit/fs/ext4/namei_test
	$(Q)$(tap) -j 2 model -- $(foreach kind,random_def random_1k random_in random_no_j random_no_c random_b random_no_i random_da random_nod,"./host/unit/fs/ext4/namei_test $(kind)")

# Static musl programs under contract/; first on this machine's own Linux, where what fails is a wrong test.
.PHONY: contract
contract:
	$(Q)$(srcdir)/tests/contract/build .
check-contract: contract
	$(Q)CONTRACT_SLOW=3 $(tap) contract -- "$(srcdir)/tests/contract/run-native --no-build ."

# Time bounds of a contract program are so many times those of Linux on the host.
slow	= $(if $(filter 1,$(DEBUG)),6,3)
guest	= $(PYTHON) $(srcdir)/tests/contract/run-guest --no-build --build-dir . --slow $(slow)
check-guest: coracle.elf contract
	$(Q)$(tap) guest -- "$(guest) --smp 1 --each" "$(guest) --smp 4"
# The family ext4 on each kind of volume and in each data mode; in `make check` on the two that differ most.
volume	= $(guest) --smp 4 --each
check-volumes-short: coracle.elf contract
	$(Q)$(tap) -j 2 volumes-short -- "$(volume) --volume '-b 1024 -O ^extents,^64bit,^metadata_csum,^dir_index' ext4" \
		"$(volume) --volume '-O inline_data' --mount data=journal ext4"
check-volumes: coracle.elf contract
	$(Q)$(tap) -j 2 volumes -- "$(volume) --volume '-O ^extents,^64bit' ext4" "$(volume) --volume '-O ^has_journal' ext4" \
		"$(volume) --volume '-O ^64bit' ext4" "$(volume) --volume '-O ^metadata_csum' ext4" \
		"$(volume) --volume '-b 1024' ext4" "$(volume) --volume '-b 2048' ext4" "$(volume) --volume '-b 4096' ext4" \
		"$(volume) --volume '-O inline_data' ext4" "$(volume) --mount data=journal ext4" \
		"$(volume) --mount data=writeback ext4" "$(volume) --mount nodelalloc,discard ext4"
# Old bugs put back, which their tests have to see: a few of them in `make check`, each one here.
mutants	= $(PYTHON) $(srcdir)/tests/mutants/run.py
check-lessons: coracle.elf contract
	$(Q)$(tap) lessons -- "$(mutants) --only-check" \
		"$(mutants) h1-vfork-shares-handlers 02-copy-stops-at-word 13-clone-shares-files"
.PHONY: check-mutants
check-mutants: coracle.elf contract debug/coracle.elf $(unit_bin)
	$(Q)$(tap) mutants -- "$(mutants) $(MUTANTS)"
check-boot: coracle.elf disk.img busybox.ext4 packages/openrc.tried
	$(Q)$(tap) boot -- "$(system) ." "$(PYTHON) $(srcdir)/tests/boot/start_test.py ." "$(PYTHON) $(srcdir)/tests/boot/memory_test.py ." \
		"$(PYTHON) $(srcdir)/tests/boot/block_test.py ." \
		"$(PYTHON) $(srcdir)/tests/boot/gdb_test.py ." "$(PYTHON) $(srcdir)/tests/boot/diag_test.py ." \
		"$(PYTHON) $(srcdir)/tests/boot/storage_test.py ." "$(PYTHON) $(srcdir)/tests/boot/openrc_test.py --jobs 2 ." \
		"$(PYTHON) $(srcdir)/tests/boot/run_test.py --make '$(MAKE)' ."

# Fifty boots through OpenRC on each number of CPUs. Where apt cannot fetch its packages the test skips.
OPENRC_BOOTS ?= 50
.PHONY: check-openrc packages/openrc.tried
packages/openrc.tried:
	$(Q)$(MAKE) --no-print-directory openrc.ext4 || test ! -f openrc.ext4
check-openrc: coracle.elf packages/openrc.tried
	$(Q)$(tap) openrc -- "$(PYTHON) $(srcdir)/tests/boot/openrc_test.py --boots $(OPENRC_BOOTS) --jobs 2 ."

# Programs as people use them: what of it fits into `make check`.
check-programs-short: coracle.elf packages/openrc.tried busybox.ext4 imgbuild/imgbuild
	$(Q)$(tap) programs-short -- "$(PYTHON) $(srcdir)/tests/programs/shell_test.py ." \
		"$(PYTHON) $(srcdir)/tests/programs/debian_test.py --short ."

# All of it: besides, programs of Debian in a root that mmdebstrap makes, and Python's own suite beside Linux.
.PHONY: check-programs
check-programs: coracle.elf packages/openrc.tried busybox.ext4 imgbuild/imgbuild
	$(Q)$(tap) programs -- "$(PYTHON) $(srcdir)/tests/programs/shell_test.py ." \
		"$(PYTHON) $(srcdir)/tests/programs/debian_test.py ."

# Of these, those that store: databases, trees, packages on a volume of their own, and PostgreSQL whose guest is killed.
check-programs-disk: coracle.elf
	$(Q)$(tap) programs-disk -- "$(PYTHON) $(srcdir)/tests/programs/debian_test.py --part disk,killed ."

# What `make install` installs, and programs built from that.
check-install: all coracle.krn
	$(Q)$(tap) install -- "$(PYTHON) $(srcdir)/tests/build/build_test.py --make '$(MAKE)' ." "$(PYTHON) $(srcdir)/tests/api/install_test.py --make '$(MAKE)' ."

# Other kernels, each a build of its own in a folder: debug, and both with the other compiler.
other_cc := $(if $(filter clang,$(CC_KIND)),gcc,clang)
variants := debug other other-debug
variant_debug := --enable-debug CC='$(CC)'
variant_other := CC=$(other_cc)
variant_other-debug := --enable-debug CC=$(other_cc)
$(variants:%=%/Makefile): config.mk
	$(Q)mkdir -p $(@D) && cd $(@D) && $(abspath $(srcdir))/configure $(variant_$(@D)) CFLAGS='$(USER_CFLAGS)' $(if $(filter 1,$(WERROR)),--enable-werror) >/dev/null
.PHONY: $(variants:%=%/coracle.elf)
$(variants:%=%/coracle.elf): %/coracle.elf: %/Makefile
	$(Q)$(MAKE) --no-print-directory -C $* coracle.elf

# The kernel's own tests: locks, RCU, timers, scheduler, on 1, 2 and 4 CPUs.
check-ktest: debug/coracle.elf
	$(Q)$(tap) ktest -- "$(PYTHON) $(srcdir)/tests/ktest/run.py --kernel debug/coracle.elf"
# A warning on the debug kernel's console fails the test that runs.
system	= $(PYTHON) $(srcdir)/tests/boot/system_test.py
check-debug: debug/coracle.elf disk.img contract
	$(Q)$(tap) debug -- "$(guest) --kernel debug/coracle.elf --smp 4 --slow 4" \
		"$(system) --kernel debug/coracle.elf -k 'pvh q35' -k 'stress, 4' --stress 10000 ."
# What the other compiler makes boots, too.
check-compiler: other/coracle.elf other-debug/coracle.elf disk.img
	$(Q)$(tap) compiler -- "$(system) --kernel other/coracle.elf -k 'pvh q35, 2' -k 'disk uefi q35, 4' ." \
		"$(system) --kernel other-debug/coracle.elf -k 'pvh q35, 4' -k 'pvh microvm, 1' ."

# Each libFuzzer target first runs its kept seeds, then FUZZ_TIME seconds of new ones.
FUZZ_TIME ?= 3
fuzz_bin	:= $(fuzz_c:tests/fuzz/%.c=fuzz/%)
fuzz_flags	:= -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize=alignment -fno-sanitize-recover=all
fuzz: $(fuzz_bin)
check-fuzz: fuzz
	$(Q)$(tap) fuzz -- "$(PYTHON) $(srcdir)/tests/fuzz/run.py --time $(FUZZ_TIME) $(fuzz_bin)"

fuzz/obj/libos/%.o: $(srcdir)/libos/%.c config.mk
	$(mkdir)
	$(Q)clang -w $(subst $(HOST_SANITIZE),$(fuzz_flags),$(HCFLAGS)) $(subst $(CC_INCLUDE),$(clang_include),$(isolated)) $(depend) -c -o $@ $<
fuzz/obj/tests/%.o: $(srcdir)/tests/%.c config.mk
	$(mkdir)
	$(Q)clang -w $(subst $(HOST_SANITIZE),$(fuzz_flags),$(filter-out -ffreestanding,$(HCFLAGS))) -D_GNU_SOURCE $(depend) -c -o $@ $<
fuzz/libos.a: $(patsubst host/%,fuzz/%,$(hosted_libos) $(hosted_arch)) lists/host
	$(Q)rm -f $@ && $(AR) rcsD $@ $(filter %.o,$^)
# Those that use the running kernel need every init hook: the whole archive.
fuzz_running = $(if $(shell grep -l '"fuzz_kernel.h"' $(1)),fuzz/obj/tests/fuzz/fuzz_kernel.o -Wl$(comma)--whole-archive fuzz/libos.a -Wl$(comma)--no-whole-archive,fuzz/libos.a)
fuzz/%: fuzz/obj/tests/fuzz/%.o fuzz/obj/tests/fuzz/fuzz_kernel.o fuzz/libos.a
	$(call say,LINK,$@)
	$(Q)clang $(fuzz_flags:fuzzer-no-link=fuzzer) -o $@ $< $(call fuzz_running,$(srcdir)/tests/fuzz/$*.c) -lpthread
