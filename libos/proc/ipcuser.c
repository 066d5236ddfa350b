/* SPDX-License-Identifier: MIT */
/* ipcuser: what ipc/ asks of processes: ipc/mqueue.h's hooks. ipc_current() is namespace.c's. */
#include "abi/errno.h"
#include "ipc/mqueue.h"
#include "proc/pid.h"
#include "proc/signal.h"
#include "sched/sched.h"
#include "vfs/user.h"

struct mq_owner mq_owner_current(void)
{
	struct process *p = current->process;

	return (struct mq_owner){ .pid = pid_get(p->pids[PIDTYPE_TGID]), .exec_id = p->exec_id };
}

void mq_owner_put(struct mq_owner *owner)
{
	if (owner->pid)
		pid_put(owner->pid);
	owner->pid = NULL;
}

bool mq_owner_is_current(const struct mq_owner *owner)
{
	return owner->pid && owner->pid == current->process->pids[PIDTYPE_TGID];
}

int mq_owner_number(const struct mq_owner *owner)
{
	return pid_nr_in(owner->pid, current->pid_ns);
}

void mq_owner_signal(const struct mq_owner *owner, const struct mq_notification *n)
{
	unsigned long flags = read_lock_irqsave(&proc_tree.lock);
	struct task *t = list_first_entry_or_null(&owner->pid->members[PIDTYPE_PID], struct task, pid_link);
	siginfo_t info;

	if (t && t->process->exec_id == owner->exec_id) {
		siginfo_init(&info, n->signo, SI_MESGQ, NULL);
		info.si_pid = process_tgid_in(current->process, t->pid_ns);
		info.si_uid = current->cred->uid;
		info.si_value = n->value;
		ignore_result(signal_send(t, &info, SIGNAL_PROCESS));	/* the message is there, told of or not */
	}
	read_unlock_irqrestore(&proc_tree.lock, flags);
}

int mq_charge(uint64_t bytes, void **user)
{
	struct user_count *u = user_count_of(current->cred);
	uint64_t now = __atomic_add_fetch(&u->queue_bytes, bytes, __ATOMIC_RELAXED);

	*user = u;
	if (now >= bytes && now <= rlimit_cur(current->process, RLIMIT_MSGQUEUE))
		return 0;
	mq_uncharge(u, bytes);
	return -EMFILE;
}

void mq_uncharge(void *user, uint64_t bytes)
{
	struct user_count *u = user;

	__atomic_sub_fetch(&u->queue_bytes, bytes, __ATOMIC_RELAXED);
}
