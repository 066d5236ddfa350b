/* SPDX-License-Identifier: MIT */
/* unix_list: what /proc/net/unix shows. Source: proc(5). */
#pragma once

struct strbuf;

/* A line for each socket of AF_UNIX, under a heading. May sleep. */
void unix_print_sockets(struct strbuf *out);
