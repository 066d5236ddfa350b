/* SPDX-License-Identifier: MIT */
/*
 * files: what each file of a group says and takes. A target's object is the group; an entry's place
 * in cgroup_files[] says which file it is.
 *
 * Source: the kernel's cgroup-v2 document; the running Linux decides errors.
 */
#include "proc/cgroup/internal.h"

#include "abi/errno.h"
#include "lib/parse.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/file.h"

static struct cgroup *cgroup_of(const struct pseudo_target *t)
{
	return t->object;
}

/* The group of an open file, while it is there. */
static int living(const struct pseudo_target *t, struct cgroup **out)
{
	*out = cgroup_of(t);
	return READ_ONCE((*out)->dead) ? -ENODEV : 0;
}

/* A number or "max", with blanks around it or without, as every file of a group takes its word. */
static int parse_limit(char *text, int64_t *out)
{
	long long value;
	int err;

	text = strim(text);
	if (!strcmp(text, "max")) {
		*out = CGROUP_NO_LIMIT;
		return 0;
	}
	err = kstrtoll(text, 0, &value);
	if (!err)
		*out = value;
	return err;
}

static void print_limit(struct strbuf *out, int64_t limit)
{
	if (limit == CGROUP_NO_LIMIT)
		strbuf_puts(out, "max\n");
	else
		strbuf_printf(out, "%lld\n", (long long)limit);
}

/* --- Members --- */

/* Field legend: [o] of the reader */
struct members {
	int *numbers;			/* [o] as the reader's PID namespace has them; 0: invisible there */
	unsigned count, room;		/* [o] count > room: the rest did not fit */
};

static void add_member(struct members *m, int nr)
{
	if (m->count < m->room)
		m->numbers[m->count] = nr;
	m->count++;
}

static void collect_members(const struct cgroup *cg, bool threads, struct members *m)
{
	unsigned long irq = read_lock_irqsave(&proc_tree.lock);
	struct process *p;
	struct task *t;

	m->count = 0;
	list_for_each_entry(p, &cg->processes, cgroup_link) {
		if (!threads) {
			add_member(m, process_tgid_in(p, current->pid_ns));
			continue;
		}
		list_for_each_entry(t, &p->tasks, group_link)
			add_member(m, task_tid_in(t, current->pid_ns));
	}
	read_unlock_irqrestore(&proc_tree.lock, irq);
}

static int show_members(struct strbuf *out, const struct pseudo_target *t, bool threads)
{
	struct members m = { .numbers = NULL };
	struct cgroup *cg;
	int err = living(t, &cg);

	if (err)
		return err;
	do {
		kfree(m.numbers);
		m.room = m.count + 64;
		m.numbers = kmalloc(m.room * sizeof(*m.numbers), GFP_KERNEL);
		if (!m.numbers)
			return -ENOMEM;
		collect_members(cg, threads, &m);
	} while (m.count > m.room);
	for (unsigned i = 0; i < m.count; i++)
		strbuf_printf(out, "%d\n", m.numbers[i]);
	kfree(m.numbers);
	return 0;
}

static int show_procs(struct strbuf *out, const struct pseudo_target *t)
{
	return show_members(out, t, /*threads=*/false);
}

static int show_threads(struct strbuf *out, const struct pseudo_target *t)
{
	return show_members(out, t, /*threads=*/true);
}

static int parse_member(char *text, int *nr)
{
	return kstrtoint(strim(text), 0, nr) || *nr < 0 ? -EINVAL : 0;
}

static int store_procs(char *text, const struct pseudo_target *t, const struct file *file)
{
	struct cgroup *cg;
	int nr, err = living(t, &cg);

	if (!err)
		err = parse_member(text, &nr);
	return err ? err : cgroup_move_process(cg, nr, file->cred);
}

static int store_threads(char *text, const struct pseudo_target *t, const struct file *file)
{
	struct cgroup *cg;
	int nr, err = living(t, &cg);

	if (!err)
		err = parse_member(text, &nr);
	return err ? err : cgroup_move_thread(cg, nr, file->cred);
}

/* --- Controllers --- */

static void print_controllers(struct strbuf *out, unsigned set)
{
	const char *blank = "";

	for (unsigned i = 0; i < NR_CONTROLLERS; i++) {
		if (set & BIT(i)) {
			strbuf_printf(out, "%s%s", blank, cgroup_controller_names[i]);
			blank = " ";
		}
	}
	if (set)
		strbuf_putc(out, '\n');
}

static int show_controllers(struct strbuf *out, const struct pseudo_target *t)
{
	struct cgroup *cg;
	int err = living(t, &cg);

	if (!err)
		print_controllers(out, cgroup_controllers(cg));
	return err;
}

static int show_control(struct strbuf *out, const struct pseudo_target *t)
{
	struct cgroup *cg;
	int err = living(t, &cg);

	if (!err)
		print_controllers(out, READ_ONCE(cg->subtree_control));
	return err;
}

static int store_control(char *text, size_t size, const struct pseudo_target *t)
{
	(void)size;
	return cgroup_write_control(cgroup_of(t), text);
}

/* --- The group itself --- */

static int show_type(struct strbuf *out, const struct pseudo_target *t)
{
	struct cgroup *cg;
	unsigned long irq;
	int err = living(t, &cg);
	const char *state = "";

	if (err)
		return err;
	irq = read_lock_irqsave(&proc_tree.lock);
	if (!cgroup_is_valid_domain(cg))
		state = " invalid";
	else if (cgroup_is_thread_root(cg))
		state = " threaded";
	read_unlock_irqrestore(&proc_tree.lock, irq);
	strbuf_printf(out, "domain%s\n", state);
	return 0;
}

/* Groups of threads are not there: all threads of a process are in one. */
static int store_type(char *text, size_t size, const struct pseudo_target *t)
{
	struct cgroup *cg;
	int err = living(t, &cg);

	(void)size;
	if (err)
		return err;
	return strcmp(strim(text), "threaded") ? -EINVAL : -EOPNOTSUPP;
}

static int show_events(struct strbuf *out, const struct pseudo_target *t)
{
	struct cgroup *cg;
	int err = living(t, &cg);

	if (!err)
		strbuf_printf(out, "populated %d\n", READ_ONCE(cg->nr_populated) != 0);
	return err;
}

static int show_stat(struct strbuf *out, const struct pseudo_target *t)
{
	struct cgroup *cg, *below;
	int err = living(t, &cg);
	unsigned count = 0;

	if (err)
		return err;
	mutex_lock(&cgroup_mutex);
	for (below = cgroup_next(cg, cg); below; below = cgroup_next(cg, below))
		count++;
	mutex_unlock(&cgroup_mutex);
	/* What dies here keeps nothing that a controller would still have to account for. */
	strbuf_printf(out, "nr_descendants %u\nnr_dying_descendants 0\n", count);
	return 0;
}

static int show_max(struct strbuf *out, const struct pseudo_target *t, bool depth)
{
	struct cgroup *cg;
	int err = living(t, &cg);

	if (!err)
		print_limit(out, READ_ONCE(*(depth ? &cg->max_depth : &cg->max_descendants)));
	return err;
}

static int show_max_depth(struct strbuf *out, const struct pseudo_target *t)
{
	return show_max(out, t, /*depth=*/true);
}

static int show_max_descendants(struct strbuf *out, const struct pseudo_target *t)
{
	return show_max(out, t, /*depth=*/false);
}

static int store_max(char *text, const struct pseudo_target *t, bool depth)
{
	struct cgroup *cg;
	int64_t limit;
	int err = living(t, &cg);

	if (!err)
		err = parse_limit(text, &limit);
	if (err)
		return err;
	if (limit < 0 || (limit > INT32_MAX && limit != CGROUP_NO_LIMIT))
		return -ERANGE;
	mutex_lock(&cgroup_mutex);
	WRITE_ONCE(*(depth ? &cg->max_depth : &cg->max_descendants), limit);
	mutex_unlock(&cgroup_mutex);
	return 0;
}

static int store_max_depth(char *text, size_t size, const struct pseudo_target *t)
{
	(void)size;
	return store_max(text, t, /*depth=*/true);
}

static int store_max_descendants(char *text, size_t size, const struct pseudo_target *t)
{
	(void)size;
	return store_max(text, t, /*depth=*/false);
}

static int store_kill(char *text, size_t size, const struct pseudo_target *t)
{
	struct cgroup *cg;
	int value, err = living(t, &cg);

	(void)size;
	if (!err)
		err = kstrtoint(strim(text), 0, &value);
	if (err)
		return err;
	return value == 1 ? cgroup_kill(cg) : -ERANGE;
}

/* --- pids --- */

static int show_pids_max(struct strbuf *out, const struct pseudo_target *t)
{
	struct cgroup *cg;
	int err = living(t, &cg);

	if (!err)
		print_limit(out, READ_ONCE(cg->pids.max));
	return err;
}

static int store_pids_max(char *text, size_t size, const struct pseudo_target *t)
{
	struct cgroup *cg;
	int64_t limit;
	unsigned long irq;
	int err = living(t, &cg);

	(void)size;
	if (!err)
		err = parse_limit(text, &limit);
	if (err)
		return err;
	if (limit < 0 || (limit > INT32_MAX && limit != CGROUP_NO_LIMIT))
		return -EINVAL;
	irq = write_lock_irqsave(&proc_tree.lock);
	cg->pids.max = limit;
	write_unlock_irqrestore(&proc_tree.lock, irq);
	return 0;
}

static int show_pids_current(struct strbuf *out, const struct pseudo_target *t)
{
	struct cgroup *cg;
	int err = living(t, &cg);

	if (!err)
		strbuf_printf(out, "%lld\n", (long long)READ_ONCE(cg->pids.count));
	return err;
}

static int show_pids_peak(struct strbuf *out, const struct pseudo_target *t)
{
	struct cgroup *cg;
	int err = living(t, &cg);

	if (!err)
		strbuf_printf(out, "%lld\n", (long long)READ_ONCE(cg->pids.peak));
	return err;
}

static int show_pids_events(struct strbuf *out, const struct pseudo_target *t)
{
	struct cgroup *cg;
	int err = living(t, &cg);

	if (!err)
		strbuf_printf(out, "max %llu\n", (unsigned long long)READ_ONCE(cg->pids.refused));
	return err;
}

/* --- Files that can be polled --- */

static struct waitq *event_of(struct cgroup_event *event, uint64_t *count)
{
	*count = READ_ONCE(event->count);
	return &event->wait;
}

static struct waitq *events_changes(const struct pseudo_target *t, uint64_t *count)
{
	return event_of(&cgroup_of(t)->events, count);
}

static struct waitq *pids_changes(const struct pseudo_target *t, uint64_t *count)
{
	return event_of(&cgroup_of(t)->pids_events, count);
}

/* --- The table --- */

bool cgroup_has_file(const struct cgroup *cg, enum cgroup_file file)
{
	if (cgroup_is_root(cg))
		return file < CG_TYPE;
	return file < CG_PIDS_MAX || (cgroup_controllers(cg) & BIT(CONTROLLER_PIDS));
}

/* Controllers may be taken away while the name is cached. */
static bool file_valid(const struct pseudo_target *t)
{
	return cgroup_has_file(cgroup_of(t), (enum cgroup_file)(t->entry - cgroup_files));
}

#define CG_FILE(name_, mode_)	.name = name_, .mode = S_IFREG | (mode_), .valid = file_valid

const struct pseudo_entry cgroup_files[CG_FOLDER] = {
	[CG_PROCS] = { CG_FILE("cgroup.procs", 0644), .show = show_procs, .store_by = store_procs },
	[CG_THREADS] = { CG_FILE("cgroup.threads", 0644), .show = show_threads, .store_by = store_threads },
	[CG_CONTROLLERS] = { CG_FILE("cgroup.controllers", 0444), .show = show_controllers },
	[CG_SUBTREE_CONTROL] = { CG_FILE("cgroup.subtree_control", 0644), .show = show_control,
				 .store = store_control },
	[CG_STAT] = { CG_FILE("cgroup.stat", 0444), .show = show_stat },
	[CG_MAX_DEPTH] = { CG_FILE("cgroup.max.depth", 0644), .show = show_max_depth, .store = store_max_depth },
	[CG_MAX_DESCENDANTS] = { CG_FILE("cgroup.max.descendants", 0644), .show = show_max_descendants,
				 .store = store_max_descendants },
	[CG_TYPE] = { CG_FILE("cgroup.type", 0644), .show = show_type, .store = store_type },
	[CG_EVENTS] = { CG_FILE("cgroup.events", 0444), .show = show_events, .changes = events_changes },
	[CG_KILL] = { CG_FILE("cgroup.kill", 0200), .store = store_kill },
	[CG_PIDS_MAX] = { CG_FILE("pids.max", 0644), .show = show_pids_max, .store = store_pids_max },
	[CG_PIDS_CURRENT] = { CG_FILE("pids.current", 0444), .show = show_pids_current },
	[CG_PIDS_PEAK] = { CG_FILE("pids.peak", 0444), .show = show_pids_peak },
	[CG_PIDS_EVENTS] = { CG_FILE("pids.events", 0444), .show = show_pids_events, .changes = pids_changes },
};
