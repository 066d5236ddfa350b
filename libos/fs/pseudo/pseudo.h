/* SPDX-License-Identifier: MIT */
/*
 * pseudo: file systems whose files are printed when they are read: procfs and sysfs.
 *
 * Model. A folder is a table of entries, a set of names computed at run time, or both. An entry says how its content is
 * printed, taken, or where it leads. Folders of fixed place (/proc/sys/kernel) come to be when somebody registers
 * entries in them. What stands below a computed name (a process) is about an object; each inode holds a reference
 * to its object, and a name is looked up anew when its object is gone.
 *
 * Rows below fs/ are asked for their values by the entries here; rows above it register theirs
 * (proc/procfs has the processes).
 *
 * Locking. The registered tree grows under the mutex pseudo_tree and never shrinks: readers take no lock.
 */
#pragma once

#include "abi/stat.h"
#include "lib/compiler.h"
#include "lib/types.h"

struct cred;
struct file;
struct file_ops;
struct path;
struct pseudo_entry;
struct pseudo_node;
struct strbuf;
struct waitq;

/* What an operation is about. */
struct pseudo_target {
	const struct pseudo_entry *entry;
	void *object;			/* what the folder's names stand for; NULL in a fixed place */
	unsigned long index;		/* which of the object's: a descriptor, a namespace */
};

/* A folder's names. `entries` are fixed; the functions, both or none, compute more. */
struct pseudo_dir {
	const struct pseudo_entry *entries;
	unsigned count;
	/* Fill *out for a name: its object is referenced. 0 or -errno (-ENOENT). May sleep. */
	int (*lookup)(const struct pseudo_target *dir, const char *name, struct pseudo_target *out);
	/* First name at or after *pos, which moves to where it was; false: none. May sleep. */
	bool (*next)(const struct pseudo_target *dir, loff_t *pos, char *name, size_t size, uint32_t *mode);
	/* mkdir and rmdir, both or none: the folder made is *out, its object referenced. 0 or -errno. May sleep. */
	int (*make)(const struct pseudo_target *dir, const char *name, uint32_t mode, const struct cred *cred,
		    struct pseudo_target *out);
	int (*remove)(const struct pseudo_target *victim);
	/* May the current task use it whatever mode and owner say? May not sleep. NULL: no. */
	bool (*allows)(const struct pseudo_target *dir);
};

#define PSEUDO_END	UINT64_MAX

/* A slot that does not belong to the mode's type is NULL. All may sleep unless noted. */
struct pseudo_entry {
	const char *name;
	uint32_t mode;			/* type and permissions */
	/* Regular file: print all of it. 0 or -errno. */
	int (*show)(struct strbuf *out, const struct pseudo_target *t);
	/*
	 * The same for a file that may be long: print the part that begins at *next (0: the first; the meaning of
	 * others is its own), and say where the part behind it begins, or PSEUDO_END. Parts are whole lines.
	 */
	int (*show_part)(struct strbuf *out, const struct pseudo_target *t, uint64_t *next);
	/* What one write(2) at offset 0 brought: NUL-terminated, at most 4095 bytes. 0 or -errno. */
	int (*store)(char *text, size_t size, const struct pseudo_target *t);
	/* The same where it matters who opened the file; precedes store. */
	int (*store_by)(char *text, const struct pseudo_target *t, const struct file *file);
	/* Symbolic link: print where it leads. 0 or -errno. */
	int (*link)(struct strbuf *out, const struct pseudo_target *t);
	/* Magic link: *out with references. NULL: the walk follows the text. */
	int (*jump)(struct path *out, const struct pseudo_target *t);
	const struct pseudo_dir *dir;
	/* A regular file with operations of its own; pseudo_target_of(inode) tells them whose it is. */
	const struct file_ops *fops;
	/*
	 * A file that can be polled for changes (EPOLLERR | EPOLLPRI, as sysfs and /proc/self/mounts): the queue that
	 * is woken when *event has another value. May sleep. NULL: always readable.
	 */
	struct waitq *(*changes)(const struct pseudo_target *t, uint64_t *event);
	/* Folder: its count of links, where that tells something. NULL: 2. May sleep. */
	unsigned (*links)(const struct pseudo_target *t);
	/* Is the computed name still good? Under RCU, may not sleep. NULL: as long as its object, if any, lives. */
	bool (*valid)(const struct pseudo_target *t);
	const void *arg;
};

/* What chmod and chown change. */
struct pseudo_attr {
	uint32_t mode, uid, gid;
	uint32_t nlink;
};

/* Objects that targets refer to: one kind a file system. */
struct pseudo_objects {
	void (*get)(void *object);
	void (*put)(void *object);
	bool (*alive)(void *object);	/* under RCU, may not sleep */
	void (*owner)(void *object, uint32_t *uid, uint32_t *gid);	/* NULL: the three below */
	/*
	 * Files with a number of their own (one inode each, as long as any use remembers it) and with attributes that
	 * users change and objects keep. All or none; may not sleep.
	 */
	uint64_t (*number)(const struct pseudo_target *t);
	void (*attributes)(const struct pseudo_target *t, struct pseudo_attr *out);
	void (*set_attributes)(const struct pseudo_target *t, const struct pseudo_attr *attr);
};

/*
 * Add entries to a folder given by its path ("" is the root), which is made if need be. Tables live for ever.
 * Returns 0 or -ENOMEM. May sleep. INIT_VFS or later.
 */
int __must_check procfs_register(const char *folder, const struct pseudo_entry *entries, unsigned count);
int __must_check sysfs_register(const char *folder, const struct pseudo_entry *entries, unsigned count);
/* The root's computed names, and the objects behind them. Once, by proc/procfs. */
void procfs_set_processes(const struct pseudo_dir *dir, const struct pseudo_objects *objects);

struct inode;
const struct pseudo_target *pseudo_target_of(const struct inode *inode);
