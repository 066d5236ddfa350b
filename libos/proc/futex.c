/* SPDX-License-Identifier: MIT */
/*
 * futex: hashed wait queues keyed by what the user word is.
 *
 * Key. Private: (mm, address). Shared: the object the page belongs to: (address_space, page index, offset) for a
 * shared mapping, else (mm, address) as no other mm can see the word. Two words have equal keys exactly when
 * they are one.
 *
 * No wake-up is lost:
 *
 *	waiter                                  waker
 *	lock bucket
 *	load *uaddr == val (no fault)           store *uaddr = new
 *	queue, set state                        syscall
 *	unlock bucket                           lock bucket: finds the waiter, or
 *	sleep                                   the waiter's load comes after the store and differs
 *
 * The load under the bucket lock must not fault: on a miss the lock is dropped, the page touched, and it starts again.
 *
 * Locking. bucket->lock (class "futex") protects its chain and each waiter's `bucket` and `key`. Two buckets are
 * locked in address order. A waiter's `bucket` may change under requeue: unqueue re-reads it.
 */
#include "proc/futex.h"

#include "abi/errno.h"
#include "abi/futex.h"
#include "arch/uaccess.h"
#include "core/init.h"
#include "lib/hash.h"
#include "lib/restart.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "mm/vma.h"
#include "proc/futex_internal.h"
#include "sched/sched.h"
#include "time/clock.h"
#include "time/sleep.h"

#define FUTEX_HASH_BITS	8
#define ROBUST_LIMIT	2048		/* entries walked at exit: ROBUST_LIST_LIMIT of Linux */

static struct {
	struct futex_bucket bucket[1 << FUTEX_HASH_BITS];
} futexes;

static int futex_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(futexes.bucket); i++) {
		spin_lock_init(&futexes.bucket[i].lock, "futex");
		INIT_LIST_HEAD(&futexes.bucket[i].waiters);
		INIT_LIST_HEAD(&futexes.bucket[i].pi);
	}
	return 0;
}
INIT_HOOK(INIT_THREADS, futex_init);

struct futex_bucket *futex_bucket_of(const struct futex_key *key)
{
	return &futexes.bucket[hash_64((uintptr_t)key->object ^ (key->word * 0x9e3779b97f4a7c15ULL),
				       FUTEX_HASH_BITS)];
}

int futex_key_get(uint32_t __user *uaddr, bool private, struct futex_key *key)
{
	vaddr_t addr = (vaddr_t)uaddr;
	struct mm *mm = current->mm;
	struct vma *vma;
	int err = -EFAULT;
	uint32_t word;

	if (addr % sizeof(uint32_t))
		return -EINVAL;
	if (!user_range_ok(uaddr, sizeof(*uaddr)))
		return -EFAULT;
	key->object = mm;
	key->word = addr;
	if (private)
		return 0;
	if (get_user(word, uaddr))	/* a shared word must be there, even where its value does not matter */
		return -EFAULT;
	mm_read_lock(mm);
	vma = vma_find(mm, addr);
	if (vma && vma->start <= addr) {
		err = 0;
		if ((vma->flags & VM_SHARED) && vma->mapping) {
			key->object = vma->mapping;
			key->word = (addr - vma->start) + ((uint64_t)vma->pgoff << PAGE_SHIFT);
		}
	}
	mm_read_unlock(mm);
	return err;
}

int futex_load_nofault(uint32_t *val, uint32_t __user *uaddr)
{
	int err;

	pagefault_disable();
	err = get_user(*val, uaddr);
	pagefault_enable();
	return err;
}

int futex_cmpxchg_nofault(uint32_t __user *uaddr, uint32_t *expected, uint32_t desired)
{
	int err;

	pagefault_disable();
	err = arch_user_cmpxchg32(uaddr, expected, desired);
	pagefault_enable();
	return err;
}

int futex_lock_and_load(struct futex_bucket *b, uint32_t __user *uaddr, uint32_t *val)
{
	for (;;) {
		spin_lock(&b->lock);
		if (likely(!futex_load_nofault(val, uaddr)))
			return 0;
		spin_unlock(&b->lock);
		if (get_user(*val, uaddr))
			return -EFAULT;
	}
}

/*
 * Wake one waiter. Once `bucket` is NULL its stack frame may be gone, so the thread is read first; the thread
 * itself stays for a grace period, which cannot end while this CPU holds a spin lock.
 */
void futex_wake_locked(struct futex_waiter *w)
{
	struct thread *thread = w->thread;

	assert_held(&w->bucket->lock);
	list_del(&w->link);
	smp_store_release(&w->bucket, NULL);	/* partner: futex_unqueue() */
	thread_wake(thread, THREAD_INTERRUPTIBLE);
}

static int wake_matching_locked(struct futex_bucket *b, const struct futex_key *key, int nr, uint32_t bitset)
{
	struct futex_waiter *w, *next;
	int woken = 0;

	assert_held(&b->lock);
	list_for_each_entry_safe(w, next, &b->waiters, link) {
		if (woken >= nr)
			break;
		if (!futex_key_equal(&w->key, key) || !(w->bitset & bitset))
			continue;
		if (unlikely(w->pi))	/* FUTEX_CMP_REQUEUE_PI alone may take it */
			return -EINVAL;
		futex_wake_locked(w);
		woken++;
	}
	return woken;
}

bool futex_unqueue(struct futex_waiter *w)
{
	struct futex_bucket *b;

	while ((b = smp_load_acquire(&w->bucket)) != NULL) {	/* partner: futex_wake_locked() */
		spin_lock(&b->lock);
		if (likely(b == w->bucket)) {
			list_del(&w->link);
			w->bucket = NULL;
			spin_unlock(&b->lock);
			return true;
		}
		spin_unlock(&b->lock);	/* requeued or woken meanwhile: look again */
	}
	return false;
}

int futex_sleep(uint64_t deadline, bool realtime)
{
	if (realtime && deadline != WAIT_FOREVER) {
		uint64_t offset = (uint64_t)clock_realtime_offset_ns();

		deadline = deadline > offset ? deadline - offset : 0;	/* a time before the machine started is over */
	}
	return schedule_until(deadline) ? 0 : -ETIMEDOUT;
}

int futex_wait(const struct futex_wait_args *a)
{
	struct futex_waiter w = { .thread = arch_current(), .bitset = a->bitset };
	struct futex_bucket *b;
	uint32_t val;
	int err;

	if (!a->bitset)
		return -EINVAL;
	for (;;) {
		err = futex_key_get(a->uaddr, a->private, &w.key);
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
		if (!futex_unqueue(&w))
			return 0;
		if (err)
			return err;
		if (thread_signal_pending())
			return -ERESTARTSYS;
	}
}

int futex_wake(uint32_t __user *uaddr, bool private, int nr, uint32_t bitset)
{
	struct futex_bucket *b;
	struct futex_key key;
	int err;

	if (!bitset)
		return -EINVAL;
	err = futex_key_get(uaddr, private, &key);
	if (err)
		return err;
	b = futex_bucket_of(&key);
	/*
	 * The caller's store before our look at the lock; partner: the waiter locks (a full barrier), loads the
	 * word, queues, unlocks. A lock found free is one of before, whose waiter is on the list, or one of
	 * after, whose load sees the store.
	 */
	smp_mb();
	if (!spin_is_locked(&b->lock)) {
		smp_rmb();	/* the lock, then the list */
		if (list_empty(&b->waiters))
			return 0;
	}
	spin_lock(&b->lock);
	err = wake_matching_locked(b, &key, nr > 0 ? nr : 1, bitset);
	spin_unlock(&b->lock);
	return err;
}

int futex_wake_user(uint32_t __user *uaddr, int nr)
{
	int woken = futex_wake(uaddr, /*private=*/true, nr, FUTEX_ANY);

	return woken > 0 ? woken : futex_wake(uaddr, /*private=*/false, nr, FUTEX_ANY);
}

void futex_lock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	if (a > b) {
		spin_lock(&b->lock);
		spin_lock_nested(&a->lock, 1);
	} else {
		spin_lock(&a->lock);
		if (a != b)
			spin_lock_nested(&b->lock, 1);
	}
}

void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	spin_unlock(&a->lock);
	if (a != b)
		spin_unlock(&b->lock);
}

static int two_keys(const struct futex_requeue_args *a, struct futex_key *k1, struct futex_key *k2)
{
	int err = futex_key_get(a->uaddr1, a->private, k1);

	return err ? err : futex_key_get(a->uaddr2, a->private2, k2);
}

/* Wake up to nr_wake of k1's waiters and move up to nr_requeue more to k2. */
static int requeue_locked(const struct futex_requeue_args *a, const struct futex_key *k1,
			  const struct futex_key *k2)
{
	struct futex_bucket *b1 = futex_bucket_of(k1), *b2 = futex_bucket_of(k2);
	struct futex_waiter *w, *next;
	int done = 0;

	assert_held(&b1->lock);
	list_for_each_entry_safe(w, next, &b1->waiters, link) {
		if (!futex_key_equal(&w->key, k1))
			continue;
		if (unlikely(w->pi))
			return -EINVAL;
		if (done - a->nr_wake >= a->nr_requeue && done >= a->nr_wake)
			break;
		if (done++ < a->nr_wake) {
			futex_wake_locked(w);
			continue;
		}
		w->key = *k2;
		if (b1 != b2) {
			list_move_tail(&w->link, &b2->waiters);
			smp_store_release(&w->bucket, b2);	/* partner: futex_unqueue() */
		}
	}
	return done;
}

int futex_requeue(const struct futex_requeue_args *a)
{
	struct futex_key k1, k2;
	struct futex_bucket *b1, *b2;
	uint32_t val;
	int ret;

	if (a->nr_wake < 0 || a->nr_requeue < 0)
		return -EINVAL;
	for (;;) {
		ret = two_keys(a, &k1, &k2);
		if (ret)
			return ret;
		b1 = futex_bucket_of(&k1);
		b2 = futex_bucket_of(&k2);
		futex_lock_two(b1, b2);
		if (!a->compare || !futex_load_nofault(&val, a->uaddr1))
			break;
		futex_unlock_two(b1, b2);
		if (get_user(val, a->uaddr1))
			return -EFAULT;
	}
	ret = a->compare && val != a->cmpval ? -EAGAIN : requeue_locked(a, &k1, &k2);
	futex_unlock_two(b1, b2);
	return ret;
}

/* The arithmetic half of FUTEX_WAKE_OP; user access must not fault. */
static int wake_op_apply(uint32_t __user *uaddr, uint32_t op, bool *wake_second)
{
	int oparg = (int32_t)(op << 8) >> 20, cmparg = (int32_t)(op << 20) >> 20;
	unsigned kind = (op >> 28) & 7, cmp = (op >> 24) & 15;
	static const enum user_atomic_op map[] = { USER_SET, USER_ADD, USER_OR, USER_ANDN, USER_XOR };
	uint32_t old;
	int err;

	if (kind >= ARRAY_SIZE(map) || cmp > FUTEX_OP_CMP_GE)
		return -ENOSYS;
	if ((op >> 28) & FUTEX_OP_OPARG_SHIFT)
		oparg = 1 << (oparg & 31);
	pagefault_disable();
	err = arch_user_atomic32(uaddr, map[kind], oparg, &old);
	pagefault_enable();
	if (err)
		return err;
	switch (cmp) {
	case FUTEX_OP_CMP_EQ: *wake_second = (int)old == cmparg; break;
	case FUTEX_OP_CMP_NE: *wake_second = (int)old != cmparg; break;
	case FUTEX_OP_CMP_LT: *wake_second = (int)old < cmparg; break;
	case FUTEX_OP_CMP_LE: *wake_second = (int)old <= cmparg; break;
	case FUTEX_OP_CMP_GT: *wake_second = (int)old > cmparg; break;
	default: *wake_second = (int)old >= cmparg; break;
	}
	return 0;
}

int futex_wake_op(const struct futex_requeue_args *a, uint32_t op)
{
	struct futex_key k1, k2;
	struct futex_bucket *b1, *b2;
	bool second = false;
	uint32_t val;
	int ret;

	for (;;) {
		ret = two_keys(a, &k1, &k2);
		if (ret)
			return ret;
		b1 = futex_bucket_of(&k1);
		b2 = futex_bucket_of(&k2);
		futex_lock_two(b1, b2);
		ret = wake_op_apply(a->uaddr2, op, &second);
		if (ret != -EFAULT)
			break;
		futex_unlock_two(b1, b2);
		/* Make the word present and writable, then again. */
		if (get_user(val, a->uaddr2) || user_fault_in_write(a->uaddr2, sizeof(val)))
			return -EFAULT;
	}
	if (!ret) {
		ret = wake_matching_locked(b1, &k1, a->nr_wake, FUTEX_ANY);
		if (second)
			ret += wake_matching_locked(b2, &k2, a->nr_requeue, FUTEX_ANY);
	}
	futex_unlock_two(b1, b2);
	return ret;
}

/* Bit 0 of a list entry says the mutex is a PI one: futex_exit_pi() sees to its waiters. */
enum robust_kind { ROBUST_HELD = 0, ROBUST_PI = 1, ROBUST_PENDING = 2 };

/* One robust mutex of a dying thread: mark it, and wake one waiter when there are any. */
static void robust_died(struct task *t, uint32_t __user *uaddr, enum robust_kind kind)
{
	uint32_t tid = task_tid(t), val, old;

	if ((vaddr_t)uaddr % sizeof(*uaddr) || get_user(val, uaddr))
		return;
	if (kind == ROBUST_PENDING && !val) {
		/* It released the word and died before its wake-up. */
		ignore_result(futex_wake_user(uaddr, 1));	/* nobody may wait */
		return;
	}
	while ((val & FUTEX_TID_MASK) == tid) {
		old = val;
		if (arch_user_cmpxchg32(uaddr, &old, (val & FUTEX_WAITERS) | FUTEX_OWNER_DIED))
			return;
		if (old == val) {
			if ((val & FUTEX_WAITERS) && !(kind & ROBUST_PI))
				ignore_result(futex_wake_user(uaddr, 1));	/* as above */
			return;
		}
		val = old;
	}
}

void futex_exit_robust(struct task *t)
{
	struct robust_list_head __user *head = t->robust_list;
	unsigned long entry, next, pending;
	long offset;

	t->robust_list = NULL;
	if (!head || get_user(entry, (unsigned long __user *)&head->list.next) ||
	    get_user(offset, &head->futex_offset) ||
	    get_user(pending, (unsigned long __user *)&head->list_op_pending))
		return;
	for (unsigned n = 0; (entry & ~1UL) != (unsigned long)&head->list && n < ROBUST_LIMIT; n++) {
		if (get_user(next, (unsigned long __user *)(entry & ~1UL)))
			return;
		if ((entry & ~1UL) != (pending & ~1UL))
			robust_died(t, (uint32_t __user *)((entry & ~1UL) + offset),
				    entry & 1 ? ROBUST_PI : ROBUST_HELD);
		entry = next;
		cond_resched();
	}
	if (pending & ~1UL)
		robust_died(t, (uint32_t __user *)((pending & ~1UL) + offset),
			    ROBUST_PENDING | (pending & 1 ? ROBUST_PI : 0));
}
