/* SPDX-License-Identifier: MIT */
/* Messages leave by priority, equals in the order they came; sizes; descriptors without the right. */
#include "lib/contract.h"

#include <mqueue.h>

#define NAME "/contract_mq_order"

static mqd_t q;

static void expect(const char *text, unsigned prio)
{
	unsigned got_prio = 77;
	char buf[64] = "";

	CHECK_INT(mq_receive(q, buf, sizeof(buf), &got_prio), (ssize_t)strlen(text), "length of '%s'", text);
	buf[strlen(text)] = '\0';
	CHECK_STR(buf, text, "text");
	CHECK_INT(got_prio, prio, "priority");
}

static void put(const char *text, unsigned prio)
{
	REQUIRE(mq_send(q, text, strlen(text), prio) == 0);
}

static void random_order(void)
{
	unsigned seed = 12345, last = 40000, seq[8] = { 0 }, prio;
	struct { unsigned prio, nr; } m;
	bool good = true;
	char buf[64];

	for (unsigned i = 0; i < 10; i++) {
		seed = seed * 1103515245 + 12345;
		m.prio = seed >> 16 & 3;
		m.nr = i;
		REQUIRE(mq_send(q, (char *)&m, sizeof(m), m.prio) == 0);
	}
	for (unsigned i = 0; i < 10; i++) {
		REQUIRE(mq_receive(q, buf, sizeof(buf), &prio) == sizeof(m));
		memcpy(&m, buf, sizeof(m));
		good &= m.prio == prio && prio <= last && (!seq[prio] || m.nr > seq[prio] - 1);
		seq[prio] = m.nr + 1;
		last = prio;
	}
	CHECK(good, "ten messages of random priorities leave in order");
}

void contract_main(void)
{
	struct mq_attr attr = { .mq_maxmsg = 10, .mq_msgsize = 64 };
	char big[65];
	mqd_t reader, writer;

	mq_unlink(NAME);
	q = REQUIRE_OK(mq_open(NAME, O_CREAT | O_RDWR | O_NONBLOCK, 0600, &attr));
	reader = REQUIRE_OK(mq_open(NAME, O_RDONLY));
	writer = REQUIRE_OK(mq_open(NAME, O_WRONLY));
	mq_unlink(NAME);
	put("low one", 1);
	put("high one", 32767);
	put("low two", 1);
	put("none", 0);
	put("high two", 32767);
	put("", 5);
	expect("high one", 32767);
	expect("high two", 32767);
	expect("", 5);
	expect("low one", 1);
	put("low three", 1);
	expect("low two", 1);
	expect("low three", 1);
	expect("none", 0);
	CHECK_ERR(mq_receive(q, big, sizeof(big), NULL), EAGAIN, "empty");
	random_order();

	CHECK_ERR(mq_send(q, "x", 1, 32768), EINVAL, "priority 32768");
	CHECK_ERR(mq_send(q, big, 65, 0), EMSGSIZE, "one byte too long");
	CHECK_ERR(mq_send(q, bad_pointer(), 65, 0), EMSGSIZE, "which is seen before the text is read");
	CHECK_ERR(mq_send(q, bad_pointer(), 10, 0), EFAULT, "text that cannot be read");
	CHECK_ERR(mq_receive(q, big, 63, NULL), EMSGSIZE, "a buffer smaller than messages may be");
	CHECK_ERR(mq_send(reader, "x", 1, 0), EBADF, "a queue open for reading");
	CHECK_ERR(mq_receive(writer, big, 64, NULL), EBADF, "a queue open for writing");
	CHECK_ERR(mq_send(0, "x", 1, 0), EBADF, "no queue");
	CHECK_ERR(mq_receive(0, big, 64, NULL), EBADF, "no queue");
	put("one", 0);
	CHECK_ERR(mq_receive(q, bad_pointer(), 64, NULL), EFAULT, "nowhere to put it");
	CHECK_ERR(mq_receive(q, big, 64, NULL), EAGAIN, "the message is lost then");
	for (int i = 0; i < 10; i++)
		put("fill", 0);
	CHECK_ERR(mq_send(q, "x", 1, 0), EAGAIN, "full");
	CHECK_INT(mq_getattr(q, &attr), 0, "mq_getattr");
	CHECK_INT(attr.mq_curmsgs, 10, "ten messages");
	CHECK_ERR(write(q, "x", 1), EINVAL, "write(2) is no way to send");
}
