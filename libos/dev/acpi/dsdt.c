/* SPDX-License-Identifier: MIT */
/*
 * dsdt: the two facts needed from the AML byte code, found as patterns, not by interpreting it.
 *
 * Both patterns are static data in every firmware known: Name (_S5, Package () {...}), and a device's _CRS built of
 * constant resource descriptors. Encodings: ACPI 6.5, 20.2 (AML) and 6.4 (descriptors).
 */
#include "dev/acpi/acpi.h"

#include "abi/errno.h"
#include "lib/byteorder.h"
#include "lib/string.h"

#define AML_NAME	0x08
#define AML_ZERO	0x00
#define AML_ONE		0x01
#define AML_BYTE	0x0a
#define AML_PACKAGE	0x12

#define RES_LARGE		0x80	/* items with a 16-bit length */
#define RES_MEMORY32_FIXED	(RES_LARGE | 6)
#define RES_INTERRUPT		(RES_LARGE | 9)
#define MMIO_HID		"LNRO0005"
#define MMIO_REACH		160	/* a device's _CRS lies this near its _HID */

/* Bytes of AML with a read position. */
struct aml {
	const uint8_t *p, *end;
};

/* A small integer; false when it is none. */
static bool aml_small_int(struct aml *a, uint8_t *out)
{
	if (a->p >= a->end)
		return false;
	if (*a->p == AML_ZERO || *a->p == AML_ONE) {
		*out = *a->p++;
		return true;
	}
	if (*a->p != AML_BYTE || a->end - a->p < 2)
		return false;
	*out = a->p[1];
	a->p += 2;
	return true;
}

/* At "_S5_": Package (SLP_TYPa, SLP_TYPb, ...). */
static bool s5_package(struct aml a, uint8_t typ[2])
{
	if (a.end - a.p < 7 || a.p[4] != AML_PACKAGE)
		return false;
	a.p += 5;
	a.p += (*a.p >> 6) + 2;		/* package length (1 + top bits), then the number of elements */
	return aml_small_int(&a, &typ[0]) && aml_small_int(&a, &typ[1]);
}

int dsdt_find_s5(const struct acpi_header *dsdt, uint8_t typ[2])
{
	const uint8_t *p = (const uint8_t *)(dsdt + 1), *end = (const uint8_t *)dsdt + dsdt->length;

	for (; end - p >= 8; p++) {
		bool named = p[-1] == AML_NAME || (p[-1] == '\\' && p[-2] == AML_NAME);

		if (!memcmp(p, "_S5_", 4) && named && s5_package((struct aml){ p, end }, typ))
			return 0;
	}
	return -ENOENT;
}

/* Memory32Fixed and Interrupt descriptors between p and end. */
static bool mmio_resources(const uint8_t *p, const uint8_t *end, struct acpi_virtio_mmio *out)
{
	bool mem = false;

	for (; end - p >= 9; p++) {
		uint16_t len = get_unaligned_le16(p + 1);

		if (!mem && p[0] == RES_MEMORY32_FIXED && len == 9 && end - p >= 12) {
			out->base = get_unaligned_le32(p + 4);
			out->size = get_unaligned_le32(p + 8);
			mem = true;
			p += 11;
		} else if (mem && p[0] == RES_INTERRUPT && len >= 6 && p[4] >= 1) {
			out->edge = p[3] & 2;
			out->low = p[3] & 4;
			out->gsi = get_unaligned_le32(p + 5);
			return true;
		}
	}
	return false;
}

bool dsdt_next_virtio_mmio(const struct acpi_header *dsdt, size_t *offset, struct acpi_virtio_mmio *out)
{
	const size_t hid = sizeof(MMIO_HID) - 1;
	const uint8_t *table = (const uint8_t *)dsdt;
	size_t at = *offset ? *offset : sizeof(*dsdt);

	for (; at + hid <= dsdt->length; at++) {
		size_t stop = at + hid;

		if (memcmp(table + at, MMIO_HID, hid))
			continue;
		while (stop < dsdt->length && stop < at + MMIO_REACH &&
		       (dsdt->length - stop < hid || memcmp(table + stop, MMIO_HID, hid)))
			stop++;
		*offset = at + hid;
		if (mmio_resources(table + at + hid, table + stop, out))
			return true;
		at += hid - 1;
	}
	*offset = dsdt->length;
	return false;
}
