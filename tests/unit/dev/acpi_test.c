/* SPDX-License-Identifier: MIT */
/* ACPI tables made by hand: what is found in them, and that damaged ones do no harm. */
#include "host.h"
#include "test.h"

#include "abi/errno.h"
#include "dev/acpi/acpi.h"
#include "lib/byteorder.h"

#include <stdlib.h>
#include <string.h>

/* A table of its exact size on the heap, so that reads beyond it are seen. */
static struct acpi_header *table_of(const char *signature, const void *body, size_t size)
{
	struct acpi_header *h = calloc(1, sizeof(*h) + size);

	memcpy(h->signature, signature, 4);
	h->length = (uint32_t)(sizeof(*h) + size);
	memcpy(h + 1, body, size);
	return h;
}

TEST(acpi_checksum)
{
	uint8_t bytes[4] = { 1, 2, 3, 250 };

	CHECK(acpi_checksum_ok(bytes, 4));
	bytes[0] = 2;
	CHECK(!acpi_checksum_ok(bytes, 4));
}

TEST(acpi_s5_package)
{
	static const uint8_t plain[] = { 0x10, 0x08, '_', 'S', '5', '_', 0x12, 0x06, 0x04, 0x0a, 0x05, 0x01, 0, 0 };
	static const uint8_t rooted[] = { 0x08, '\\', '_', 'S', '5', '_', 0x12, 0x08, 0x04, 0x00, 0x0a, 0x07, 0, 0 };
	static const uint8_t cut[] = { 0x08, '_', 'S', '5', '_', 0x12, 0x06, 0x04, 0x0a };
	struct acpi_header *h = table_of("DSDT", plain, sizeof(plain));
	uint8_t typ[2];

	CHECK_EQ(dsdt_find_s5(h, typ), 0);
	CHECK_EQ(typ[0], 5);
	CHECK_EQ(typ[1], 1);
	free(h);
	h = table_of("DSDT", rooted, sizeof(rooted));
	CHECK_EQ(dsdt_find_s5(h, typ), 0);
	CHECK_EQ(typ[0], 0);
	CHECK_EQ(typ[1], 7);
	free(h);
	h = table_of("DSDT", cut, sizeof(cut));
	CHECK_EQ(dsdt_find_s5(h, typ), -ENOENT);
	free(h);
}

#define MMIO_DEVICE(b0, b1, irq) \
	0x0d, 'L', 'N', 'R', 'O', '0', '0', '0', '5', 0, 0x08, '_', 'C', 'R', 'S', 0x11, 0x1a, 0x0a, 0x17, \
	0x86, 9, 0, 1, b0, b1, 0xb0, 0xfe, 0, 2, 0, 0, 0x89, 6, 0, 3, 1, irq, 0, 0, 0, 0x79, 0

TEST(acpi_virtio_mmio_devices)
{
	static const uint8_t body[] = { MMIO_DEVICE(0x00, 0x0e, 12), 1, 2, 3, MMIO_DEVICE(0x00, 0x10, 13),
					'L', 'N', 'R', 'O', '0', '0', '0', '5' };
	struct acpi_header *h = table_of("DSDT", body, sizeof(body));
	struct acpi_virtio_mmio dev;
	size_t offset = 0;

	CHECK(dsdt_next_virtio_mmio(h, &offset, &dev));
	CHECK_EQ(dev.base, 0xfeb00e00);
	CHECK_EQ(dev.size, 512);
	CHECK_EQ(dev.gsi, 12);
	CHECK(dev.edge && !dev.low);
	CHECK(dsdt_next_virtio_mmio(h, &offset, &dev));
	CHECK_EQ(dev.base, 0xfeb01000);
	CHECK_EQ(dev.gsi, 13);
	CHECK(!dsdt_next_virtio_mmio(h, &offset, &dev));
	free(h);
}

TEST(acpi_mcfg_window)
{
	uint8_t body[8 + 32] = { 0 };
	struct acpi_ecam ecam;
	struct acpi_header *h;

	put_unaligned_le64(0xb0000000, body + 8);	/* segment 1: not ours */
	put_unaligned_le16(1, body + 16);
	put_unaligned_le64(0xe0000000, body + 24);
	body[24 + 11] = 255;
	h = table_of("MCFG", body, sizeof(body));
	CHECK_EQ(mcfg_find(h, &ecam), 0);
	CHECK_EQ(ecam.base, 0xe0000000);
	CHECK_EQ(ecam.last_bus, 255);
	free(h);
	h = table_of("MCFG", body, 12);
	CHECK_EQ(mcfg_find(h, &ecam), -ENOENT);
	free(h);
}

/* Random bytes behind plausible headers: nothing reads out of bounds (AddressSanitizer looks). */
TEST(acpi_random_tables)
{
	for (unsigned round = 0; round < 3000; round++) {
		uint8_t body[128];
		size_t n = test_random_below(sizeof(body)), offset = 0;
		struct acpi_virtio_mmio dev;
		struct acpi_ecam ecam;
		struct acpi_header *h;
		uint8_t typ[2];

		test_random_bytes(body, n);
		if (n > 40) {
			memcpy(body + test_random_below(n - 8), round & 1 ? "LNRO0005" : "\x08_S5_\x12\x06\x04", 8);
			body[test_random_below(n)] = 0x86;
		}
		h = table_of("DSDT", body, n);
		if (dsdt_find_s5(h, typ) != 0)
			CHECK(dsdt_find_s5(h, typ) == -ENOENT);
		while (dsdt_next_virtio_mmio(h, &offset, &dev))
			;
		if (mcfg_find(h, &ecam) == 0)
			CHECK(ecam.base != 0);
		free(h);
	}
}
