/* SPDX-License-Identifier: MIT */
/*
 * uart16550: the PC's serial ports. National Semiconductor PC16550D data sheet.
 *
 * Output goes through a ring: what the chip takes at once is written at once, the rest when it says it is empty.
 * Received bytes are handed to the client as they come. The interrupt is edge-triggered: the handler goes on until the
 * chip has nothing more to say, or the edge would be lost.
 *
 * The kernel log writes to its port polled, past the ring: it has to work in a panic, with every lock in any state.
 *
 * Invariants
 *  (1) The ring is empty, or the port is stopped, or the transmit interrupt is enabled.
 *  (2) The receive interrupt is enabled exactly while there is a client.
 */
#include "dev/serial/uart16550.h"

#include "abi/errno.h"
#include "arch/io.h"
#include "arch/irq.h"
#include "core/cmdline.h"
#include "core/init.h"
#include "core/log.h"
#include "core/panic.h"
#include "core/power.h"
#include "lib/ring.h"
#include "lib/string.h"
#include "sync/spinlock.h"
#include "sync/waitq.h"
#include "time/clock.h"

enum uart_reg { REG_DATA = 0, REG_IER = 1, REG_IIR = 2, REG_FCR = 2, REG_LCR = 3, REG_MCR = 4, REG_LSR = 5, REG_MSR = 6,
		REG_DIVISOR_LOW = 0, REG_DIVISOR_HIGH = 1 };

#define IER_RX			0x01
#define IER_TX			0x02
#define IER_LINE		0x04
#define IIR_NONE		0x01
#define FCR_ENABLE		0x01
#define FCR_CLEAR_TX		0x04
#define FCR_TRIGGER_8		0x80
#define LCR_2_STOPS		0x04
#define LCR_PARITY		0x08
#define LCR_EVEN		0x10
#define LCR_BREAK		0x40
#define LCR_DLAB		0x80
#define LCR_8N1			0x03
#define MCR_OUT2		0x08	/* gates the interrupt on a PC */
#define LSR_DATA		0x01
#define LSR_OVERRUN		0x02
#define LSR_PARITY		0x04
#define LSR_FRAME		0x08
#define LSR_BREAK		0x10
#define LSR_THR_EMPTY		0x20
#define LSR_IDLE		0x40
#define LSR_ERRORS		(LSR_OVERRUN | LSR_PARITY | LSR_FRAME | LSR_BREAK)

#define CLOCK_BAUD		115200
#define FIFO_SIZE		16
#define TX_BURST		64	/* most bytes written with the lock held at a time */
#define ROOM_SMALL		64	/* less counts as none: a line discipline wants several bytes */
#define RX_BATCH		64
#define RING_SIZE		4096
#define IRQ_ROUNDS		256	/* a chip that never falls silent is broken */
#define POLL_LIMIT		100000
#define DRAIN_POLL_NS		200000	/* two characters at 115200 baud */
#define MODEM_OUT		(UART_DTR | UART_RTS)
#define MODEM_IN		(UART_CTS | UART_DSR | UART_RI | UART_CD)

/* Field legend: [I] immutable after start-up, [l] lock */
struct uart_port {
	struct spinlock lock;
	bool present;			/* [I] */
	uint16_t base;			/* [I] */
	unsigned irq;			/* [I] ISA number */
	const struct uart_client *client;	/* [l] */
	void *arg;			/* [l] */
	bool stopped;			/* [l] */
	bool want_room;			/* [l] somebody was refused: tell when there is room */
	uint8_t ier, lcr, mcr;		/* [l] as written */
	struct ring tx;			/* [l] */
	struct waitq drained;
	struct uart_info info;		/* [l] */
	uint8_t buffer[RING_SIZE];	/* [l] tx's */
};

/* Field legend: [I] set at start-up */
static struct {
	struct uart_port port[UART_PORTS];	/* [I] */
	struct log_console console;	/* [I] */
	struct uart_port *console_port;	/* [I] */
} uart;

static uint8_t reg_read(const struct uart_port *p, enum uart_reg reg)
{
	return arch_in8((uint16_t)(p->base + reg));
}

static void reg_write(const struct uart_port *p, enum uart_reg reg, uint8_t value)
{
	arch_out8((uint16_t)(p->base + reg), value);
}

static void set_ier_locked(struct uart_port *p, uint8_t ier)
{
	assert_held(&p->lock);
	if (p->ier == ier)
		return;
	p->ier = ier;
	reg_write(p, REG_IER, ier);
}

/* --- output --- */

/* Give the chip what it takes now, at most TX_BURST bytes; keeps invariant (1). */
static void transmit_locked(struct uart_port *p)
{
	unsigned sent = 0;

	assert_held(&p->lock);
	while (!p->stopped && sent < TX_BURST && !ring_empty(&p->tx) && reg_read(p, REG_LSR) & LSR_THR_EMPTY) {
		uint8_t chunk[FIFO_SIZE];
		size_t n = ring_read(&p->tx, chunk, sizeof(chunk));

		for (size_t i = 0; i < n; i++)
			reg_write(p, REG_DATA, chunk[i]);
		sent += (unsigned)n;
	}
	p->info.tx += sent;
	if (ring_empty(&p->tx) || p->stopped)
		set_ier_locked(p, p->ier & (uint8_t)~IER_TX);
	else
		set_ier_locked(p, p->ier | IER_TX);
}

size_t uart_write(struct uart_port *p, const void *data, size_t n)
{
	unsigned long flags = spin_lock_irqsave(&p->lock);
	size_t done = ring_write(&p->tx, data, n);

	if (done < n)
		p->want_room = true;
	transmit_locked(p);
	spin_unlock_irqrestore(&p->lock, flags);
	return done;
}

size_t uart_write_room(struct uart_port *p)
{
	unsigned long flags = spin_lock_irqsave(&p->lock);
	size_t room = ring_space(&p->tx);

	/* A caller may find a little too small: it is told when there is much. */
	if (room < ROOM_SMALL)
		p->want_room = true;
	spin_unlock_irqrestore(&p->lock, flags);
	return room;
}

size_t uart_chars_in_buffer(struct uart_port *p)
{
	return ring_used(&p->tx);
}

void uart_flush_buffer(struct uart_port *p)
{
	unsigned long flags = spin_lock_irqsave(&p->lock);

	ring_reset(&p->tx);
	reg_write(p, REG_FCR, FCR_ENABLE | FCR_CLEAR_TX | FCR_TRIGGER_8);
	transmit_locked(p);
	spin_unlock_irqrestore(&p->lock, flags);
	wake_up_all(&p->drained);
}

void uart_stop(struct uart_port *p, bool stop)
{
	unsigned long flags = spin_lock_irqsave(&p->lock);

	p->stopped = stop;
	transmit_locked(p);
	spin_unlock_irqrestore(&p->lock, flags);
}

int uart_drain(struct uart_port *p)
{
	int err = wait_event_interruptible(&p->drained, ring_empty(&p->tx));

	/* The FIFO and the shift register: no interrupt tells, but it is soon over. */
	while (!err && !(reg_read(p, REG_LSR) & LSR_IDLE)) {
		err = wait_event_interruptible_timeout(&p->drained, reg_read(p, REG_LSR) & LSR_IDLE,
						       clock_ns() + DRAIN_POLL_NS);
		if (err == -ETIMEDOUT)
			err = 0;
	}
	return err;
}

/* --- polled output --- */

static void put_polled(const struct uart_port *p, uint8_t c)
{
	for (unsigned i = 0; i < POLL_LIMIT; i++) {
		if (reg_read(p, REG_LSR) & LSR_THR_EMPTY)
			break;
	}
	reg_write(p, REG_DATA, c);
}

static void console_write(struct log_console *con, const char *s, size_t n)
{
	struct uart_port *p = uart.console_port;
	bool locked = !panic_in_progress();
	unsigned long flags = locked ? spin_lock_irqsave(&p->lock) : 0;

	(void)con;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\n')
			put_polled(p, '\r');
		put_polled(p, (uint8_t)s[i]);
	}
	if (locked)
		spin_unlock_irqrestore(&p->lock, flags);
}

/* Before the machine goes off: what programs wrote last is still in the ring. */
static void uart_flush_all(enum power_action action)
{
	(void)action;
	for (unsigned i = 0; i < UART_PORTS; i++) {
		struct uart_port *p = &uart.port[i];
		unsigned long flags;
		uint8_t c;

		if (!p->present)
			continue;
		flags = spin_lock_irqsave(&p->lock);
		while (!p->stopped && ring_read(&p->tx, &c, 1))
			put_polled(p, c);
		spin_unlock_irqrestore(&p->lock, flags);
	}
}

/* --- input --- */

/* What a chunk of received bytes is. Field legend: [c] the handler's stack */
struct rx_batch {
	uint8_t data[RX_BATCH];		/* [c] */
	size_t n;			/* [c] */
	enum uart_rx_flag flag;		/* [c] */
};

static enum uart_rx_flag rx_flag_locked(struct uart_port *p, uint8_t lsr)
{
	assert_held(&p->lock);
	if (lsr & LSR_BREAK) {
		p->info.breaks++;
		return UART_RX_BREAK;
	}
	if (lsr & LSR_FRAME) {
		p->info.frame_errors++;
		return UART_RX_FRAME;
	}
	if (lsr & LSR_PARITY)
		return UART_RX_PARITY;
	p->info.overruns++;
	return UART_RX_OVERRUN;
}

/* Good bytes together, or one bad one. */
static void receive_locked(struct uart_port *p, struct rx_batch *rx)
{
	uint8_t lsr;

	assert_held(&p->lock);
	rx->n = 0;
	rx->flag = UART_RX_OK;
	while (rx->n < RX_BATCH && (lsr = reg_read(p, REG_LSR)) & LSR_DATA) {
		rx->data[rx->n++] = reg_read(p, REG_DATA);
		if (!(lsr & LSR_ERRORS))
			continue;
		rx->flag = rx_flag_locked(p, lsr);
		break;
	}
	p->info.rx += rx->n;
}

static void deliver(const struct uart_client *client, void *arg, const struct rx_batch *rx)
{
	size_t good = rx->flag == UART_RX_OK ? rx->n : rx->n - 1;

	if (good)
		client->rx(arg, rx->data, good, UART_RX_OK);
	if (rx->n > good)
		client->rx(arg, rx->data + good, 1, rx->flag);
}

/* One round: true when the chip may have more to say. */
static bool interrupt_round(struct uart_port *p)
{
	unsigned long flags = spin_lock_irqsave(&p->lock);
	const struct uart_client *client = p->client;
	void *arg = p->arg;
	bool pending = !(reg_read(p, REG_IIR) & IIR_NONE);
	bool room = false, empty;
	struct rx_batch rx = { .n = 0 };

	if (pending) {
		reg_read(p, REG_MSR);
		receive_locked(p, &rx);
		transmit_locked(p);
		room = p->want_room && ring_used(&p->tx) <= RING_SIZE / 2;
		if (room)
			p->want_room = false;
	}
	empty = ring_empty(&p->tx);
	spin_unlock_irqrestore(&p->lock, flags);
	if (rx.n && client && client->rx)
		deliver(client, arg, &rx);
	if (room && client && client->tx_room)
		client->tx_room(arg);
	if (pending && empty)
		wake_up_all(&p->drained);
	return pending;
}

static void uart_interrupt(void *arg)
{
	for (unsigned i = 0; i < IRQ_ROUNDS && interrupt_round(arg); i++)
		;
}

/* --- control --- */

struct uart_port *uart_port_get(unsigned index)
{
	return index < UART_PORTS && uart.port[index].present ? &uart.port[index] : NULL;
}

int uart_port_open(struct uart_port *p, const struct uart_client *client, void *arg)
{
	unsigned long flags = spin_lock_irqsave(&p->lock);
	int err = p->client ? -EBUSY : 0;

	if (!err) {
		p->client = client;
		p->arg = arg;
		set_ier_locked(p, p->ier | IER_RX | IER_LINE);
	}
	spin_unlock_irqrestore(&p->lock, flags);
	return err;
}

void uart_port_close(struct uart_port *p)
{
	unsigned long flags = spin_lock_irqsave(&p->lock);

	p->client = NULL;
	set_ier_locked(p, p->ier & (uint8_t)~(IER_RX | IER_LINE));
	spin_unlock_irqrestore(&p->lock, flags);
}

static void set_mcr_locked(struct uart_port *p, uint8_t mcr)
{
	assert_held(&p->lock);
	p->mcr = mcr;
	reg_write(p, REG_MCR, mcr);
}

void uart_set_line(struct uart_port *p, unsigned baud, unsigned bits, bool two_stops, enum uart_parity parity)
{
	unsigned long flags = spin_lock_irqsave(&p->lock);
	unsigned divisor = baud ? max(CLOCK_BAUD / baud, 1u) : 0;
	uint8_t lcr = (uint8_t)(clamp(bits, 5u, 8u) - 5);

	lcr |= two_stops ? LCR_2_STOPS : 0;
	lcr |= parity != UART_PARITY_NONE ? LCR_PARITY : 0;
	lcr |= parity == UART_PARITY_EVEN ? LCR_EVEN : 0;
	p->lcr = lcr;
	if (divisor) {
		reg_write(p, REG_LCR, lcr | LCR_DLAB);
		reg_write(p, REG_DIVISOR_LOW, (uint8_t)divisor);
		reg_write(p, REG_DIVISOR_HIGH, (uint8_t)(divisor >> 8));
		set_mcr_locked(p, p->mcr | MODEM_OUT);
	} else {
		set_mcr_locked(p, p->mcr & (uint8_t)~MODEM_OUT);
	}
	reg_write(p, REG_LCR, lcr);
	spin_unlock_irqrestore(&p->lock, flags);
}

void uart_set_break(struct uart_port *p, bool on)
{
	unsigned long flags = spin_lock_irqsave(&p->lock);

	p->lcr = on ? p->lcr | LCR_BREAK : p->lcr & (uint8_t)~LCR_BREAK;
	reg_write(p, REG_LCR, p->lcr);
	spin_unlock_irqrestore(&p->lock, flags);
}

unsigned uart_get_modem(struct uart_port *p)
{
	return (p->mcr & MODEM_OUT) | (reg_read(p, REG_MSR) & MODEM_IN);
}

void uart_set_modem(struct uart_port *p, unsigned set, unsigned clear)
{
	unsigned long flags = spin_lock_irqsave(&p->lock);

	set_mcr_locked(p, (uint8_t)((p->mcr & ~(clear & MODEM_OUT)) | (set & MODEM_OUT)));
	spin_unlock_irqrestore(&p->lock, flags);
}

void uart_get_info(struct uart_port *p, struct uart_info *out)
{
	unsigned long flags = spin_lock_irqsave(&p->lock);

	*out = p->info;
	out->io_base = p->base;
	out->irq = p->irq;
	spin_unlock_irqrestore(&p->lock, flags);
}

/* --- start-up --- */

static void port_init(struct uart_port *p, uint16_t base, unsigned irq)
{
	unsigned long flags;
	int err;

	p->base = base;
	p->irq = irq;
	if (reg_read(p, REG_LSR) == 0xff)	/* nobody drives the bus */
		return;
	spin_lock_init(&p->lock, "uart");
	waitq_init(&p->drained, "uart_drained");
	ring_init(&p->tx, p->buffer, sizeof(p->buffer));
	flags = spin_lock_irqsave(&p->lock);
	p->ier = 0xff;
	set_ier_locked(p, 0);
	reg_write(p, REG_FCR, FCR_ENABLE | FCR_TRIGGER_8);
	set_mcr_locked(p, MCR_OUT2);
	spin_unlock_irqrestore(&p->lock, flags);
	uart_set_line(p, CLOCK_BAUD, 8, false, UART_PARITY_NONE);
	err = arch_irq_request_gsi(irq, /*isa=*/true, IRQ_EDGE_HIGH, uart_interrupt, p);
	if (err >= 0)
		p->present = true;
	else
		klog(KLOG_WARN, "uart: port %x: interrupt %u: error %d; not used", base, irq, -err);
}

/* console=ttyS1 moves the log there; without console=, or with another kind of console, it is on the first port. */
static unsigned console_index(void)
{
	const char *value = cmdline_value("console");

	if (value && !strncmp(value, "ttyS", 4) && value[4] >= '0' && value[4] < '0' + UART_PORTS)
		return (unsigned)(value[4] - '0');
	return 0;
}

static int uart_init(void)
{
	static const struct {
		uint16_t base;
		unsigned irq;
	} places[UART_PORTS] = { { 0x3f8, 4 }, { 0x2f8, 3 }, { 0x3e8, 4 }, { 0x2e8, 3 } };
	static struct power_hook hook = { .order = 5, .prepare = uart_flush_all };

	for (unsigned i = 0; i < UART_PORTS; i++)
		port_init(&uart.port[i], places[i].base, places[i].irq);
	power_hook_register(&hook);
	uart.console_port = uart_port_get(console_index());
	if (!uart.console_port)
		return 0;
	uart.console.name = "ttyS";
	uart.console.write = console_write;
	log_console_register(&uart.console);
	return 0;
}
INIT_HOOK(INIT_VFS, uart_init);	/* a level before drivers: tty/ finds the ports at INIT_DEVICE */
