/* SPDX-License-Identifier: MIT */
/*
 * FUTEX_WAKE and FUTEX_CMP_REQUEUE of a shared word look the page up: EFAULT where there is none, it cannot be read, or
 * it lies behind its file's end. For a private word the address alone counts. Source: futex(2).
 */
#include "lib/contract.h"

#include <linux/futex.h>

static long wake(void *word, int flags)
{
	return syscall(SYS_futex, word, FUTEX_WAKE | flags, 1, NULL, NULL, 0);
}

void contract_main(void)
{
	uint32_t good = 0;
	char *none, *past;
	int fd;

	tmp_dir();
	fd = REQUIRE_OK(open("file", O_CREAT | O_RDWR, 0600));
	none = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	past = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(none != MAP_FAILED && past != MAP_FAILED && ftruncate(fd, PAGE) == 0);
	CHECK_ERR(wake(none, 0), EFAULT, "wake of a word nobody may read");
	CHECK_ERR(wake(past + PAGE, 0), EFAULT, "wake of a word behind the end of its file");
	CHECK_INT(wake(past, 0), 0, "wake of one inside it");
	CHECK_ERR(syscall(SYS_futex, &good, FUTEX_CMP_REQUEUE, 1, 1, none, 0), EFAULT, "requeue to such a word");
	CHECK_INT(wake(none, FUTEX_PRIVATE_FLAG), 0, "a private word is not looked at");
	REQUIRE(munmap(past, 2 * PAGE) == 0);
	CHECK_ERR(wake(past, 0), EFAULT, "wake where nothing is mapped");
}
