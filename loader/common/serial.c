/* SPDX-License-Identifier: MIT */
/*
 * serial: COM1 for error messages. The wait for each character is bounded, so that a machine
 * without the port (reads give 0xff: "ready") or with flow held by the other side still stops
 * with its message on the screen.
 */
#include "loader/common/serial.h"

#include "loader/common/cpu.h"

enum {
	COM1 = 0x3f8,
	REG_DATA = COM1 + 0,		/* divisor low while DLAB */
	REG_IER = COM1 + 1,		/* divisor high while DLAB */
	REG_FCR = COM1 + 2,
	REG_LCR = COM1 + 3,
	REG_MCR = COM1 + 4,
	REG_LSR = COM1 + 5,
	LCR_8N1 = 0x03,
	LCR_DLAB = 0x80,
	MCR_DTR_RTS = 0x03,
	LSR_THRE = 0x20,
	POLL_LIMIT = 100000,
};

void serial_init(void)
{
	port_out8(REG_IER, 0);
	port_out8(REG_LCR, LCR_DLAB | LCR_8N1);
	port_out8(REG_DATA, 1);
	port_out8(REG_IER, 0);
	port_out8(REG_LCR, LCR_8N1);
	port_out8(REG_FCR, 0x07);
	port_out8(REG_MCR, MCR_DTR_RTS);
}

static void put(char c)
{
	for (int i = 0; i < POLL_LIMIT && !(port_in8(REG_LSR) & LSR_THRE); i++)
		continue;
	port_out8(REG_DATA, (uint8_t)c);
}

void serial_write(const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			put('\r');
		put(*text);
	}
}
