/* SPDX-License-Identifier: MIT */
/*
 * uart16550: the PC's serial ports COM1..COM4, interrupt driven both ways.
 *
 * For the tty layer. uart_port_get(0) is ttyS0, or NULL when there is no such port. tty registers callbacks with
 * uart_port_open(); from then on received bytes come to rx() and room for more output to tx_room().
 * Characters pass unchanged: '\n' to "\r\n" is the line discipline's (the kernel log's console adds it itself).
 *
 * Locking. Each port has an irq-safe lock; rx() and tx_room() are called without it, in interrupt context.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

#define UART_PORTS	4
#define UART_MAJOR	4		/* ttyS0 is 4:64 */
#define UART_MINOR	64

struct uart_port;

enum uart_rx_flag { UART_RX_OK, UART_RX_BREAK, UART_RX_PARITY, UART_RX_FRAME, UART_RX_OVERRUN };
enum uart_parity { UART_PARITY_NONE, UART_PARITY_ODD, UART_PARITY_EVEN };
enum uart_modem { UART_DTR = 1, UART_RTS = 2, UART_CTS = 16, UART_DSR = 32, UART_RI = 64, UART_CD = 128 };

/* Callbacks, in interrupt context; must not sleep. */
struct uart_client {
	/* `n` bytes arrived, all good unless flag says otherwise (then n is 1). */
	void (*rx)(void *arg, const uint8_t *data, size_t n, enum uart_rx_flag flag);
	/* The output ring fell below half, or became empty. */
	void (*tx_room)(void *arg);
};

struct uart_port *uart_port_get(unsigned index);
/* Enable reception. 0, or -EBUSY when another client has it. Thread context. */
int __must_check uart_port_open(struct uart_port *port, const struct uart_client *client, void *arg);
void uart_port_close(struct uart_port *port);
/* Queue up to n bytes for output; returns how many fitted (0: full, tx_room() will come). Any context. */
size_t uart_write(struct uart_port *port, const void *data, size_t n);
/* Bytes that fit now, and bytes not yet in the device. Any context. */
size_t uart_write_room(struct uart_port *port);
size_t uart_chars_in_buffer(struct uart_port *port);
/* Forget queued output. Any context. */
void uart_flush_buffer(struct uart_port *port);
/* Wait until all output left the wire: 0, or -ERESTARTSYS. May sleep. */
int __must_check uart_drain(struct uart_port *port);
/* Stop and go on sending (XON/XOFF). Any context. */
void uart_stop(struct uart_port *port, bool stop);
/* baud 0 hangs up (drops DTR). bits 5..8. Any context. */
void uart_set_line(struct uart_port *port, unsigned baud, unsigned bits, bool two_stops, enum uart_parity parity);
void uart_set_break(struct uart_port *port, bool on);
unsigned uart_get_modem(struct uart_port *port);
void uart_set_modem(struct uart_port *port, unsigned set, unsigned clear);
/* For TIOCGSERIAL and /proc/tty/driver/serial. */
struct uart_info {
	uint16_t io_base;
	unsigned irq;
	uint64_t rx, tx, overruns, frame_errors, breaks;
};
void uart_get_info(struct uart_port *port, struct uart_info *out);
