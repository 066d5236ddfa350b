/* SPDX-License-Identifier: MIT */
/* The CMOS real-time clock (MC146818): seconds since 1970, read twice until stable. */
#include "arch/clock.h"

#include "arch/cpu.h"
#include "arch/io.h"
#include "lib/compiler.h"

#define PORT_INDEX	0x70
#define PORT_DATA	0x71
#define REG_A		0x0a
#define REG_A_UPDATING	0x80
#define REG_B		0x0b
#define REG_B_BINARY	0x04
#define REG_B_24H	0x02
#define HOUR_PM		0x80
#define TRIES		1000000		/* an update takes 2 ms */

/* Registers of seconds, minutes, hours, day, month, year. */
static const uint8_t cmos_regs[6] = { 0x00, 0x02, 0x04, 0x07, 0x08, 0x09 };

static uint8_t cmos_read(uint8_t reg)
{
	arch_out8(PORT_INDEX, reg);
	return arch_in8(PORT_DATA);
}

static bool cmos_read_all(uint8_t *v)
{
	for (unsigned i = 0; cmos_read(REG_A) & REG_A_UPDATING; i++) {
		if (i == TRIES)
			return false;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(cmos_regs); i++)
		v[i] = cmos_read(cmos_regs[i]);
	return !(cmos_read(REG_A) & REG_A_UPDATING);
}

static unsigned from_bcd(uint8_t v)
{
	return (unsigned)(v & 0xf) + 10u * (v >> 4);
}

/* Days from 1970-01-01 to the first of March of `year`, whose leap day comes last. */
static uint64_t days_to_civil(unsigned year, unsigned month, unsigned day)
{
	unsigned y = month > 2 ? year : year - 1;
	unsigned m = month > 2 ? month - 3 : month + 9;

	return 365ULL * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

uint64_t arch_wall_seconds(void)
{
	uint8_t v[6];
	unsigned n[6];
	uint8_t mode;

	if (!cmos_read_all(v) && !cmos_read_all(v))
		return 0;
	mode = cmos_read(REG_B);
	for (unsigned i = 0; i < 6; i++) {
		uint8_t raw = i == 2 ? v[i] & ~HOUR_PM : v[i];

		n[i] = mode & REG_B_BINARY ? raw : from_bcd(raw);
	}
	if (!(mode & REG_B_24H))
		n[2] = n[2] % 12 + (v[2] & HOUR_PM ? 12 : 0);
	if (n[4] < 1 || n[4] > 12 || n[3] < 1 || n[3] > 31)	/* no clock there: all ones */
		return 0;
	return days_to_civil(2000 + n[5], n[4], n[3]) * 86400 + n[2] * 3600 + n[1] * 60 + n[0];
}
