/* SPDX-License-Identifier: MIT */
/*
 * futex_pi: locks in user memory whose owner inherits the priority of who waits.
 *
 * Model. The user word holds the owner's thread id, FUTEX_WAITERS and FUTEX_OWNER_DIED. A struct futex_pi exists while
 * somebody waits in the kernel; it knows the owner, who is boosted to the highest waiter's real-time priority, and
 * so on along the chain of locks the owner itself waits for. Unlocking hands the lock to the highest waiter: the word
 * names it before it runs.
 *
 *	none --lock, word has an owner--> owned, waiters --unlock--> owned by the next waiter; none after the last
 *	                                        |
 *	                                  owner ends: owned by the next, `unsettled` until that one has written the word
 *
 * Invariants (pi.lock)
 *  (1) A waiter is in the list of exactly the futex_pi its `state` names; NULL: it got the lock, or is not queued.
 *  (2) A thread's boost is the highest priority among the first waiters of what it owns.
 *  (3) After task->pi_exited nobody makes the task an owner.
 *
 * Locking. Bucket lock (two: in address order), then pi.lock (class "futex_pi"), then run queue. User words are written
 * under the bucket lock without faulting, and again if that fails. Source: futex(2), "Priority-inheritance futexes".
 */
#include "proc/futex.h"

#include "abi/errno.h"
#include "abi/futex.h"
#include "arch/uaccess.h"
#include "lib/restart.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/futex_internal.h"
#include "sched/sched.h"

#define DECLINED	(-4096)		/* internal: EWOULDBLOCK for the caller, where EAGAIN means "once more" */
#define CHAIN_MAX	1024		/* locks followed along a chain of owners */

/* Field legend: [I] immutable, [b] bucket->lock, [p] pi.lock */
struct futex_pi {
	struct list_head link;		/* [b] bucket->pi */
	struct futex_bucket *bucket;	/* [I] */
	struct futex_key key;		/* [I] */
	struct task *owner;		/* [p] referenced */
	struct list_head owned_link;	/* [p] owner->pi_owned */
	struct list_head waiters;	/* [p] struct pi_waiter, highest priority first */
	bool unsettled;			/* [p] the word does not name the owner yet */
};

/* Field legend: [p] pi.lock, [I] immutable */
struct pi_waiter {
	struct list_head link;		/* [p] */
	struct futex_pi *state;		/* [p] */
	struct task *task;		/* [I] */
	int prio;			/* [p] its place in the list */
	bool acquired;			/* [p] the lock is ours */
	bool settle;			/* [p] and its word is ours to write */
	struct futex_key target;	/* [I] FUTEX_WAIT_REQUEUE_PI: where it may be moved */
};

static struct {
	struct spinlock lock;		/* all owners and waiters: contended locks only come here */
} pi = { .lock = SPINLOCK_NAMED("futex_pi") };

/* --- Priorities --- */

static void waiter_insert_locked(struct futex_pi *state, struct pi_waiter *w)
{
	struct pi_waiter *other;

	assert_held(&pi.lock);
	w->prio = sched_rt_prio(&w->task->thread);
	list_for_each_entry(other, &state->waiters, link) {
		if (other->prio < w->prio)
			break;
	}
	list_add_tail(&w->link, &other->link);
}

static int highest_waiter_locked(const struct task *owner)
{
	const struct futex_pi *state;
	int prio = 0;

	assert_held(&pi.lock);
	list_for_each_entry(state, &owner->pi_owned, owned_link) {
		if (!list_empty(&state->waiters))
			prio = max(prio, list_first_entry(&state->waiters, struct pi_waiter, link)->prio);
	}
	return prio;
}

/* Invariant (2) for t, and for the owner of what t waits for, and so on. */
static void adjust_chain_locked(struct task *t)
{
	struct pi_waiter *w;

	assert_held(&pi.lock);
	for (unsigned depth = 0; t && depth < CHAIN_MAX; depth++) {
		sched_set_boost(&t->thread, highest_waiter_locked(t));
		w = t->pi_waiting;
		if (!w || !w->state || w->prio == sched_rt_prio(&t->thread))
			return;
		list_del(&w->link);
		waiter_insert_locked(w->state, w);
		t = w->state->owner;
	}
}

void futex_pi_priority_changed(struct task *t)
{
	unsigned long irq = spin_lock_irqsave(&pi.lock);

	adjust_chain_locked(t);
	spin_unlock_irqrestore(&pi.lock, irq);
}

/* Does the chain of owners from `owner` on end at me? */
static bool would_deadlock_locked(const struct task *owner, const struct task *me)
{
	assert_held(&pi.lock);
	for (unsigned depth = 0; depth < CHAIN_MAX; depth++) {
		if (owner == me)
			return true;
		if (!owner->pi_waiting || !owner->pi_waiting->state)
			return false;
		owner = owner->pi_waiting->state->owner;
	}
	return true;
}

/* --- States --- */

static struct futex_pi *state_find_locked(struct futex_bucket *b, const struct futex_key *key)
{
	struct futex_pi *state;

	assert_held(&b->lock);
	list_for_each_entry(state, &b->pi, link) {
		if (futex_key_equal(&state->key, key))
			return state;
	}
	return NULL;
}

static void state_own_locked(struct futex_pi *state, struct task *owner)
{
	assert_held(&pi.lock);
	state->owner = task_get(owner);
	list_add_tail(&state->owned_link, &owner->pi_owned);
}

static void state_disown_locked(struct futex_pi *state)
{
	assert_held(&pi.lock);
	list_del(&state->owned_link);
	task_put(state->owner);
	state->owner = NULL;
}

/* Nobody waits and the word is right: what the kernel knew is in the word alone. */
static void state_drop_unused_locked(struct futex_pi *state)
{
	assert_held(&pi.lock);
	if (!list_empty(&state->waiters) || state->unsettled)
		return;
	list_del(&state->link);
	state_disown_locked(state);
	kfree(state);
}

/* What a locker brings along, as memory cannot be had under a spin lock: taken (set to NULL) when it is used. */
static void state_make_locked(struct futex_pi **fresh, struct futex_bucket *b, const struct futex_key *key,
			      struct task *owner)
{
	struct futex_pi *state = *fresh;

	assert_held(&pi.lock);
	*fresh = NULL;
	*state = (struct futex_pi){ .bucket = b, .key = *key };
	INIT_LIST_HEAD(&state->waiters);
	list_add_tail(&state->link, &b->pi);
	state_own_locked(state, owner);
}

/* The lock is w's. It is woken, and its frame may go once pi.lock is released. */
static void grant_locked(struct pi_waiter *w)
{
	struct task *t = w->task;

	assert_held(&pi.lock);
	if (w->state)
		list_del(&w->link);
	w->state = NULL;
	w->acquired = true;
	t->pi_waiting = NULL;
	thread_wake(&t->thread, THREAD_INTERRUPTIBLE);
}

/* The owner gives the lock to the first waiter. died: that one has to write the word. */
static void hand_over_locked(struct futex_pi *state, bool died)
{
	struct pi_waiter *w = list_first_entry(&state->waiters, struct pi_waiter, link);
	struct task *old = state->owner, *new = w->task;

	assert_held(&pi.lock);
	task_get(old);
	state_disown_locked(state);
	state_own_locked(state, new);
	state->unsettled = died;
	w->settle = died;
	grant_locked(w);
	state_drop_unused_locked(state);
	adjust_chain_locked(old);
	adjust_chain_locked(new);
	task_put(old);
}

/* --- Lock --- */

/* One attempt at a PI word; what is needed to make `who` its owner or its waiter. */
struct attempt {
	uint32_t __user *uaddr;
	const struct futex_key *key;
	struct futex_bucket *b;
	struct task *who;
	uint32_t extra;			/* bits to set beside the owner */
	struct futex_pi *fresh;		/* NULL: do not wait (trylock) */
	struct futex_pi *state;		/* out */
};

static int word_change(struct attempt *a, uint32_t old, uint32_t new)
{
	uint32_t seen = old;

	if (futex_cmpxchg_nofault(a->uaddr, &seen, new))
		return -EFAULT;
	return seen == old ? 0 : -EAGAIN;
}

/* The word names a thread that cannot be found any more: it has changed meanwhile, or is broken. */
static int owner_missing(struct attempt *a, uint32_t val)
{
	uint32_t now;

	if (futex_load_nofault(&now, a->uaddr))
		return -EFAULT;
	return now == val ? -ESRCH : -EAGAIN;
}

/* Somebody owns the word and the kernel does not know yet. 0: a->state is there. */
static int attach_owner(struct attempt *a, uint32_t val)
{
	struct task *owner;
	unsigned long irq;
	int err = 0;

	if (!(val & FUTEX_WAITERS))
		err = word_change(a, val, val | FUTEX_WAITERS);
	if (err)
		return err;
	val |= FUTEX_WAITERS;
	owner = task_find(current->pid_ns, (int)(val & FUTEX_TID_MASK));
	if (!owner)
		return owner_missing(a, val);
	if (owner->thread.kernel) {
		task_put(owner);
		return -EPERM;
	}
	irq = spin_lock_irqsave(&pi.lock);
	if (owner->pi_exited)
		err = owner_missing(a, val);
	else if (a->fresh) {
		a->state = a->fresh;
		state_make_locked(&a->fresh, a->b, a->key, owner);
	}
	spin_unlock_irqrestore(&pi.lock, irq);
	task_put(owner);
	return err;
}

/* The state that is there must be about the owner the word names. */
static int check_state(const struct futex_pi *state, uint32_t val)
{
	uint32_t nr = val & FUTEX_TID_MASK;

	if (state->unsettled || (!nr && (val & FUTEX_OWNER_DIED)))
		return 0;
	return nr == (uint32_t)task_tid_in(state->owner, current->pid_ns) ? 0 : -EINVAL;
}

/*
 * 1: a->who owns it now. 0: it is owned by another; a->state is what to wait for, NULL if there was no room to make it.
 * -EAGAIN, -EFAULT: again, after faulting it in. -EDEADLK, -EINVAL, -ESRCH, -EPERM. Bucket locked.
 */
static int attempt_locked(struct attempt *a, uint32_t val)
{
	uint32_t tid = (uint32_t)task_tid_in(a->who, current->pid_ns);
	int err;

	assert_held(&a->b->lock);
	if ((val & FUTEX_TID_MASK) == tid)
		return -EDEADLK;
	a->state = state_find_locked(a->b, a->key);
	if (a->state)
		return check_state(a->state, val);
	if (val & FUTEX_TID_MASK)
		return attach_owner(a, val);
	err = word_change(a, val, tid | (val & FUTEX_OWNER_DIED) | a->extra);
	return err ? err : 1;
}

/* Queue w. 0 or -EDEADLK. Bucket locked. */
static int queue_waiter(struct futex_pi *state, struct pi_waiter *w)
{
	unsigned long irq = spin_lock_irqsave(&pi.lock);
	int err = 0;

	if (would_deadlock_locked(state->owner, w->task)) {
		state_drop_unused_locked(state);
		err = -EDEADLK;
	} else {
		w->state = state;
		waiter_insert_locked(state, w);
		w->task->pi_waiting = w;
		adjust_chain_locked(state->owner);
	}
	spin_unlock_irqrestore(&pi.lock, irq);
	return err;
}

/* The word says who owns the lock: written by one who got it from an owner that died. */
static int settle(struct futex_bucket *b, const struct futex_key *key, uint32_t __user *uaddr)
{
	uint32_t tid = (uint32_t)task_tid(current), val = 0, seen;
	struct futex_pi *state;
	unsigned long irq;
	int err = get_user(val, uaddr);

	while (!err) {
		seen = val;
		err = arch_user_cmpxchg32(uaddr, &seen, tid | FUTEX_WAITERS | FUTEX_OWNER_DIED);
		if (err || seen == val)
			break;
		val = seen;
	}
	spin_lock(&b->lock);
	state = state_find_locked(b, key);
	if (state) {
		irq = spin_lock_irqsave(&pi.lock);
		state->unsettled = false;
		state_drop_unused_locked(state);
		spin_unlock_irqrestore(&pi.lock, irq);
	}
	spin_unlock(&b->lock);
	return err;
}

/*
 * A sleep is over for the reason `why` (0: woken). 0: the lock is ours. -EAGAIN: neither; else why, and w is off the
 * list.
 */
static int leave(struct futex_bucket *b, struct pi_waiter *w, int why)
{
	struct futex_pi *state;
	unsigned long irq;
	int ret = -EAGAIN;

	spin_lock(&b->lock);
	irq = spin_lock_irqsave(&pi.lock);
	state = w->state;
	if (w->acquired) {
		ret = 0;
	} else if (why && state) {
		ret = why;
		list_del(&w->link);
		w->state = NULL;
		w->task->pi_waiting = NULL;
		adjust_chain_locked(state->owner);
		state_drop_unused_locked(state);
	}
	spin_unlock_irqrestore(&pi.lock, irq);
	spin_unlock(&b->lock);
	return ret;
}

/* w is queued, or about to be; state is INTERRUPTIBLE. 0: ours. -ETIMEDOUT, -ERESTARTNOINTR. */
static int sleep_for_lock(struct futex_bucket *b, struct pi_waiter *w, const struct futex_pi_args *a)
{
	int why, err;

	for (;;) {
		why = thread_signal_pending() ? 0 : futex_sleep(a->deadline_ns, a->realtime);
		set_current_running();
		if (!why && thread_signal_pending())
			why = -ERESTARTNOINTR;
		err = leave(b, w, why);
		if (err != -EAGAIN)
			return err;
		set_current_state(THREAD_INTERRUPTIBLE);
		if (READ_ONCE(w->acquired))
			set_current_running();
	}
}

/* One round of FUTEX_LOCK_PI: -EAGAIN: once more. */
static int lock_once(const struct futex_pi_args *a, struct futex_pi **fresh)
{
	struct pi_waiter w = { .task = current };
	struct futex_key key;
	struct attempt at = { .uaddr = a->uaddr, .key = &key, .who = current, .fresh = *fresh };
	uint32_t val;
	int err = futex_key_get(a->uaddr, a->private, &key);

	if (err)
		return err;
	at.b = futex_bucket_of(&key);
	err = futex_lock_and_load(at.b, a->uaddr, &val);
	if (err)
		return err;
	err = attempt_locked(&at, val);
	*fresh = at.fresh;
	if (!err && at.state && !a->try_only) {
		set_current_state(THREAD_INTERRUPTIBLE);
		err = queue_waiter(at.state, &w);
		spin_unlock(&at.b->lock);
		if (err) {
			set_current_running();
			return err;
		}
		err = sleep_for_lock(at.b, &w, a);
		return !err && w.settle ? settle(at.b, &key, a->uaddr) : err;
	}
	spin_unlock(&at.b->lock);
	if (err == -EFAULT)
		return user_fault_in_write(a->uaddr, sizeof(val)) ? -EFAULT : -EAGAIN;
	return err > 0 ? 0 : err ? err : DECLINED;
}

int futex_lock_pi(const struct futex_pi_args *a)
{
	struct futex_pi *fresh = NULL;
	int err;

	do {
		if (!fresh && !a->try_only) {
			fresh = kmalloc(sizeof(*fresh), GFP_KERNEL);
			if (!fresh)
				return -ENOMEM;
		}
		err = lock_once(a, &fresh);
		cond_resched();
	} while (err == -EAGAIN);
	kfree(fresh);
	return err == DECLINED ? -EWOULDBLOCK : err;
}

/* --- Unlock --- */

/* Bucket locked. -EAGAIN: once more. */
static int unlock_locked(struct futex_bucket *b, const struct futex_key *key, uint32_t __user *uaddr, uint32_t val)
{
	struct futex_pi *state = state_find_locked(b, key);
	struct attempt at = { .uaddr = uaddr };
	struct pi_waiter *next;
	unsigned long irq;
	int err;

	assert_held(&b->lock);
	if (!state)
		return word_change(&at, val, 0);
	irq = spin_lock_irqsave(&pi.lock);
	if (state->owner != current || list_empty(&state->waiters)) {
		err = -EINVAL;
	} else {
		next = list_first_entry(&state->waiters, struct pi_waiter, link);
		err = word_change(&at, val, (uint32_t)task_tid_in(next->task, current->pid_ns) | FUTEX_WAITERS);
		if (!err)
			hand_over_locked(state, /*died=*/false);
	}
	spin_unlock_irqrestore(&pi.lock, irq);
	return err;
}

int futex_unlock_pi(uint32_t __user *uaddr, bool private)
{
	uint32_t tid = (uint32_t)task_tid(current), val;
	struct futex_bucket *b;
	struct futex_key key;
	int err;

	do {
		err = get_user(val, uaddr);
		if (err)
			return err;
		if ((val & FUTEX_TID_MASK) != tid)
			return -EPERM;
		err = futex_key_get(uaddr, private, &key);
		if (err)
			return err;
		b = futex_bucket_of(&key);
		spin_lock(&b->lock);
		err = unlock_locked(b, &key, uaddr, val);
		spin_unlock(&b->lock);
		if (err == -EFAULT && !user_fault_in_write(uaddr, sizeof(val)))
			err = -EAGAIN;
		cond_resched();
	} while (err == -EAGAIN);
	return err;
}

void futex_exit_pi(struct task *t)
{
	struct futex_bucket *b;
	struct futex_pi *state;
	unsigned long irq = spin_lock_irqsave(&pi.lock);

	t->pi_exited = true;
	while (!list_empty(&t->pi_owned)) {
		state = list_first_entry(&t->pi_owned, struct futex_pi, owned_link);
		b = state->bucket;
		spin_unlock_irqrestore(&pi.lock, irq);
		spin_lock(&b->lock);
		irq = spin_lock_irqsave(&pi.lock);
		if (!list_empty(&t->pi_owned) &&
		    state == list_first_entry(&t->pi_owned, struct futex_pi, owned_link) && state->bucket == b) {
			if (!list_empty(&state->waiters)) {
				hand_over_locked(state, /*died=*/true);
			} else {
				state->unsettled = false;
				state_drop_unused_locked(state);
			}
		}
		spin_unlock_irqrestore(&pi.lock, irq);
		spin_unlock(&b->lock);
		irq = spin_lock_irqsave(&pi.lock);
	}
	spin_unlock_irqrestore(&pi.lock, irq);
}

/* --- Wait for a condition, with a PI lock behind it --- */

int futex_wait_requeue_pi(const struct futex_wait_args *a, uint32_t __user *uaddr2)
{
	struct pi_waiter pw = { .task = current };
	struct futex_waiter w = { .thread = arch_current(), .bitset = a->bitset, .pi = &pw };
	struct futex_pi_args lock = { .uaddr = uaddr2, .deadline_ns = a->deadline_ns, .realtime = a->realtime };
	struct futex_bucket *b;
	uint32_t val;
	int err;

	if (!a->bitset || a->uaddr == uaddr2)
		return -EINVAL;
	err = futex_key_get(a->uaddr, a->private, &w.key);
	if (!err)
		err = futex_key_get(uaddr2, a->private, &pw.target);
	if (err)
		return err;
	b = futex_bucket_of(&w.key);
	err = futex_lock_and_load(b, a->uaddr, &val);
	if (err)
		return err;
	if (val != a->val) {
		spin_unlock(&b->lock);
		return -EAGAIN;
	}
	w.bucket = b;
	list_add_tail(&w.link, &b->waiters);
	set_current_state(THREAD_INTERRUPTIBLE);
	spin_unlock(&b->lock);
	err = thread_signal_pending() ? 0 : futex_sleep(a->deadline_ns, a->realtime);
	set_current_running();
	if (!err && thread_signal_pending())
		err = -ERESTARTNOINTR;
	if (futex_unqueue(&w))		/* never moved */
		return err ? err : -EWOULDBLOCK;
	b = futex_bucket_of(&pw.target);
	err = leave(b, &pw, err);
	if (err == -EAGAIN) {
		set_current_state(THREAD_INTERRUPTIBLE);
		if (READ_ONCE(pw.acquired))
			set_current_running();
		err = sleep_for_lock(b, &pw, &lock);
	}
	if (err == -ERESTARTNOINTR)	/* it cannot be done again from the start: it was signalled */
		err = -EWOULDBLOCK;
	return !err && pw.settle ? settle(b, &pw.target, uaddr2) : err;
}

/* The first waiter on k1 that may go on to k2; NULL: none. *err: -EINVAL if it is another kind of waiter. */
static struct futex_waiter *first_mover(struct futex_bucket *b1, const struct futex_key *k1,
					const struct futex_key *k2, int *err)
{
	struct futex_waiter *w;

	assert_held(&b1->lock);
	list_for_each_entry(w, &b1->waiters, link) {
		if (!futex_key_equal(&w->key, k1))
			continue;
		*err = w->pi && futex_key_equal(&w->pi->target, k2) ? 0 : -EINVAL;
		return *err ? NULL : w;
	}
	return NULL;
}

/* Take w off its bucket without waking it: it belongs to the PI futex now. */
static struct pi_waiter *take_off(struct futex_waiter *w)
{
	struct pi_waiter *pw = w->pi;

	list_del(&w->link);
	smp_store_release(&w->bucket, NULL);	/* partner: futex_unqueue() */
	return pw;
}

/* Both buckets locked. The first waiter becomes owner if the lock is free; the others, or all, wait for it. */
static int move_waiters(const struct futex_requeue_args *r, struct attempt *a, const struct futex_key *k1)
{
	struct futex_bucket *b1 = futex_bucket_of(k1);
	struct futex_waiter *w;
	int done = 0, err = 0;
	unsigned long irq;
	uint32_t val;

	w = first_mover(b1, k1, a->key, &err);
	if (!w)
		return err;
	if (futex_load_nofault(&val, a->uaddr))
		return -EFAULT;
	a->who = w->pi->task;
	a->extra = r->nr_requeue ? FUTEX_WAITERS : 0;
	err = attempt_locked(a, val);
	if (err < 0)
		return err;
	irq = spin_lock_irqsave(&pi.lock);
	if (err > 0) {
		if (r->nr_requeue) {
			a->state = a->fresh;
			state_make_locked(&a->fresh, a->b, a->key, a->who);
		}
		grant_locked(take_off(w));
		done++;
	}
	spin_unlock_irqrestore(&pi.lock, irq);
	while (a->state && done < 1 + r->nr_requeue && (w = first_mover(b1, k1, a->key, &err)) != NULL) {
		err = queue_waiter(a->state, w->pi);
		if (err)
			break;
		take_off(w);
		done++;
	}
	if (a->state && !done)
		return err;
	irq = spin_lock_irqsave(&pi.lock);
	if (a->state)
		state_drop_unused_locked(a->state);
	spin_unlock_irqrestore(&pi.lock, irq);
	return done;
}

static int requeue_once(const struct futex_requeue_args *r, struct futex_pi **fresh)
{
	struct futex_key k1, k2;
	struct futex_bucket *b1;
	struct attempt a = { .uaddr = r->uaddr2, .key = &k2, .fresh = *fresh };
	uint32_t val;
	int ret = futex_key_get(r->uaddr1, r->private, &k1);

	if (!ret)
		ret = futex_key_get(r->uaddr2, r->private2, &k2);
	if (ret)
		return ret;
	b1 = futex_bucket_of(&k1);
	a.b = futex_bucket_of(&k2);
	futex_lock_two(b1, a.b);
	ret = futex_load_nofault(&val, r->uaddr1);
	if (!ret && val != r->cmpval)
		ret = DECLINED;
	if (!ret)
		ret = move_waiters(r, &a, &k1);
	futex_unlock_two(b1, a.b);
	*fresh = a.fresh;
	if (ret != -EFAULT)
		return ret;
	return get_user(val, r->uaddr1) || user_fault_in_write(r->uaddr2, sizeof(val)) ? -EFAULT : -EAGAIN;
}

int futex_cmp_requeue_pi(const struct futex_requeue_args *r)
{
	struct futex_pi *fresh = NULL;
	int ret;

	if (r->nr_wake != 1 || r->nr_requeue < 0 || r->uaddr1 == r->uaddr2)
		return -EINVAL;
	do {
		if (!fresh) {
			fresh = kmalloc(sizeof(*fresh), GFP_KERNEL);
			if (!fresh)
				return -ENOMEM;
		}
		ret = requeue_once(r, &fresh);
		cond_resched();
	} while (ret == -EAGAIN);
	kfree(fresh);
	return ret == DECLINED ? -EWOULDBLOCK : ret;
}
