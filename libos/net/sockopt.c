/* SPDX-License-Identifier: MIT */
/* sockopt: the options of SOL_SOCKET that all families share. Source: socket(7). */
#include "abi/errno.h"
#include "abi/time.h"
#include "core/assert.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "net/socket.h"
#include "time/clock.h"
#include "vfs/cred.h"
#include "vfs/namei.h"

#define SNDBUF_MIN	4608		/* what Linux answers at least */
#define RCVBUF_MIN	2304

/* The flag behind an on/off option; 0: not one. */
static unsigned option_flag(int name)
{
	switch (name) {
	case SO_REUSEADDR:
		return SOCKF_REUSEADDR;
	case SO_REUSEPORT:
		return SOCKF_REUSEPORT;
	case SO_KEEPALIVE:
		return SOCKF_KEEPALIVE;
	case SO_BROADCAST:
		return SOCKF_BROADCAST;
	case SO_OOBINLINE:
		return SOCKF_OOBINLINE;
	case SO_PASSCRED:
		return SOCKF_PASSCRED;
	case SO_DONTROUTE:
		return SOCKF_DONTROUTE;
	default:
		return 0;
	}
}

static int set_timeout(uint64_t *timeo_ns, const void *value, unsigned len)
{
	struct __kernel_sock_timeval tv;

	if (len < sizeof(tv))
		return -EINVAL;
	memcpy(&tv, value, sizeof(tv));
	if (tv.tv_usec < 0 || tv.tv_usec >= 1000000)
		return -EDOM;
	if (tv.tv_sec < 0)
		WRITE_ONCE(*timeo_ns, 1);	/* as Linux: does not wait */
	else if ((uint64_t)tv.tv_sec > INT32_MAX)
		WRITE_ONCE(*timeo_ns, 0);
	else
		WRITE_ONCE(*timeo_ns, (uint64_t)tv.tv_sec * 1000000000UL + (uint64_t)tv.tv_usec * 1000);
	return 0;
}

static int buffer_size(int value, int least, bool force)
{
	unsigned size = (unsigned)value;

	if (!force)
		size = min_t(unsigned, size, SOCK_BUF_DEFAULT);
	size = min_t(unsigned, size, INT32_MAX / 2);
	return max_t(int, (int)size * 2, least);
}

static int set_number(struct socket *s, int name, int value)
{
	bool admin = cred_capable(socket_context(NULL)->cred, CAP_NET_ADMIN);

	switch (name) {
	case SO_SNDBUF: case SO_SNDBUFFORCE:
		if (name == SO_SNDBUFFORCE && !admin)
			return -EPERM;
		WRITE_ONCE(s->sndbuf, buffer_size(value, SNDBUF_MIN, name == SO_SNDBUFFORCE));
		return 0;
	case SO_RCVBUF: case SO_RCVBUFFORCE:
		if (name == SO_RCVBUFFORCE && !admin)
			return -EPERM;
		WRITE_ONCE(s->rcvbuf, buffer_size(value, RCVBUF_MIN, name == SO_RCVBUFFORCE));
		return 0;
	case SO_RCVLOWAT:
		WRITE_ONCE(s->rcvlowat, value < 0 ? INT32_MAX : max(value, 1));
		return 0;
	case SO_PRIORITY:
		if ((value < 0 || value > 6) && !admin)
			return -EPERM;
		WRITE_ONCE(s->priority, value);
		return 0;
	case SO_TYPE: case SO_PROTOCOL: case SO_DOMAIN: case SO_ERROR:
	default:
		return -ENOPROTOOPT;
	}
}

static int set_linger(struct socket *s, const void *value, unsigned len)
{
	if (len < sizeof(s->linger))
		return -EINVAL;
	memcpy(&s->linger, value, sizeof(s->linger));
	return 0;
}

int sockopt_set(struct socket *s, int name, const void *value, unsigned len)
{
	unsigned flag = option_flag(name);
	int number;

	if (len < sizeof(int))
		return -EINVAL;
	memcpy(&number, value, sizeof(number));
	if (name == SO_RCVTIMEO_OLD || name == SO_RCVTIMEO_NEW)
		return set_timeout(&s->rcvtimeo_ns, value, len);
	if (name == SO_SNDTIMEO_OLD || name == SO_SNDTIMEO_NEW)
		return set_timeout(&s->sndtimeo_ns, value, len);
	if (name == SO_LINGER)
		return set_linger(s, value, len);
	if (!flag)
		return set_number(s, name, number);
	if (number)
		__atomic_fetch_or(&s->flags, flag, __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(&s->flags, ~flag, __ATOMIC_RELAXED);
	return 0;
}

static int give(void *value, unsigned *len, const void *from, unsigned size)
{
	*len = min(*len, size);
	memcpy(value, from, *len);
	return 0;
}

static int give_timeout(void *value, unsigned *len, uint64_t ns)
{
	struct __kernel_sock_timeval tv = { .tv_sec = (int64_t)(ns / 1000000000UL),
					    .tv_usec = (int64_t)(ns % 1000000000UL / 1000) };

	return give(value, len, &tv, sizeof(tv));
}

static int get_number(struct socket *s, int name, int *out)
{
	switch (name) {
	case SO_TYPE:
		*out = s->type;
		return 0;
	case SO_DOMAIN:
		*out = s->family;
		return 0;
	case SO_PROTOCOL:
		*out = s->protocol;
		return 0;
	case SO_ERROR:
		*out = s->ops->take_error ? s->ops->take_error(s) : 0;
		return 0;
	case SO_ACCEPTCONN:
		*out = s->ops->is_listening && s->ops->is_listening(s);
		return 0;
	case SO_SNDBUF:
		*out = READ_ONCE(s->sndbuf);
		return 0;
	case SO_RCVBUF:
		*out = READ_ONCE(s->rcvbuf);
		return 0;
	case SO_RCVLOWAT:
		*out = READ_ONCE(s->rcvlowat);
		return 0;
	case SO_SNDLOWAT:
		*out = 1;
		return 0;
	case SO_PRIORITY:
		*out = READ_ONCE(s->priority);
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

int sockopt_get(struct socket *s, int name, void *value, unsigned *len)
{
	unsigned flag = option_flag(name);
	struct ucred cred;
	int number, err;

	if (name == SO_RCVTIMEO_OLD || name == SO_RCVTIMEO_NEW)
		return give_timeout(value, len, READ_ONCE(s->rcvtimeo_ns));
	if (name == SO_SNDTIMEO_OLD || name == SO_SNDTIMEO_NEW)
		return give_timeout(value, len, READ_ONCE(s->sndtimeo_ns));
	if (name == SO_LINGER)
		return give(value, len, &s->linger, sizeof(s->linger));
	if (name == SO_PEERCRED) {
		if (!s->ops->peer_cred)
			return -ENOPROTOOPT;
		err = s->ops->peer_cred(s, &cred);
		return err ? err : give(value, len, &cred, sizeof(cred));
	}
	number = flag && (READ_ONCE(s->flags) & flag) ? 1 : 0;
	err = flag ? 0 : get_number(s, name, &number);
	return err ? err : give(value, len, &number, sizeof(number));
}
