/* SPDX-License-Identifier: MIT */
/*
 * unix_gc: collector of AF_UNIX sockets in flight.
 *
 * A socket sent over itself or over a socket that lies in its own queue keeps itself alive when all descriptors are
 * closed. Every socket that lies in messages is known here with the number of times it does.
 *
 * Model. A suspect is a socket whose file has no references but messages'. References from messages in suspects' own
 * queues are taken off; who has some left is reachable from outside, and so is what lies in the queues of
 * reachable ones. The queues of the remaining suspects are emptied: that drops the last references to their files.
 *
 * Why it may look at counts while others run: nobody holds a descriptor of a suspect, so nobody reads its queue. One
 * could be got only out of a message, which takes the lock (unix_flight_end(); MSG_PEEK: unix_flight_peeked()), and a
 * suspect's own message cannot be read. A message not yet or no longer in a queue counts as a reference from outside.
 *
 * Locking: gc.lock -> unix_sock.lock, one at a time. The pending list of a listener that is suspect only grows.
 */
#include "net/unix_gc.h"

#include "core/init.h"
#include "net/unix.h"
#include "vfs/file.h"

static struct {
	struct spinlock lock;
	struct list_head inflight;	/* [l] unix_flight */
} gc = { .lock = SPINLOCK_NAMED("unix_gc"), .inflight = LIST_HEAD_INIT(gc.inflight) };

void unix_flight_init(struct unix_flight *flight)
{
	INIT_LIST_HEAD(&flight->link);
}

/* NULL: not an AF_UNIX socket. */
static struct unix_flight *flight_of(const struct file *file)
{
	struct socket *s = socket_of(file);

	return s && s->family == AF_UNIX ? &((struct unix_sock *)s->sk)->flight : NULL;
}

void unix_flight_begin(const struct scm *scm)
{
	struct unix_flight *f;
	unsigned i;

	if (!scm->nr)
		return;
	spin_lock(&gc.lock);
	for (i = 0; i < scm->nr; i++) {
		f = flight_of(scm->files[i]);
		if (!f || f->count++)
			continue;
		f->file = scm->files[i];
		list_add_tail(&f->link, &gc.inflight);
	}
	spin_unlock(&gc.lock);
}

void unix_flight_end(const struct scm *scm)
{
	struct unix_flight *f;
	unsigned i;

	if (!scm->nr)
		return;
	spin_lock(&gc.lock);
	for (i = 0; i < scm->nr; i++) {
		f = flight_of(scm->files[i]);
		if (f && !--f->count)
			list_del_init(&f->link);
	}
	spin_unlock(&gc.lock);
}

void unix_flight_peeked(void)
{
	spin_lock(&gc.lock);
	spin_unlock(&gc.lock);
}

static struct unix_sock *sock_of(struct unix_flight *f)
{
	return container_of(f, struct unix_sock, flight);
}

/* fn for each socket that lies in u's queue. */
static void visit_queue(struct unix_sock *u, void (*fn)(struct unix_flight *f, void *arg), void *arg)
{
	struct unix_flight *f;
	struct unix_buf *b;
	unsigned i;

	spin_lock(&u->lock);
	list_for_each_entry(b, &u->queue, link) {
		for (i = 0; i < b->scm.nr; i++) {
			f = flight_of(b->scm.files[i]);
			if (f)
				fn(f, arg);
		}
	}
	spin_unlock(&u->lock);
}

/* The connection after `half` (NULL: the first) that waits to be accepted from u; NULL: none. */
static struct unix_sock *next_pending(struct unix_sock *u, struct unix_sock *half)
{
	struct list_head *at;

	spin_lock(&u->lock);
	at = half ? half->pending_link.next : u->pending.next;
	half = at == &u->pending ? NULL : list_entry(at, struct unix_sock, pending_link);
	spin_unlock(&u->lock);
	return half;
}

/* The same for all that can be read through u: its queue, and those of connections it could accept. */
static void visit(struct unix_flight *f, void (*fn)(struct unix_flight *f, void *arg), void *arg)
{
	struct unix_sock *u = sock_of(f), *half = NULL;

	assert_held(&gc.lock);
	visit_queue(u, fn, arg);
	while ((half = next_pending(u, half)))
		visit_queue(half, fn, arg);
}

static void found_inside(struct unix_flight *f, void *arg)
{
	(void)arg;
	if (f->state == FLIGHT_SUSPECT)
		f->outside--;
}

static void found_alive(struct unix_flight *f, void *alive)
{
	if (f->state != FLIGHT_SUSPECT)
		return;
	f->state = FLIGHT_ALIVE;
	list_move_tail(&f->link, alive);
}

static void take_queue(struct unix_sock *u, struct list_head *bufs)
{
	spin_lock(&u->lock);
	list_splice_tail_init(&u->queue, bufs);
	u->nr_queued = 0;
	u->queued = 0;
	spin_unlock(&u->lock);
}

/* Leave on `suspects` those that nothing outside leads to. */
static void find_unreachable_locked(struct list_head *suspects, struct list_head *alive)
{
	struct unix_flight *f, *next;

	assert_held(&gc.lock);
	list_for_each_entry_safe(f, next, &gc.inflight, link) {
		if (READ_ONCE(f->file->refs) != f->count)
			continue;
		f->state = FLIGHT_SUSPECT;
		f->outside = f->count;
		list_move_tail(&f->link, suspects);
	}
	list_for_each_entry(f, suspects, link)
		visit(f, found_inside, NULL);
	list_for_each_entry_safe(f, next, suspects, link) {
		if (f->outside)
			found_alive(f, alive);
	}
	list_for_each_entry(f, alive, link)	/* grows at its end */
		visit(f, found_alive, alive);
}

void unix_gc(void)
{
	LIST_HEAD(suspects);
	LIST_HEAD(alive);
	LIST_HEAD(bufs);
	struct unix_sock *half;
	struct unix_flight *f;

	spin_lock(&gc.lock);
	find_unreachable_locked(&suspects, &alive);
	list_for_each_entry(f, &suspects, link) {
		f->state = FLIGHT_KNOWN;
		half = NULL;
		take_queue(sock_of(f), &bufs);
		while ((half = next_pending(sock_of(f), half)))
			take_queue(half, &bufs);
	}
	list_for_each_entry(f, &alive, link)
		f->state = FLIGHT_KNOWN;
	list_splice_tail_init(&suspects, &gc.inflight);
	list_splice_tail_init(&alive, &gc.inflight);
	spin_unlock(&gc.lock);
	unix_drop_queue(&bufs);
}
