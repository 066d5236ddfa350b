/* SPDX-License-Identifier: MIT */
/* sys_owner.h: the owner commands of fcntl(2) and ioctl(2), for sys_file.c. */
#pragma once

struct file;

/* F_SETOWN, F_GETOWN, their _EX forms, F_GETOWNER_UIDS, F_SETSIG, F_GETSIG. -ENOIOCTLCMD: none of them. May sleep. */
long fcntl_owner(struct file *file, unsigned cmd, unsigned long arg);
/* FIOSETOWN, SIOCSPGRP, FIOGETOWN, SIOCGPGRP of a socket. -ENOIOCTLCMD: none of them. May sleep. */
long ioctl_owner(struct file *file, unsigned cmd, unsigned long arg);
