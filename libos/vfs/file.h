/* SPDX-License-Identifier: MIT */
/*
 * open file: what a descriptor refers to; and the operations behind it.
 *
 * Locking. `pos` is protected by pos_lock for regular files and directories (read, write, lseek on one open file
 * are atomic to each other, as POSIX asks); flags changes by `lock`. Files are freed after a grace period: descriptor
 * look-up takes no lock.
 */
#pragma once

#include "abi/fcntl.h"
#include "lib/list.h"
#include "lib/types.h"
#include "mm/iov.h"
#include "mm/pagecache.h"
#include "sync/mutex.h"
#include "sync/rcu.h"
#include "sync/spinlock.h"
#include "vfs/mount.h"
#include "vfs/poll.h"

struct cred;
struct file;
struct file_owner;
struct inode;
struct map_request;
struct strbuf;
struct vma_ops;

/* Receiver of directory entries. Returns false when the buffer is full: iteration stops, the entry is not consumed. */
struct dir_context {
	bool (*emit)(struct dir_context *ctx, const char *name, unsigned len, uint64_t ino, unsigned type, loff_t next);
	loff_t pos;
};

/* One read or write in progress. */
struct kiocb {
	struct file *file;
	loff_t pos;			/* in and out */
	unsigned flags;			/* IOCB_* */
	uint64_t limit;			/* RLIMIT_FSIZE, UINT64_MAX: none */
};
enum iocb_flags { IOCB_NOWAIT = 1, IOCB_APPEND = 2, IOCB_DSYNC = 4, IOCB_SYNC = 8, IOCB_DIRECT = 16, IOCB_HIPRI = 32,
		  IOCB_NOIO = 64 /* RWF_NOWAIT, with IOCB_NOWAIT: does not wait for a disk either */ };

/*
 * NULL slots: the default on the right. All may sleep.
 */
struct file_ops {
	int (*open)(struct inode *inode, struct file *file);		/* succeeds */
	void (*release)(struct inode *inode, struct file *file);	/* last reference is gone */
	int (*flush)(struct file *file, const void *owner);		/* each close(2): 0 */
	ssize_t (*read_iter)(struct kiocb *iocb, struct iov_iter *to);	/* -EINVAL */
	ssize_t (*write_iter)(struct kiocb *iocb, struct iov_iter *from);	/* -EINVAL */
	loff_t (*llseek)(struct file *file, loff_t offset, int whence);	/* -ESPIPE; generic_llseek for files */
	int (*iterate)(struct file *file, struct dir_context *ctx);	/* -ENOTDIR; inode->lock held for reading */
	unsigned (*poll)(struct file *file, struct poll_table *pt);	/* always readable and writable */
	long (*ioctl)(struct file *file, unsigned cmd, unsigned long arg);	/* -ENOTTY */
	/* Fill in mapping, file, ops of a mapping being made (mm/mmap.h); generic_file_mmap for files. */
	int (*mmap)(struct file *file, struct map_request *req);	/* -ENODEV */
	int (*fsync)(struct file *file, loff_t start, loff_t end, bool datasync);	/* -EINVAL */
	long (*fallocate)(struct file *file, int mode, loff_t offset, loff_t len);	/* -EOPNOTSUPP */
	int (*set_flags)(struct file *file, unsigned flags);		/* F_SETFL veto: succeeds */
	long (*fcntl)(struct file *file, unsigned cmd, unsigned long arg);	/* seals: -EINVAL */
	/* O_ASYNC was set or cleared for descriptor fd (vfs/sigio.h). O_ASYNC says nothing; FIOASYNC: -ENOTTY */
	int (*fasync)(int fd, struct file *file, bool on);
	/* Text for /proc/PID/fdinfo beyond pos, flags, mnt_id, ino. */
	void (*show_fdinfo)(struct file *file, struct strbuf *out);
	unsigned nowait;		/* FMODE_READ, FMODE_WRITE: what RWF_NOWAIT can be asked of: -EOPNOTSUPP */
};

enum file_mode { FMODE_READ = 1, FMODE_WRITE = 2, FMODE_LSEEK = 4, FMODE_PREAD = 8, FMODE_PWRITE = 16, FMODE_EXEC = 32,
		 FMODE_PATH = 64, FMODE_STREAM = 128, FMODE_ATOMIC_POS = 256,
		 FMODE_NEED_UNMOUNT = 512 /* private: the nameless namespace of a loose tree */,
		 FMODE_CREATED = 1024 /* its open() made the file */,
		 FMODE_WRITER = 2048 /* private: it counts in inode->writers and mount->writers */ };

/* Field legend: [I] immutable after open, [a] atomic, [l] file->lock, [p] pos_lock */
struct file {
	long refs;			/* [a] */
	unsigned mode;			/* [I] enum file_mode */
	unsigned flags;			/* [l] O_* as F_GETFL shows them; read atomically */
	const struct file_ops *ops;	/* [I] */
	struct inode *inode;		/* [I] */
	struct path path;		/* [I] */
	loff_t pos;			/* [p] */
	void *private;			/* [I] the driver's or file system's */
	const struct cred *cred;	/* [I] of the opener */
	struct readahead ra;		/* [p] */
	struct mutex pos_lock;
	struct spinlock lock;
	uint64_t wb_err;		/* [l] last write-back error of the file seen: lib/errseq.h */
	uint64_t sb_err;		/* [l] likewise of its volume: syncfs(2) */
	struct list_head epoll;		/* [l] watchers */
	struct file_owner *owner;	/* [a] set once: vfs/sigio.h; NULL: nobody ever was */
	struct rcu_head rcu;
};

/* Whose pages hold the file's contents: its inode's, or the device's that its node names. Any context. */
struct address_space *file_mapping(const struct file *file);
/* Its contents were read: the access time, as the mount has it. */
static inline void file_accessed(const struct file *file)
{
	if (!(READ_ONCE(file->flags) & O_NOATIME))
		path_touch_atime(&file->path);
}

/* A write-back error of the file's contents that this open file was not told of, once; or 0. */
int __must_check file_check_error(struct file *file);
/* syncfs(2): everything on the file's volume. 0, or the first error that this open file was not told of. Sleeps. */
int __must_check file_syncfs(struct file *file);

static inline struct file *get_file(struct file *file)
{
	__atomic_fetch_add(&file->refs, 1, __ATOMIC_RELAXED);
	return file;
}
/* fallocate(2), MADV_REMOVE; tells watchers. The file is open for writing. 0 or -errno. Sleeps. */
long vfs_fallocate(struct file *file, int mode, loff_t offset, loff_t len);

/* Drop a reference; the last runs release(): may sleep. NULL allowed. */
void fput(struct file *file);

/* Called for a file on somebody's watch list when its last reference is gone. Set once, by ipc/epoll.c. */
void file_set_watch_hook(void (*gone)(struct file *file));
/* close(2) of one descriptor that referred to it: flush(), record locks of `owner`, fput(). The flush's error. */
int __must_check file_close(struct file *file, const void *owner);

/* An open file on an existing path; takes its own references. 0 and *out, or -errno. */
int __must_check file_open_path(const struct path *path, unsigned flags, const struct cred *cred, struct file **out);
/* No longer one of those who keep the file from being executed and its mount from becoming read-only. */
void file_uncount_writer(struct file *file);
/* A file without a name on the anonymous file system: name for /proc/PID/fd ("[eventfd]"). */
int __must_check file_anon(const char *name, const struct file_ops *ops, void *private, unsigned flags,
			   struct file **out);
/* Positioned kernel reads and writes (exec, swap of headers). Bytes, or -errno. */
ssize_t __must_check file_kernel_read(struct file *file, void *buf, size_t size, loff_t pos);
ssize_t __must_check file_kernel_write(struct file *file, const void *buf, size_t size, loff_t pos);

/* Page-cache based defaults file systems use. */
ssize_t generic_file_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t generic_file_write_iter(struct kiocb *iocb, struct iov_iter *from);
/* The same with inode->lock held for writing, and without O_SYNC's part. */
ssize_t generic_file_write_locked(struct kiocb *iocb, struct iov_iter *from);
int generic_file_mmap(struct file *file, struct map_request *req);
loff_t generic_llseek(struct file *file, loff_t offset, int whence);
loff_t noop_llseek(struct file *file, loff_t offset, int whence);

/* Areas that show a file: they hold a reference on it. */
extern const struct vma_ops file_vma_ops;

/* Character devices: a major and a range of minors get file_ops; open() finds them. */
int __must_check chrdev_register(unsigned major, unsigned minor, unsigned count, const char *name,
				 const struct file_ops *ops);
/* By major, each name of a major once. fn does not sleep. */
void chrdev_for_each(void (*fn)(unsigned major, const char *name, void *arg), void *arg);
