/* SPDX-License-Identifier: MIT */
/* iov: see iov.h. A step copies within one segment; iov_advance() moves to the next. */
#include "mm/iov.h"

#include "abi/errno.h"
#include "abi/limits.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/uaccess.h"

void iov_init_user(struct iov_iter *it, struct iovec *one, void __user *buf, size_t size)
{
	one->iov_base = (__force void *)buf;
	one->iov_len = min(size, MAX_RW_COUNT);
	*it = (struct iov_iter){ .kind = IOV_USER, .iov = one, .nr = 1, .count = one->iov_len };
}

void iov_init_kernel(struct iov_iter *it, struct iovec *one, void *buf, size_t size)
{
	one->iov_base = buf;
	one->iov_len = size;
	*it = (struct iov_iter){ .kind = IOV_KERNEL, .iov = one, .nr = 1, .count = size };
}

/* Lengths as readv(2): each fits ssize_t, each base is a user address; the sum is cut, not refused. */
static int check_segments(struct iovec *iov, unsigned long nr, size_t *total)
{
	size_t sum = 0;

	for (unsigned long i = 0; i < nr; i++) {
		if ((ssize_t)iov[i].iov_len < 0)
			return -EINVAL;
		if (!user_range_ok((void __user *)iov[i].iov_base, iov[i].iov_len))
			return -EFAULT;
		iov[i].iov_len = min((size_t)iov[i].iov_len, MAX_RW_COUNT - sum);
		sum += iov[i].iov_len;
	}
	*total = sum;
	return 0;
}

int iov_import(struct iov_iter *it, const struct iovec __user *vec, unsigned long nr, struct iovec *fast,
	       struct iovec **out)
{
	struct iovec *iov = fast;
	size_t total;
	int err;

	*out = NULL;
	if (nr > UIO_MAXIOV)
		return -EINVAL;
	if (nr > IOV_FAST) {
		iov = kmalloc(nr * sizeof(*iov), GFP_KERNEL);
		if (!iov)
			return -ENOMEM;
	}
	err = copy_from_user(iov, vec, nr * sizeof(*iov)) ? -EFAULT : check_segments(iov, nr, &total);
	if (err) {
		if (iov != fast)
			kfree(iov);
		return err;
	}
	*out = iov == fast ? NULL : iov;
	*it = (struct iov_iter){ .kind = IOV_USER, .iov = iov, .nr = (unsigned)nr, .count = total };
	return 0;
}

/* The contiguous piece at the front: its address and length. */
static char *front(const struct iov_iter *it, size_t *len)
{
	*len = min(it->iov->iov_len - it->offset, it->count);
	return (char *)it->iov->iov_base + it->offset;
}

void iov_advance(struct iov_iter *it, size_t n)
{
	it->count -= n;
	while (it->nr) {
		size_t left = it->iov->iov_len - it->offset;

		if (n < left || (n == left && !it->count)) {
			it->offset += n;
			return;
		}
		n -= left;
		it->iov++;
		it->nr--;
		it->offset = 0;
	}
}

void iov_revert(struct iov_iter *it, size_t n)
{
	it->count += n;
	while (n > it->offset) {
		n -= it->offset;
		it->iov--;
		it->nr++;
		it->offset = it->iov->iov_len;
	}
	it->offset -= n;
}

size_t copy_to_iter(const void *from, size_t n, struct iov_iter *it)
{
	size_t done = 0, len, left;
	char *to;

	n = min(n, it->count);
	while (done < n) {
		to = front(it, &len);
		len = min(len, n - done);
		left = 0;
		if (it->kind == IOV_KERNEL)
			memcpy(to, (const char *)from + done, len);
		else
			left = copy_to_user((void __user *)to, (const char *)from + done, len);
		iov_advance(it, len - left);
		done += len - left;
		if (left)
			break;
	}
	return done;
}

size_t copy_from_iter(void *to, size_t n, struct iov_iter *it)
{
	size_t done = 0, len, left;
	char *from;

	n = min(n, it->count);
	while (done < n) {
		from = front(it, &len);
		len = min(len, n - done);
		left = 0;
		if (it->kind == IOV_KERNEL)
			memcpy((char *)to + done, from, len);
		else
			left = copy_from_user((char *)to + done, (const void __user *)from, len);
		iov_advance(it, len - left);
		done += len - left;
		if (left)
			break;
	}
	return done;
}

size_t zero_iter(size_t n, struct iov_iter *it)
{
	size_t done = 0, len, left;
	char *to;

	n = min(n, it->count);
	while (done < n) {
		to = front(it, &len);
		len = min(len, n - done);
		left = 0;
		if (it->kind == IOV_KERNEL)
			memset(to, 0, len);
		else
			left = clear_user((void __user *)to, len);
		iov_advance(it, len - left);
		done += len - left;
		if (left)
			break;
	}
	return done;
}

size_t iov_fault_in_read(const struct iov_iter *it, size_t n)
{
	struct iov_iter copy = *it;
	size_t done = 0, len, bad;
	char *from;

	n = min(n, it->count);
	while (it->kind == IOV_USER && done < n) {
		from = front(&copy, &len);
		len = min(len, n - done);
		bad = user_fault_in_read((const void __user *)from, len);
		done += len - bad;
		if (bad)
			return done;
		iov_advance(&copy, len);
	}
	return n;
}
