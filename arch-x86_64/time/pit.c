/* SPDX-License-Identifier: MIT */
/*
 * The 8254's channel 2 as a reference for TSC and APIC timer: let it count down, read it at two moments. Each reading
 * is the quickest of several, so that a hypervisor's or emulator's pause spoils none. Intel 8254 data sheet.
 */
#include "machine/time.h"

#include "arch/cpu.h"
#include "arch/io.h"
#include "machine/apic.h"

#define PIT_HZ		1193182ULL
#define PORT_CHANNEL2	0x42
#define PORT_MODE	0x43
#define PORT_GATE	0x61
#define GATE_ON		0x01
#define GATE_SPEAKER	0x02
#define MODE_CH2_COUNT	0xb0	/* channel 2, low then high byte, mode 0, binary */
#define LATCH_CH2	0x80
#define SAMPLES		7
#define NS_PER_S	1000000000ULL

struct pit_sample {
	uint64_t tsc;
	uint32_t bus;
	uint16_t count;
};

static uint16_t pit_read(void)
{
	uint8_t low;

	arch_out8(PORT_MODE, LATCH_CH2);
	low = arch_in8(PORT_CHANNEL2);
	return (uint16_t)(low | arch_in8(PORT_CHANNEL2) << 8);
}

static struct pit_sample pit_sample(void)
{
	struct pit_sample best = { 0, 0, 0 };
	uint64_t best_width = UINT64_MAX;

	for (unsigned i = 0; i < SAMPLES; i++) {
		uint64_t before = arch_cycles();
		uint16_t count = pit_read();
		uint32_t bus = lapic_timer_count();
		uint64_t width = arch_cycles() - before;

		if (width < best_width) {
			best_width = width;
			best = (struct pit_sample){ before, bus, count };
		}
	}
	return best;
}

uint64_t pit_measure_tsc(uint32_t ns, uint32_t *bus_khz)
{
	uint16_t ticks = (uint16_t)(PIT_HZ * ns / NS_PER_S);
	struct pit_sample start, end;
	unsigned polls = 0;

	arch_out8(PORT_GATE, (uint8_t)((arch_in8(PORT_GATE) & ~GATE_SPEAKER) | GATE_ON));
	arch_out8(PORT_MODE, MODE_CH2_COUNT);
	arch_out8(PORT_CHANNEL2, 0xff);
	arch_out8(PORT_CHANNEL2, 0xff);
	start = pit_sample();
	while ((uint16_t)(start.count - pit_read()) < ticks) {
		if (++polls == 1000000)		/* stands still: nothing is there */
			return 0;
	}
	end = pit_sample();
	ticks = (uint16_t)(start.count - end.count);
	if (!ticks || start.count == 0xffff)
		return 0;
	*bus_khz = (uint32_t)((uint64_t)(start.bus - end.bus) * PIT_HZ / ticks / 1000);
	return (end.tsc - start.tsc) * PIT_HZ / ticks / 1000;
}
