/* SPDX-License-Identifier: MIT */
/*
 * file.h: names, descriptors and file systems; include <libos/libos.h>.
 *
 * Each call is the Linux system call of its name on the first process's root, working directory and
 * descriptors. Flag values are Linux's. Buffers are the program's own memory.
 */
#pragma once

#include "libos/libos.h"

enum libos_open_flags {
	LIBOS_O_RDONLY = 0, LIBOS_O_WRONLY = 1, LIBOS_O_RDWR = 2, LIBOS_O_CREAT = 0100, LIBOS_O_EXCL = 0200,
	LIBOS_O_TRUNC = 01000, LIBOS_O_APPEND = 02000, LIBOS_O_NONBLOCK = 04000, LIBOS_O_DIRECTORY = 0200000,
	LIBOS_O_CLOEXEC = 02000000,
};

enum libos_whence { LIBOS_SEEK_SET, LIBOS_SEEK_CUR, LIBOS_SEEK_END };

enum libos_mount_flags {
	LIBOS_MS_RDONLY = 1, LIBOS_MS_NOSUID = 2, LIBOS_MS_NODEV = 4, LIBOS_MS_NOEXEC = 8, LIBOS_MS_REMOUNT = 32,
	LIBOS_MS_BIND = 4096,
};

struct libos_stat {
	uint64_t ino, dev, rdev, size, blocks;	/* blocks of 512 bytes */
	uint32_t mode, nlink, uid, gid;		/* mode: type and permissions as st_mode */
	int64_t mtime_ns;			/* since 1970 */
};

/* One directory entry; type is d_type. False ends the listing; that entry comes again with the next call. */
typedef bool (*libos_dirent_fn)(void *arg, const char *name, uint64_t ino, unsigned type);

LIBOS_API_BEGIN

/* Descriptor, or -errno. */
int libos_open(const char *path, int flags, unsigned mode);
int libos_close(int fd);
int libos_dup2(int old_fd, int new_fd);
/* fds[0] reads what is written to fds[1]. flags: LIBOS_O_CLOEXEC, LIBOS_O_NONBLOCK. */
int libos_pipe(int fds[2], int flags);

/* Bytes, or -errno. The p-forms leave the file's position alone. */
int64_t libos_read(int fd, void *buf, size_t size);
int64_t libos_write(int fd, const void *buf, size_t size);
int64_t libos_pread(int fd, void *buf, size_t size, int64_t offset);
int64_t libos_pwrite(int fd, const void *buf, size_t size, int64_t offset);
/* New position, or -errno. */
int64_t libos_lseek(int fd, int64_t offset, enum libos_whence whence);
int libos_fsync(int fd);
int libos_ftruncate(int fd, int64_t size);

int libos_stat(const char *path, struct libos_stat *out);
int libos_fstat(int fd, struct libos_stat *out);
/* Call fn for the entries from the descriptor's position on. 0 or -errno. fn must not use the directory. */
int libos_readdir(int fd, libos_dirent_fn fn, void *arg);

int libos_mkdir(const char *path, unsigned mode);
int libos_rmdir(const char *path);
int libos_unlink(const char *path);
int libos_link(const char *path, const char *new_path);
int libos_symlink(const char *text, const char *new_path);
int libos_rename(const char *path, const char *new_path);
int libos_chdir(const char *path);

/* type: "ext4", "tmpfs", "proc"...; options may be NULL. */
int libos_mount(const char *source, const char *target, const char *type, unsigned long flags,
		const char *options);
int libos_umount(const char *target);

LIBOS_API_END
