/* SPDX-License-Identifier: MIT */
/* The console before there is a driver, and after everything else failed: COM1, polled. 16550 data sheet. */
#include "arch/debug.h"

#include "arch/io.h"

#define COM1		0x3f8
#define UART_DATA	0
#define UART_IER	1
#define UART_FCR	2
#define UART_LCR	3
#define UART_MCR	4
#define UART_LSR	5
#define LSR_THR_EMPTY	0x20
#define LCR_8N1		0x03
#define LCR_DLAB	0x80
#define SPIN_LIMIT	100000

/* Field legend: [c] whoever writes; races only garble text */
static struct {
	bool probed;			/* [c] */
	bool present;			/* [c] */
} uart;

static void uart_probe(void)
{
	uart.probed = true;
	if (arch_in8(COM1 + UART_LSR) == 0xff)
		return;
	uart.present = true;
	arch_out8(COM1 + UART_IER, 0);
	arch_out8(COM1 + UART_LCR, LCR_DLAB | LCR_8N1);
	arch_out8(COM1 + UART_DATA, 1);		/* 115200 baud */
	arch_out8(COM1 + UART_IER, 0);
	arch_out8(COM1 + UART_LCR, LCR_8N1);
	arch_out8(COM1 + UART_FCR, 0x07);
	arch_out8(COM1 + UART_MCR, 0x0b);	/* DTR, RTS, OUT2 */
}

static void uart_put(char c)
{
	for (unsigned i = 0; i < SPIN_LIMIT; i++) {
		if (arch_in8(COM1 + UART_LSR) & LSR_THR_EMPTY)
			break;
	}
	arch_out8(COM1 + UART_DATA, (uint8_t)c);
}

void arch_early_write(const char *s, size_t n)
{
	if (!uart.probed)
		uart_probe();
	if (!uart.present)
		return;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\n')
			uart_put('\r');
		uart_put(s[i]);
	}
}
