/* SPDX-License-Identifier: MIT */
/*
 * memory: pages, a place for the kernel, and the final memory map on a UEFI machine.
 *
 * Model. The kernel is linked to a fixed physical address. Firmware that uses those pages for its
 * own boot-time data (OVMF does) frees them when boot services end, so being in the way is an
 * error only for what outlives them. Claimed while waiting: the free pages in the range, so that no
 * later allocation lands in the target of the final copy.
 *
 * Source: UEFI specification 2.10, 7.2 (memory allocation services), table 7.10 (types after
 * ExitBootServices).
 */
#include "loader/uefi/uefi.h"

#define PAGE			4096ULL
#define BELOW_4G		0xffffffffULL
#define SPARE_DESCRIPTORS	32	/* for those that allocating the buffer itself makes */
#define LEAVE_TRIES		8

static EFI_MEMORY_DESCRIPTOR *descriptor_at(void *map, UINTN size, UINTN i)
{
	return (EFI_MEMORY_DESCRIPTOR *)((uint8_t *)map + i * size);
}

/* The firmware's map with room to grow. */
struct firmware_map {
	void *data;
	UINTN capacity;			/* bytes */
	UINTN size, descriptor_size;
	UINTN key;
};

static EFI_STATUS get_map(struct firmware_map *map)
{
	UINT32 version;

	map->size = map->capacity;
	return uefi.boot->GetMemoryMap(&map->size, map->data, &map->key, &map->descriptor_size,
				       &version);
}

/* Allocate a buffer for the map and fill it. */
static int alloc_map(struct firmware_map *map)
{
	EFI_STATUS status;

	map->data = NULL;
	map->capacity = 0;
	status = get_map(map);
	if (status != EFI_BUFFER_TOO_SMALL)
		return -LOAD_E_MEMORY_MAP;
	map->capacity = map->size + SPARE_DESCRIPTORS * map->descriptor_size;
	map->data = memory_alloc(0, map->capacity, EfiLoaderData);
	if (!map->data)
		return -LOAD_E_NO_MEMORY;
	return EFI_ERROR(get_map(map)) ? -LOAD_E_MEMORY_MAP : 0;
}

static UINTN count_of(const struct firmware_map *map)
{
	return map->size / map->descriptor_size;
}

void *memory_alloc(uint64_t address, uint64_t size, EFI_MEMORY_TYPE type)
{
	EFI_PHYSICAL_ADDRESS where = address ? address : BELOW_4G;
	EFI_STATUS status;

	status = uefi.boot->AllocatePages(address ? AllocateAddress : AllocateMaxAddress, type,
					  (size + PAGE - 1) / PAGE, &where);
	return EFI_ERROR(status) ? NULL : (void *)where;
}

static uint32_t type_of(uint32_t efi_type)
{
	switch (efi_type) {
	case EfiConventionalMemory:
	case EfiBootServicesCode:
	case EfiBootServicesData:
		return BOOT_MEM_USABLE;
	case EfiLoaderCode:
	case EfiLoaderData:
		return BOOT_MEM_BOOTLOADER;
	case EfiACPIReclaimMemory:
		return BOOT_MEM_ACPI_RECLAIM;
	case EfiACPIMemoryNVS:
		return BOOT_MEM_ACPI_NVS;
	case EfiUnusableMemory:
		return BOOT_MEM_BAD;
	default:
		return BOOT_MEM_RESERVED;
	}
}

/* The part of a descriptor that lies in [start, end); false if there is none. */
static bool intersect(const EFI_MEMORY_DESCRIPTOR *d, uint64_t *start, uint64_t *end)
{
	uint64_t d_end = d->PhysicalStart + d->NumberOfPages * PAGE;

	if (d->PhysicalStart > *start)
		*start = d->PhysicalStart;
	if (d_end < *end)
		*end = d_end;
	return *start < *end;
}

/* Will all of [start, end) be free memory after boot services? Claims what is free already. */
static int claim_range(const struct firmware_map *map, uint64_t start, uint64_t end)
{
	uint64_t covered = 0;

	for (UINTN i = 0; i < count_of(map); i++) {
		const EFI_MEMORY_DESCRIPTOR *d = descriptor_at(map->data, map->descriptor_size, i);
		uint64_t from = start, to = end;

		if (!intersect(d, &from, &to))
			continue;
		if (type_of(d->Type) != BOOT_MEM_USABLE)
			return -LOAD_E_PLACE;
		if (d->Type == EfiConventionalMemory &&
		    !memory_alloc(from, to - from, EfiBootServicesData))
			return -LOAD_E_PLACE;
		covered += to - from;
	}
	return covered == end - start ? 0 : -LOAD_E_PLACE;
}

int memory_place_image(struct payload_stream *s, struct handover *copy)
{
	uint64_t size = s->end - s->start;
	struct firmware_map map;
	int error;

	s->image = memory_alloc(s->start, size, EfiBootServicesData);
	if (s->image)
		return 0;
	error = alloc_map(&map);
	if (!error)
		error = claim_range(&map, s->start, s->end);
	if (error)
		return error;
	s->image = memory_alloc(0, size, EfiLoaderData);
	if (!s->image)
		return -LOAD_E_NO_MEMORY;
	copy->copy_from = (uint32_t)(uintptr_t)s->image;
	copy->copy_to = (uint32_t)s->start;
	copy->copy_size = (uint32_t)size;
	return 0;
}

static int translate(const struct firmware_map *map, struct memmap *out)
{
	for (UINTN i = 0; i < count_of(map); i++) {
		const EFI_MEMORY_DESCRIPTOR *d = descriptor_at(map->data, map->descriptor_size, i);
		int error = memmap_add(out, d->PhysicalStart, d->NumberOfPages * PAGE,
				       type_of(d->Type));

		if (error)
			return error;
	}
	return 0;
}

int memory_leave(struct boot_info *info)
{
	struct firmware_map map;
	struct memmap out = { 0 };
	EFI_STATUS status = EFI_INVALID_PARAMETER;
	int error = alloc_map(&map);

	if (error)
		return error;
	out.capacity = (uint32_t)(map.capacity / map.descriptor_size * 2);
	out.range = memory_alloc(0, out.capacity * sizeof(out.range[0]), EfiLoaderData);
	if (!out.range)
		return -LOAD_E_NO_MEMORY;
	/* The key is stale if a timer allocated in between: ask again. */
	for (int i = 0; i < LEAVE_TRIES && EFI_ERROR(status); i++) {
		status = get_map(&map);
		if (!EFI_ERROR(status))
			status = uefi.boot->ExitBootServices(uefi.image, map.key);
	}
	if (EFI_ERROR(status))
		return -LOAD_E_FIRMWARE;
	uefi.boot = NULL;
	error = translate(&map, &out);
	return error ? error : memmap_finish(&out, info);
}
