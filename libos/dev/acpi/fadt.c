/* SPDX-License-Identifier: MIT */
/*
 * fadt: switching off and resetting the machine ("FACP" table). ACPI 6.5, 5.2.9, 4.8.3, 7.4.
 *
 * Power-off writes the sleep type of S5 to the PM1 control registers, or, on hardware-reduced machines, to the sleep
 * control register. The type is searched in the DSDT only when the machine is about to go off.
 */
#include "dev/acpi/acpi.h"

#include "abi/errno.h"
#include "arch/io.h"
#include "core/log.h"
#include "core/power.h"
#include "lib/byteorder.h"
#include "lib/string.h"
#include "mm/kvmap.h"
#include "mm/slab.h"

enum fadt_offset {
	FADT_DSDT = 40, FADT_SMI_CMD = 48, FADT_ACPI_ENABLE = 52, FADT_PM1A_CNT = 64, FADT_PM1B_CNT = 68,
	FADT_FLAGS = 112, FADT_RESET_REG = 116, FADT_RESET_VALUE = 128, FADT_X_DSDT = 140, FADT_X_PM1A_CNT = 172,
	FADT_X_PM1B_CNT = 184, FADT_SLEEP_CONTROL = 244,
};
#define FLAG_RESET_REG		(1u << 10)
#define FLAG_HW_REDUCED		(1u << 20)
#define PM1_SCI_EN		1u
#define PM1_SLP_TYP(t)		((uint16_t)((t) << 10))
#define PM1_SLP_EN		(1u << 13)
#define SLEEP_TYP(t)		((uint8_t)((t) << 2))
#define SLEEP_EN		(1u << 5)

/* A register of 8 or 16 bits in either space. Field legend: [I] */
struct acpi_reg {
	bool valid;			/* [I] */
	uint16_t port;			/* [I] 0: memory */
	volatile void __iomem *mem;	/* [I] */
};

/* Field legend: [I] fadt_init(), [p] the thread that switches off */
static struct {
	paddr_t dsdt;			/* [I] */
	uint16_t smi_cmd;		/* [I] 0: always in ACPI mode */
	uint8_t acpi_enable;		/* [I] */
	uint8_t reset_value;		/* [I] */
	struct acpi_reg pm1a, pm1b, sleep, reset;	/* [I] */
	bool s5_known;			/* [p] */
	uint8_t s5[2];			/* [p] */
} fadt;

static void reg_write8(const struct acpi_reg *reg, uint8_t value)
{
	if (reg->port)
		arch_out8(reg->port, value);
	else
		arch_write8(reg->mem, value);
}

static void reg_write16(const struct acpi_reg *reg, uint16_t value)
{
	if (reg->port)
		arch_out16(reg->port, value);
	else
		arch_write16(reg->mem, value);
}

static uint16_t reg_read16(const struct acpi_reg *reg)
{
	return reg->port ? arch_in16(reg->port) : arch_read16(reg->mem);
}

static struct acpi_reg reg_make(uint8_t space, uint64_t address)
{
	struct acpi_reg reg = { .valid = false };

	if (!address)
		return reg;
	if (space == ACPI_SPACE_IO && address < 0x10000)
		reg.port = (uint16_t)address;
	else if (space == ACPI_SPACE_MEMORY)
		reg.mem = kvmap_io(address, 2);
	reg.valid = reg.port || reg.mem;
	return reg;
}

/* The register at a generic address, if the table reaches so far. */
static struct acpi_reg reg_gas(const struct acpi_header *h, size_t offset)
{
	const uint8_t *gas = (const uint8_t *)h + offset;

	if (offset + sizeof(struct acpi_gas) > h->length)
		return (struct acpi_reg){ .valid = false };
	return reg_make(gas[0], get_unaligned_le64(gas + 4));
}

/* PM1 control: the extended field when it says something, else the port. */
static struct acpi_reg reg_pm1(const struct acpi_header *h, size_t extended, size_t port)
{
	struct acpi_reg reg = reg_gas(h, extended);

	return reg.valid ? reg : reg_make(ACPI_SPACE_IO, get_unaligned_le32((const uint8_t *)h + port));
}

struct acpi_header *acpi_dsdt_get(void)
{
	return fadt.dsdt ? acpi_table_copy(fadt.dsdt) : NULL;
}

static void find_s5(enum power_action action)
{
	struct acpi_header *dsdt = action == POWER_OFF ? acpi_dsdt_get() : NULL;

	fadt.s5_known = dsdt && !dsdt_find_s5(dsdt, fadt.s5);
	kfree(dsdt);
}

static void fadt_off(void)
{
	if (!fadt.s5_known)
		return;
	if (fadt.sleep.valid)
		reg_write8(&fadt.sleep, (uint8_t)(SLEEP_TYP(fadt.s5[0]) | SLEEP_EN));
	if (!fadt.pm1a.valid)
		return;
	if (fadt.smi_cmd && !(reg_read16(&fadt.pm1a) & PM1_SCI_EN))
		arch_out8(fadt.smi_cmd, fadt.acpi_enable);
	reg_write16(&fadt.pm1a, (uint16_t)(PM1_SLP_TYP(fadt.s5[0]) | PM1_SLP_EN));
	if (fadt.pm1b.valid)
		reg_write16(&fadt.pm1b, (uint16_t)(PM1_SLP_TYP(fadt.s5[1]) | PM1_SLP_EN));
}

static void fadt_reset(void)
{
	reg_write8(&fadt.reset, fadt.reset_value);
}

void fadt_init(void)
{
	static struct power_hook hook = { .order = 10, .prepare = find_s5 };
	struct acpi_header *h = acpi_table_get("FACP");
	const uint8_t *p = (const uint8_t *)h;
	uint32_t flags;

	if (!h || h->length < FADT_RESET_REG) {
		kfree(h);
		return;
	}
	flags = get_unaligned_le32(p + FADT_FLAGS);
	if (h->length >= FADT_X_DSDT + 8)
		fadt.dsdt = get_unaligned_le64(p + FADT_X_DSDT);
	if (!fadt.dsdt)
		fadt.dsdt = get_unaligned_le32(p + FADT_DSDT);
	if (flags & FLAG_HW_REDUCED) {
		fadt.sleep = reg_gas(h, FADT_SLEEP_CONTROL);
	} else {
		fadt.pm1a = reg_pm1(h, FADT_X_PM1A_CNT, FADT_PM1A_CNT);
		fadt.pm1b = reg_pm1(h, FADT_X_PM1B_CNT, FADT_PM1B_CNT);
		fadt.smi_cmd = (uint16_t)get_unaligned_le32(p + FADT_SMI_CMD);
		fadt.acpi_enable = p[FADT_ACPI_ENABLE];
	}
	if (flags & FLAG_RESET_REG && h->length > FADT_RESET_VALUE) {
		fadt.reset = reg_gas(h, FADT_RESET_REG);
		fadt.reset_value = p[FADT_RESET_VALUE];
	}
	kfree(h);
	power_hook_register(&hook);
	power_set_off(fadt_off);
	if (fadt.reset.valid)
		power_set_reset(fadt_reset);
}
