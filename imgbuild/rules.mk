# SPDX-License-Identifier: MIT
#
# Makefile includes this: the image builder, the images it makes, and its tests.
#
# `make image` remembers its variables in obj/image.settings; disk.img made again because something it consists of
# has changed (by `make run`, say) is made with those.

made		+= imgbuild/imgbuild host/imgbuild root.ext4 disk.img* packages openrc.ext4 busybox.ext4
imgbuild_c	:= $(call find,imgbuild,*.c)
imgbuild_cflags	:= -O2 $(filter-out -ffreestanding,$(BASE_CFLAGS)) $(WARN_CFLAGS) -I$(srcdir) -D_GNU_SOURCE $(USER_CFLAGS)
imgbuild_libs	:= -larchive -lext2fs -lcom_err -lfdisk
imgbuild_asan	:= $(HOST_SANITIZE) -O1

all: imgbuild/imgbuild

obj/imgbuild/%.o: $(srcdir)/imgbuild/%.c config.mk
	$(mkdir)
	$(call say,HOSTCC,imgbuild/$*.c)
	$(Q)$(HOSTCC) $(imgbuild_cflags) $(depend) -c -o $@ $<
host/obj/imgbuild/%.o: $(srcdir)/imgbuild/%.c config.mk
	$(mkdir)
	$(call say,HOSTCC,imgbuild/$*.c (sanitized))
	$(Q)$(HOSTCC) $(imgbuild_cflags) $(imgbuild_asan) $(depend) -c -o $@ $<

imgbuild/imgbuild: $(imgbuild_c:%.c=obj/%.o)
	$(mkdir)
	$(call say,HOSTLD,$@)
	$(Q)$(HOSTCC) -o $@ $^ $(imgbuild_libs)
host/imgbuild: $(imgbuild_c:%.c=host/obj/%.o)
	$(call say,HOSTLD,$@)
	$(Q)$(HOSTCC) $(imgbuild_asan) -o $@ $^ $(imgbuild_libs)

# --- Images ---------------------------------------------------------------------------------------

image_variables	:= ROOTFS ROOT OVERLAY SIZE FORMAT CMDLINE INITRD BUSYBOX
# Without strip, none given would be a list of blanks, which $(if) takes for something.
image_given	:= $(strip $(foreach v,$(image_variables),$(if $(filter-out undefined default,$(origin $(v))),$(v))))
image_script	:= $(srcdir)/imgbuild/make-image.sh
root_parts	:= imgbuild/imgbuild $(image_script) $(srcdir)/imgbuild/default-root.owners \
		   $(addprefix $(srcdir)/imgbuild/,default_root.py openrc_root.py debian-packages) $(shell find $(srcdir)/alpine-overlay -type f 2>/dev/null)
image_parts	:= $(root_parts) coracle.krn loader/mbr.bin loader/stage2.bin loader/BOOTX64.EFI
shell_quote	= '$(subst ','\'',$(1))'
image_run	= PYTHON=$(PYTHON) SRCDIR=$(srcdir) $(image_script)
define image_settings
$(Q)mkdir -p obj
$(Q)printf '%s\n' : $(foreach v,$(image_given),$(call shell_quote,$(v)=$(call shell_quote,$($(v))) && export $(v))) > obj/image.settings
endef

.PHONY: image FORCE
image: $(image_parts)
	$(call say,IMAGE,disk.img)
	$(image_settings)
	$(Q). ./obj/image.settings && $(image_run) disk.img

disk.img: $(image_parts) $(if $(image_given),FORCE)
	$(call say,IMAGE,$@)
	$(if $(image_given),$(image_settings))
	$(Q)test ! -f obj/image.settings || . ./obj/image.settings && $(image_run) $@

# The root alone, without a partition table: for `qemu -kernel coracle.elf -append root=/dev/vda`.
root.ext4: $(root_parts) $(if $(image_given),FORCE)
	$(call say,IMAGE,$@)
	$(Q)$(foreach v,$(image_given),$(v)=$(call shell_quote,$($(v)))) $(image_run) --root-only $@

# The same with one init or the other, for the tests that boot it.
openrc.ext4 busybox.ext4: $(root_parts)
	$(call say,IMAGE,$@)
	$(Q)ROOT=$(basename $@) $(image_run) --root-only $@

-include $(imgbuild_c:%.c=obj/%.d) $(imgbuild_c:%.c=host/obj/%.d)

# --- Their tests ----------------------------------------------------------------------------------

# A sanitized imgbuild builds every image of the tests.
.PHONY: check-image
check-image: host/imgbuild imgbuild/imgbuild loader/mbr.bin
	$(Q)$(tap) image -- $(foreach t,$(wildcard $(srcdir)/tests/image/*_test.py),"$(PYTHON) $(t) .")
