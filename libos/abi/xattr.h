/* SPDX-License-Identifier: MIT */
/* ABI of xattr(7), from the UAPI headers. */
#pragma once

#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <linux/xattr.h>
