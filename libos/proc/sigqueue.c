/* SPDX-License-Identifier: MIT */
/*
 * sigqueue: pending sets and the life of sighand.
 *
 * Invariant: bit n of sigpending.set is on exactly while a signal n is pending; its siginfo is in the queue
 * unless the queue limit or memory was exhausted when a signal that must not fail was sent.
 * Entries are charged to the sender's target user (RLIMIT_SIGPENDING).
 */
#include "abi/errno.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/itimer.h"
#include "proc/posix_timer.h"
#include "proc/signal.h"
#include "vfs/user.h"

void sigpending_init(struct sigpending *p)
{
	p->set = 0;
	INIT_LIST_HEAD(&p->queue);
}

static struct sigqueue *sigqueue_alloc(struct task *charge, bool force)
{
	struct user_count *user = user_count_of(charge->real_cred);
	uint64_t limit = rlimit_cur(charge->process, RLIMIT_SIGPENDING);
	struct sigqueue *q;

	if (!user_charge_sigpending(user, force ? UINT64_MAX : limit))
		return NULL;
	q = kmalloc(sizeof(*q), GFP_ATOMIC);
	if (!q) {
		user_uncharge_sigpending(user);
		return NULL;
	}
	q->timer = NULL;
	q->user = user;
	return q;
}

static void sigqueue_free(struct sigqueue *q)
{
	user_uncharge_sigpending(q->user);
	kfree(q);
}

int sigpending_add(struct sigpending *p, struct task *charge, const siginfo_t *info, bool force)
{
	int sig = info->si_signo;
	struct sigqueue *q = sigqueue_alloc(charge, force);

	if (q) {
		q->info = *info;
		list_add_tail(&q->link, &p->queue);
	} else if (!force && sig >= SIGRTMIN && info->si_code != SI_USER) {
		return -EAGAIN;
	}
	p->set |= SIGMASK(sig);
	return 0;
}

/* Fill *info from the first entry of sig and drop it; clear the set's bit when no other is queued. */
static void sigpending_collect(struct sigpending *p, int sig, siginfo_t *info)
{
	struct sigqueue *q, *first = NULL;
	bool more = false;

	list_for_each_entry(q, &p->queue, link) {
		if (q->info.si_signo != sig)
			continue;
		if (first) {
			more = true;
			break;
		}
		first = q;
	}
	if (!more)
		p->set &= ~SIGMASK(sig);
	if (sig == SIGALRM)
		itimer_real_taken(current->process);
	if (!first) {
		siginfo_init(info, sig, SI_USER, NULL);
		return;
	}
	list_del(&first->link);
	*info = first->info;
	if (info->si_code == SI_TIMER)
		posix_timer_taken(info);
	sigqueue_free(first);
}

int sigpending_take(struct sigpending *p, uint64_t blocked, siginfo_t *info)
{
	uint64_t ready = p->set & ~blocked;
	int sig;

	if (!ready)
		return 0;
	if (ready & SIGNALS_SYNC)
		ready &= SIGNALS_SYNC;
	sig = __builtin_ctzll(ready) + 1;
	sigpending_collect(p, sig, info);
	return sig;
}

bool signal_peek(struct task *t, bool shared, uint64_t n, siginfo_t *info)
{
	struct sigpending *p = shared ? &t->process->shared_pending : &t->pending;
	unsigned long flags;
	struct sighand *sh = sighand_lock(t, &flags);
	struct sigqueue *q;
	bool found = false;

	if (!sh)
		return false;
	list_for_each_entry(q, &p->queue, link) {
		if (n--)
			continue;
		*info = q->info;
		found = true;
		break;
	}
	sighand_unlock(sh, flags);
	return found;
}

void sigpending_flush(struct sigpending *p, uint64_t mask)
{
	struct sigqueue *q, *next;

	if (!(p->set & mask))
		return;
	p->set &= ~mask;
	list_for_each_entry_safe(q, next, &p->queue, link) {
		if (!(SIGMASK(q->info.si_signo) & mask))
			continue;
		list_del(&q->link);
		sigqueue_free(q);
	}
}

void sigpending_flush_timers(struct sigpending *p)
{
	uint64_t dropped = 0, kept = 0;
	struct sigqueue *q, *next;

	list_for_each_entry_safe(q, next, &p->queue, link) {
		if (q->info.si_code != SI_TIMER) {
			kept |= SIGMASK(q->info.si_signo);
			continue;
		}
		dropped |= SIGMASK(q->info.si_signo);
		list_del(&q->link);
		sigqueue_free(q);
	}
	p->set = (p->set & ~dropped) | kept;
}

struct sighand *sighand_create(void)
{
	struct sighand *sh = kzalloc(sizeof(*sh), GFP_KERNEL);

	if (!sh)
		return NULL;
	refcount_set(&sh->refs, 1);
	spin_lock_init(&sh->lock, "sighand");
	return sh;
}

struct sighand *sighand_copy(struct sighand *from)
{
	struct sighand *sh = sighand_create();
	unsigned long flags;

	if (!sh)
		return NULL;
	flags = spin_lock_irqsave(&from->lock);
	memcpy(sh->action, from->action, sizeof(sh->action));
	spin_unlock_irqrestore(&from->lock, flags);
	return sh;
}

void sighand_put(struct sighand *sh)
{
	if (refcount_dec_and_test(&sh->refs))
		kfree_rcu(sh, rcu);
}

void sighand_reset(struct sighand *sh, bool keep_ignored)
{
	unsigned long flags = spin_lock_irqsave(&sh->lock);

	for (int i = 0; i < NR_SIGNALS; i++) {
		struct sig_action *sa = &sh->action[i];

		if (!keep_ignored || sa->handler != (unsigned long)SIG_IGN)
			sa->handler = (unsigned long)SIG_DFL;
		sa->flags = 0;
		sa->restorer = 0;
		sa->mask = 0;
	}
	spin_unlock_irqrestore(&sh->lock, flags);
}

/*
 *   sighand_lock(t)                       exit or exec of t
 *   sh = t->sighand (RCU)
 *                                         lock sh, t->sighand = NULL or other, unlock, put
 *   lock sh
 *   t->sighand == sh?  no: unlock, again  (sh itself is freed after a grace period)
 */
struct sighand *sighand_lock(struct task *t, unsigned long *irqflags)
{
	struct sighand *sh;

	rcu_read_lock();
	for (;;) {
		sh = rcu_dereference(t->sighand);
		if (!sh)
			break;
		*irqflags = spin_lock_irqsave(&sh->lock);
		if (likely(sh == READ_ONCE(t->sighand)))
			break;
		spin_unlock_irqrestore(&sh->lock, *irqflags);
	}
	rcu_read_unlock();
	return sh;
}

void sighand_unlock(struct sighand *sh, unsigned long irqflags)
{
	spin_unlock_irqrestore(&sh->lock, irqflags);
}
