/* SPDX-License-Identifier: MIT */
/*
 * unix_list: all AF_UNIX sockets, for /proc/net/unix, as `ss -x` and `netstat -x` read it.
 *
 * The list is in parts, each with a lock of its own (a leaf): making and freeing sockets does not meet in one place.
 * A reader holds a reference on the socket it prints, so that its place in the list stays.
 */
#include "net/unix_list.h"

#include "lib/strbuf.h"
#include "net/unix.h"

#define NR_PARTS	16
#define FLAG_LISTENS	0x10000u	/* __SO_ACCEPTCON */

/* States of a socket, as Linux counts them. */
enum shown_state { SHOWN_UNCONNECTED = 1, SHOWN_CONNECTING, SHOWN_CONNECTED, SHOWN_DISCONNECTING };

/* Field legend: [l] lock */
static struct part {
	struct spinlock lock;
	struct list_head list;		/* [l] struct unix_sock */
} parts[NR_PARTS];

static struct part *part_of(const struct unix_sock *u)
{
	return &parts[((uintptr_t)u >> 6 ^ (uintptr_t)u >> 10) % NR_PARTS];
}

void unix_list_init(void)
{
	for (unsigned i = 0; i < NR_PARTS; i++) {
		spin_lock_init(&parts[i].lock, "unix_list");
		INIT_LIST_HEAD(&parts[i].list);
	}
}

void unix_list_add(struct unix_sock *u)
{
	struct part *part = part_of(u);

	spin_lock(&part->lock);
	list_add_tail(&u->all, &part->list);
	spin_unlock(&part->lock);
}

void unix_list_del(struct unix_sock *u)
{
	struct part *part = part_of(u);

	spin_lock(&part->lock);
	list_del(&u->all);
	spin_unlock(&part->lock);
}

/* The one behind `last` (NULL: the first), with a reference; the one on `last` is dropped. NULL: there is none. */
static struct unix_sock *next_sock(struct part *part, struct unix_sock *last)
{
	struct list_head *at;
	struct unix_sock *u = NULL;

	spin_lock(&part->lock);
	for (at = last ? last->all.next : part->list.next; at != &part->list; at = at->next) {
		u = list_entry(at, struct unix_sock, all);
		if (refcount_inc_not_zero(&u->refs))
			break;
		u = NULL;
	}
	spin_unlock(&part->lock);
	if (last)
		unix_put(last);
	return u;
}

/* 0 bytes of an abstract name are shown as @, also the first, which says that it is one. */
static void print_name(struct strbuf *out, const struct unix_addr *addr)
{
	size_t len = addr->len - offsetof(struct sockaddr_un, sun_path);

	if (addr->un.sun_path[0])
		len--;
	strbuf_putc(out, ' ');
	for (size_t i = 0; i < len; i++)
		strbuf_putc(out, addr->un.sun_path[i] ? addr->un.sun_path[i] : '@');
}

static void print_sock(struct strbuf *out, struct unix_sock *u, unsigned number)
{
	const struct unix_addr *addr = smp_load_acquire(&u->addr);	/* pairs with unix_name.c's store */
	uint64_t ino = READ_ONCE(u->ino);
	enum unix_state state = READ_ONCE(u->state);
	enum shown_state shown = SHOWN_UNCONNECTED;

	if (state == UNIX_CONNECTED)
		shown = ino ? SHOWN_CONNECTED : SHOWN_CONNECTING;
	else if (!ino)
		shown = SHOWN_DISCONNECTING;
	strbuf_printf(out, "%016x: %08X 00000000 %08X %04X %02X %5lu", number,
		      (unsigned)refcount_read(&u->refs) - 1, state == UNIX_LISTENING ? FLAG_LISTENS : 0,
		      (unsigned)u->type, (unsigned)shown, (unsigned long)ino);
	if (addr)
		print_name(out, addr);
	strbuf_putc(out, '\n');
}

void unix_print_sockets(struct strbuf *out)
{
	struct unix_sock *u;
	unsigned number = 0;

	strbuf_puts(out, "Num       RefCount Protocol Flags    Type St Inode Path\n");
	for (unsigned i = 0; i < NR_PARTS; i++) {
		for (u = next_sock(&parts[i], NULL); u; u = next_sock(&parts[i], u)) {
			if (!READ_ONCE(u->dead))
				print_sock(out, u, ++number);
		}
	}
}
