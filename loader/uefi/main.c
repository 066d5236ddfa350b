/* SPDX-License-Identifier: MIT */
/*
 * BOOTX64.EFI: from the firmware's start of this application to the kernel's first instruction.
 *
 * Model. As bios/main.c: read the three files from the volume this application came from, put
 * them in place, leave boot services, jump. What the kernel reads first is one block of pages
 * below 4 GiB. The first error ends it: console_fail() (returning to the firmware would make it try
 * other boot entries, or start over for ever).
 *
 * The firmware's page tables may lie where the kernel goes, so the last copy is made by the
 * trampoline, on the hand-over's own tables.
 */
#include "loader/common/cmdline.h"
#include "loader/common/cpu.h"
#include "loader/common/crc32.h"
#include "loader/uefi/uefi.h"

#define PIECE		(256U * 1024)

struct uefi uefi;

static struct handover_block *block;
static struct payload_stream payload;

extern const uint8_t trampoline_start[];
extern const uint64_t trampoline_size;

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

static void check(const char *subject, int error)
{
	if (error)
		console_fail(subject, error);
}

static int place_image(struct payload_stream *s)
{
	int error;

	/* The application runs until the copy: it cannot be overwritten. */
	if (uefi.own_base < s->end && uefi.own_base + uefi.own_size > s->start)
		return -LOAD_E_PLACE;
	if ((uintptr_t)block < s->end && (uintptr_t)(block + 1) > s->start)
		return -LOAD_E_PLACE;
	error = memory_place_image(s, &block->handover);
	if (error)
		return error;
	block->info.kernel_start = s->start;
	block->info.kernel_end = s->end;
	return 0;
}

static void load_payload(EFI_FILE_HANDLE root)
{
	static const char subject[] = "CORACLE.KRN";
	uint8_t *buffer = memory_alloc(0, PIECE, EfiLoaderData);
	EFI_FILE_HANDLE file;
	uint64_t size, left;

	check(subject, buffer ? 0 : -LOAD_E_NO_MEMORY);
	check(subject, file_open(root, L"\\CORACLE.KRN", &file, &size));
	payload_stream_init(&payload, place_image, NULL);
	for (left = size; left;) {
		uint64_t n = left < PIECE ? left : PIECE;

		check(subject, file_read(file, buffer, n));
		check(subject, payload_stream_push(&payload, buffer, n, size));
		left -= n;
	}
	check(subject, payload_stream_finish(&payload));
}

static void load_cmdline(EFI_FILE_HANDLE root)
{
	static const char subject[] = "CORACLE.CMD";
	EFI_FILE_HANDLE file;
	uint64_t size;
	int error = file_open(root, L"\\CORACLE.CMD", &file, &size);

	if (error == -LOAD_E_NO_FILE)
		return;
	check(subject, error);
	if (size > CMDLINE_MAX)
		console_fail(subject, -LOAD_E_CMDLINE);
	check(subject, file_read(file, block->cmdline, size));
	cmdline_tidy(block->cmdline, size);
	block->info.cmdline = (uintptr_t)block->cmdline;
}

static void load_initrd(EFI_FILE_HANDLE root)
{
	static const char subject[] = "INITRD.IMG";
	EFI_FILE_HANDLE file;
	uint64_t size;
	void *to;
	int error = file_open(root, L"\\INITRD.IMG", &file, &size);

	if (error == -LOAD_E_NO_FILE || (!error && !size))
		return;
	check(subject, error);
	to = memory_alloc(0, size, EfiBootServicesData);
	check(subject, to ? 0 : -LOAD_E_NO_MEMORY);
	check(subject, file_read(file, to, size));
	block->info.initrd = (uintptr_t)to;
	block->info.initrd_size = size;
}

static bool same_guid(const EFI_GUID *a, const EFI_GUID *b)
{
	const uint8_t *x = (const uint8_t *)a, *y = (const uint8_t *)b;

	for (size_t i = 0; i < sizeof(*a); i++) {
		if (x[i] != y[i])
			return false;
	}
	return true;
}

/* The ACPI 2.0 root pointer if there is one, else that of ACPI 1.0, else 0. */
static uint64_t find_rsdp(void)
{
	static const EFI_GUID acpi1 = ACPI_TABLE_GUID, acpi2 = ACPI_20_TABLE_GUID;
	uint64_t found = 0;

	for (UINTN i = 0; i < uefi.system->NumberOfTableEntries; i++) {
		const EFI_CONFIGURATION_TABLE *t = &uefi.system->ConfigurationTable[i];

		if (same_guid(&t->VendorGuid, &acpi2))
			return (uintptr_t)t->VendorTable;
		if (same_guid(&t->VendorGuid, &acpi1))
			found = (uintptr_t)t->VendorTable;
	}
	return found;
}

static void alloc_block(void)
{
	/* Code, because the trampoline runs in it while the firmware's page tables are in force. */
	block = memory_alloc(0, sizeof(*block), EfiLoaderCode);
	check(NULL, block ? 0 : -LOAD_E_NO_MEMORY);
	cpu_fill(block, 0, sizeof(*block));
	cpu_copy(block->trampoline, trampoline_start, trampoline_size);
}

static _Noreturn void start_kernel(void)
{
	void (*trampoline)(const struct handover *);

	trampoline = (void (*)(const struct handover *))(uintptr_t)block->trampoline;
	trampoline(&block->handover);
	__builtin_unreachable();
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	EFI_FILE_HANDLE root;

	uefi.image = image;
	uefi.system = system;
	uefi.boot = system->BootServices;
	/* The firmware's watchdog would reset a machine that halted with a message. */
	(void)uefi.boot->SetWatchdogTimer(0, 0, 0, NULL);
	crc32_init();
	check("boot volume", file_open_volume(&root));
	alloc_block();
	load_cmdline(root);
	load_payload(root);
	load_initrd(root);

	block->info.source = BOOT_SOURCE_UEFI;
	block->info.rsdp = find_rsdp();
	block->info.efi_system_table = (uintptr_t)system;
	handover_prepare(block, payload.header.entry);
	check(NULL, memory_leave(&block->info));
	start_kernel();
}
