/* SPDX-License-Identifier: MIT */
/* The 8254's channel 2 as a stop-watch: count down once, speaker off, watch its output. Intel 8254 data sheet. */
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
#define GATE_OUT	0x20
#define MODE_CH2_ONESHOT 0xb0	/* channel 2, low then high byte, mode 0, binary */

uint64_t pit_measure_tsc(uint32_t ns, uint32_t *bus_ticks)
{
	uint16_t count = (uint16_t)(PIT_HZ * ns / 1000000000ULL);
	uint64_t limit = 1000000, start;
	uint32_t bus;

	arch_out8(PORT_GATE, (uint8_t)((arch_in8(PORT_GATE) & ~GATE_SPEAKER) | GATE_ON));
	arch_out8(PORT_MODE, MODE_CH2_ONESHOT);
	arch_out8(PORT_CHANNEL2, (uint8_t)count);
	arch_out8(PORT_CHANNEL2, (uint8_t)(count >> 8));
	start = arch_cycles();
	bus = lapic_timer_count();
	if (arch_in8(PORT_GATE) & GATE_OUT)	/* over at once: nothing is there */
		return 0;
	while (!(arch_in8(PORT_GATE) & GATE_OUT)) {
		if (!--limit)
			return 0;
	}
	*bus_ticks = bus - lapic_timer_count();
	return arch_cycles() - start;
}
