/* SPDX-License-Identifier: MIT */
/* ABI of sysvipc(7), mq_overview(7), from the UAPI headers. */
#pragma once

#include <linux/ipc.h>
#include <linux/shm.h>
#include <linux/sem.h>
#include <linux/msg.h>
#include <linux/mqueue.h>
