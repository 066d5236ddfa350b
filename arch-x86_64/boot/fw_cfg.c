/* SPDX-License-Identifier: MIT */
/*
 * fw_cfg: words for the command line from whoever starts QEMU.
 *
 *	-fw_cfg name=opt/coracle/cmdline,string='loglevel=7 trace=exec'
 *
 * They follow the image's own (behind a "--" of its they are PID 1's), so that a disk image need not be made again to
 * start it differently: `make run APPEND=...`. Model: QEMU's fw_cfg device on ports 0x510 (which item) and 0x511 (its
 * bytes, in order); item 0 says "QEMU", item 0x19 lists the named items. Only asked where a hypervisor says it is one.
 * Used once, by the boot CPU before memory is managed. Source: QEMU's docs/specs/fw_cfg.
 */
#include "machine/boot.h"

#include "arch/io.h"
#include "lib/byteorder.h"
#include "lib/string.h"
#include "machine/features.h"

#define FW_CFG_SELECT		0x510
#define FW_CFG_DATA		0x511
#define FW_CFG_SIGNATURE	0x00
#define FW_CFG_DIRECTORY	0x19
#define FW_CFG_NAME_MAX		56
#define FW_CFG_FILES_MAX	256	/* more than any QEMU lists */

struct fw_cfg_file {			/* numbers are big endian */
	uint32_t size;
	uint16_t select, reserved;
	char name[FW_CFG_NAME_MAX];
};

/* One string instruction: under KVM each port access would be a way out of the guest. */
static void read_bytes(void *to, size_t size)
{
	__asm__ __volatile__("rep insb" : "+D"(to), "+c"(size) : "d"((uint16_t)FW_CFG_DATA) : "memory");
}

static bool present(void)
{
	char signature[4];

	if (x86.hypervisor == HV_NONE)
		return false;
	arch_out16(FW_CFG_SELECT, FW_CFG_SIGNATURE);
	read_bytes(signature, sizeof(signature));
	return !memcmp(signature, "QEMU", sizeof(signature));
}

/* Select the item of this name. Its size; 0: there is none. */
static size_t select_file(const char *name)
{
	uint32_t count;

	arch_out16(FW_CFG_SELECT, FW_CFG_DIRECTORY);
	read_bytes(&count, sizeof(count));
	count = min(be32_to_cpu(count), (uint32_t)FW_CFG_FILES_MAX);
	for (; count; count--) {
		struct fw_cfg_file file;

		read_bytes(&file, sizeof(file));
		if (strncmp(file.name, name, FW_CFG_NAME_MAX))
			continue;
		arch_out16(FW_CFG_SELECT, be16_to_cpu(file.select));
		return be32_to_cpu(file.size);
	}
	return 0;
}

void fw_cfg_append_cmdline(char *text, size_t room)
{
	size_t used = strlen(text), size = present() ? select_file("opt/coracle/cmdline") : 0;

	if (!size || used + 1 >= room)
		return;
	if (used)
		text[used++] = ' ';
	size = min(size, room - used - 1);
	read_bytes(text + used, size);
	text[used + size] = '\0';
	/* string= is one line, file= has line ends. */
	for (text += used; *text; text++)
		if ((unsigned char)*text < ' ')
			*text = ' ';
}
