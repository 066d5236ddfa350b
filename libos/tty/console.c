/* SPDX-License-Identifier: MIT */
/*
 * console: terminals on serial ports (/dev/ttyS0...), /dev/console and /dev/tty.
 *
 * /dev/console is the port console= names (the last one), else the first there is.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "core/cmdline.h"
#include "core/init.h"
#include "core/log.h"
#include "dev/devnode.h"
#include "dev/serial/uart16550.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "tty/job.h"
#include "tty/tty.h"
#include "vfs/file.h"
#include "vfs/inode.h"

CMDLINE_KNOWN_OPTION(console, "console", "where /dev/console and messages go: ttyS0[,speed]");

#define TTYAUX_TTY	(5 << 8 | 0)	/* /dev/tty */
#define TTYAUX_CONSOLE	(5 << 8 | 1)	/* /dev/console */

static struct {
	struct tty *port[UART_PORTS];	/* [I] after start-up */
	struct tty *console;		/* [I] */
} consoles;

static size_t serial_write(struct tty *tty, const void *data, size_t n)
{
	return uart_write(tty->driver, data, n);
}

static size_t serial_room(struct tty *tty)
{
	return uart_write_room(tty->driver);
}

static size_t serial_chars(struct tty *tty)
{
	return uart_chars_in_buffer(tty->driver);
}

static void serial_flush(struct tty *tty)
{
	uart_flush_buffer(tty->driver);
}

static int serial_drain(struct tty *tty)
{
	return uart_drain(tty->driver);
}

static void serial_stop(struct tty *tty, bool stop)
{
	uart_stop(tty->driver, stop);
}

static unsigned baud_of(uint32_t cflag)
{
	static const unsigned slow[] = {
		0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400,
	};

	switch (cflag & CBAUD) {
	case B57600: return 57600;
	case B115200: return 115200;
	default: return cflag & CBAUDEX ? 115200 : slow[cflag & CBAUD];
	}
}

static void serial_set_termios(struct tty *tty, const struct termios *old)
{
	uint32_t c = tty->termios.c_cflag;

	if (c != old->c_cflag)
		uart_set_line(tty->driver, baud_of(c), 5 + ((c & CSIZE) >> 4), c & CSTOPB,
			      c & PARENB ? c & PARODD ? UART_PARITY_ODD : UART_PARITY_EVEN : UART_PARITY_NONE);
}

static const struct tty_driver_ops serial_ops = {
	.write = serial_write, .write_room = serial_room, .chars_in_buffer = serial_chars, .flush_output = serial_flush,
	.drain = serial_drain, .set_termios = serial_set_termios, .stop = serial_stop,
};

static void serial_rx(void *arg, const uint8_t *data, size_t n, enum uart_rx_flag flag)
{
	if (flag == UART_RX_OK)
		tty_receive(arg, data, n);
	else if (flag == UART_RX_BREAK)
		tty_receive_break(arg);
}

static void serial_tx_room(void *arg)
{
	tty_write_wakeup(arg);
}

static const struct uart_client serial_client = { .rx = serial_rx, .tx_room = serial_tx_room };

static int serial_open(struct inode *inode, struct file *file)
{
	unsigned index = (unsigned)(inode->rdev & 0xff) - UART_MINOR;

	if (index >= UART_PORTS || !consoles.port[index])
		return -ENXIO;
	return tty_open(tty_get(consoles.port[index]), file, TTY_OPEN_NAMED);
}

static int console_open(struct inode *inode, struct file *file)
{
	(void)inode;
	if (!consoles.console)
		return -ENODEV;
	return tty_open(tty_get(consoles.console), file, TTY_OPEN_CONSOLE);
}

static int current_open(struct inode *inode, struct file *file)
{
	struct tty *tty = tty_current();

	(void)inode;
	return tty ? tty_open(tty, file, TTY_OPEN_CURRENT) : -ENXIO;
}

static const struct file_ops serial_fops = { .open = serial_open };
static const struct file_ops console_fops = { .open = console_open };
static const struct file_ops current_fops = { .open = current_open };

static void add_port(unsigned index, struct uart_port *uart)
{
	struct tty *tty = kzalloc(sizeof(*tty), GFP_KERNEL);
	char name[16];

	if (!tty)
		return;
	ksnprintf(name, sizeof(name), "ttyS%u", index);
	tty_init(tty, name, UART_MAJOR << 8 | (UART_MINOR + index), &serial_ops, uart);
	tty->termios.c_cflag = B115200 | CS8 | CREAD | HUPCL | CLOCAL;
	if (uart_port_open(uart, &serial_client, tty)) {
		kfree(tty);
		return;
	}
	consoles.port[index] = tty;
	if (devnode_add(name, S_IFCHR | 0600, tty->devnr))
		klog(KLOG_WARN, "tty: no device node for %s", name);
}

static void choose_console(void)
{
	const char *name = cmdline_value("console");

	for (unsigned i = 0; i < UART_PORTS; i++) {
		struct tty *tty = consoles.port[i];

		if (!tty)
			continue;
		if (!consoles.console)
			consoles.console = tty;
		if (name && !strncmp(name, tty->name, strlen(tty->name)))
			consoles.console = tty;
	}
}

static int console_init(void)
{
	int err;

	for (unsigned i = 0; i < UART_PORTS; i++) {
		struct uart_port *uart = uart_port_get(i);

		if (uart)
			add_port(i, uart);
	}
	choose_console();
	err = chrdev_register(UART_MAJOR, UART_MINOR, UART_PORTS, "ttyS", &serial_fops);
	if (!err)
		err = chrdev_register(5, 0, 1, "/dev/tty", &current_fops);
	if (!err)
		err = chrdev_register(5, 1, 1, "/dev/console", &console_fops);
	if (!err)
		err = devnode_add("tty", S_IFCHR | 0666, TTYAUX_TTY);
	if (!err)
		err = devnode_add("console", S_IFCHR | 0600, TTYAUX_CONSOLE);
	return err;
}
INIT_HOOK(INIT_NET, console_init);
