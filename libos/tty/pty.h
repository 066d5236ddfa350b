/* SPDX-License-Identifier: MIT */
/*
 * Pseudo terminals. /dev/ptmx makes a pair: a master, which is a plain stream of bytes, and a slave, which is a
 * terminal, /dev/pts/N. Source: pty(7), pts(4), ioctl_tty(2).
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct cred;
struct file;

#define PTY_MAX		4096		/* pairs at a time */
#define PTS_MAJOR	136		/* <linux/major.h> UNIX98_PTY_SLAVE_MAJOR; 256 slaves each */

/* TIOCGPTPEER: open the slave of a master, without a name. 0 and *out, -ENOTTY: no master. May sleep. */
int __must_check pty_open_peer(struct file *master, unsigned flags, const struct cred *cred, struct file **out);

/*
 * What shows the slaves as files (fs/devpts): make and remove the node of slave `index`; open it. Set at start-up.
 */
struct pty_names {
	int (*add)(unsigned index, uint64_t rdev, const struct cred *cred);
	void (*remove)(unsigned index);
	int (*open)(unsigned index, unsigned flags, const struct cred *cred, struct file **out);
};
void pty_set_names(const struct pty_names *names);
