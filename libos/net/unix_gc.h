/* SPDX-License-Identifier: MIT */
/*
 * unix_gc: AF_UNIX sockets that nothing refers to but messages in each other's queues. unix(7), SCM_RIGHTS.
 */
#pragma once

#include "lib/list.h"

struct file;
struct scm;

/* Part of a unix_sock. Field legend: [g] the collector's lock */
struct unix_flight {
	struct list_head link;		/* [g] of all with count > 0 */
	struct file *file;		/* [g] the socket's file: each flight has a reference */
	long count;			/* [g] messages' references to it */
	long outside;			/* [g] while collecting: those not found in suspects' queues */
	enum { FLIGHT_KNOWN, FLIGHT_SUSPECT, FLIGHT_ALIVE } state;	/* [g] while collecting */
};

void unix_flight_init(struct unix_flight *flight);
/* The files of scm go into a message, or come out of one. The caller keeps its references over the call. */
void unix_flight_begin(const struct scm *scm);
void unix_flight_end(const struct scm *scm);
/* A message was looked at: after its files' references were taken, before the receiver's own is dropped. */
void unix_flight_peeked(void);
/* Free the queues of sockets nobody can reach. May sleep; no locks held. Called when a socket has been closed. */
void unix_gc(void);
