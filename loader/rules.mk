# SPDX-License-Identifier: MIT
#
# Makefile includes this: the boot sector, stage 2, BOOTX64.EFI, the payload tool, and their tests. The common C
# files are compiled once for each surrounding they run in: obj/bios (32-bit), obj/uefi, obj/testk (test kernel).

loader_products := loader/mbr.bin loader/stage2.bin loader/BOOTX64.EFI loader/payload
made		+= $(loader_products) coracle.krn
loader_common	:= $(call find,loader/common,*.c)
loader_cflags	:= -O2 $(BASE_CFLAGS) $(WARN_CFLAGS) -I$(srcdir) -fno-stack-protector -mgeneral-regs-only -fcf-protection=none
bios_cflags	:= $(loader_cflags) -m32 -march=x86-64 -fno-pic -fno-pie -ffunction-sections
uefi_cflags	:= $(loader_cflags) -fpic -fshort-wchar -mno-red-zone -DGNU_EFI_USE_MS_ABI \
		   -isystem /usr/include/efi -isystem /usr/include/efi/x86_64
testk_cflags	:= $(loader_cflags) -fno-pic -fno-pie -mno-red-zone
bios_o		:= $(patsubst %.c,obj/bios/%.o,$(call find,loader/bios,*.c) $(loader_common))
uefi_o		:= $(patsubst %.c,obj/uefi/%.o,$(call find,loader/uefi,*.c) $(loader_common))
testk_o		:= $(patsubst %.c,obj/testk/%.o,$(call find,tests/boot/testkernel,*.c) $(loader_common))
loader_asm	= $(NASM) -I $(srcdir)/ -MD $(@:.o=.d) -MT $@ -o $@

.PHONY: loader
loader: $(loader_products)
all: loader

# One rule for each way the loader's C files are compiled.
define loader_rule
obj/$(1)/%.o: $(srcdir)/%.c config.mk
	$$(mkdir)
	$$(call say,CC,$$*.c ($(1)))
	$$(Q)$$(CC) $$($(1)_cflags) $$(USER_CFLAGS) $$(depend) -c -o $$@ $$<
endef
$(foreach kind,bios uefi testk,$(eval $(call loader_rule,$(kind))))

obj/bios/stage2_asm.o: $(srcdir)/loader/bios/stage2.asm config.mk
	$(mkdir)
	$(Q)$(loader_asm) -f elf32 $<
obj/uefi/trampoline.o: $(srcdir)/loader/uefi/trampoline.asm config.mk
	$(mkdir)
	$(Q)$(loader_asm) -f elf64 $<
obj/testk/%_asm.o: $(srcdir)/tests/boot/testkernel/%.asm config.mk
	$(mkdir)
	$(Q)$(loader_asm) -f elf64 $<

loader/mbr.bin: $(srcdir)/loader/bios/mbr.asm config.mk
	$(mkdir)
	$(call say,NASM,$@)
	$(Q)$(NASM) -f bin -o $@ $<

loader/stage2.bin: obj/bios/stage2_asm.o $(bios_o) $(srcdir)/loader/bios/stage2.lds
	$(mkdir)
	$(call say,LINK,$@)
	$(Q)$(LD) -m elf_i386 -nostdlib -static --build-id=none --gc-sections -T $(srcdir)/loader/bios/stage2.lds -o obj/bios/stage2.elf $(filter %.o,$^)
	$(Q)$(OBJCOPY) -O binary -j .image obj/bios/stage2.elf $@

loader/BOOTX64.EFI: obj/uefi/trampoline.o $(uefi_o)
	$(mkdir)
	$(call say,LINK,$@)
	$(Q)$(LD) -nostdlib -shared -Bsymbolic -znocombreloc -znoexecstack --build-id=none -T /usr/lib/elf_x86_64_efi.lds \
		-o obj/uefi/boot.so /usr/lib/crt0-efi-x86_64.o $^ /usr/lib/libgnuefi.a
	$(Q)$(OBJCOPY) -j .text -j .sdata -j .data -j .dynamic -j .rodata -j .rel -j .rela -j '.rel.*' -j '.rela.*' -j .reloc \
		--target efi-app-x86_64 --subsystem 10 obj/uefi/boot.so $@

loader/payload: $(patsubst %,$(srcdir)/loader/%.c,payload common/crc32 common/payload_stream) $(wildcard $(srcdir)/loader/*.h $(srcdir)/loader/common/*.h) config.mk
	$(mkdir)
	$(call say,HOSTLD,$@)
	$(Q)$(HOSTCC) -O2 $(filter-out -ffreestanding,$(BASE_CFLAGS)) $(WARN_CFLAGS) -I$(srcdir) -D_GNU_SOURCE $(USER_CFLAGS) \
		-o $@ $(filter %.c,$^) -lelf

# The kernel as the loaders load it.
coracle.krn: coracle.elf loader/payload
	$(call say,PAYLOAD,$@)
	$(Q)loader/payload -o $@ $<

# A kernel that checks and prints what a loader handed over: where ours lies, and where OVMF is in the way.
testk_all_o	:= $(patsubst $(srcdir)/tests/boot/testkernel/%.asm,obj/testk/%_asm.o,$(wildcard $(srcdir)/tests/boot/testkernel/*.asm)) $(testk_o)
testk_krn	:= obj/tests/boot/testkernel.krn obj/tests/boot/testkernel-16m.krn

obj/tests/boot/testkernel.elf obj/tests/boot/testkernel-16m.elf: $(testk_all_o) $(srcdir)/tests/boot/testkernel/testkernel.lds
	$(mkdir)
	$(Q)$(LD) -nostdlib -static --build-id=none -z noexecstack -z max-page-size=4096 $(if $(findstring 16m,$@),--defsym=LINK_BASE=0x1000000) \
		-T $(srcdir)/tests/boot/testkernel/testkernel.lds -o $@ $(filter %.o,$^)
$(testk_krn): %.krn: %.elf loader/payload
	$(Q)loader/payload -o $@ $<

-include $(patsubst %.o,%.d,$(bios_o) $(uefi_o) $(testk_o)) obj/bios/stage2_asm.d obj/uefi/trampoline.d

# --- Their tests ----------------------------------------------------------------------------------

.PHONY: check-loader
check-loader: loader imgbuild/imgbuild $(testk_krn)
	$(Q)$(tap) loader -- "$(PYTHON) $(srcdir)/tests/boot/payload_test.py loader/payload" "$(PYTHON) $(srcdir)/tests/boot/loader_test.py ."
