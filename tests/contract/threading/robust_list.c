/* SPDX-License-Identifier: MIT */
/*
 * Robust futexes: set_robust_list takes its size only, get returns it; an owner's death is told
 * to the next.
 */
#include "lib/contract.h"

#include <pthread.h>

static struct shared {
	pthread_mutex_t mutex;
	volatile int locked;
} *shm;

static void *dies_locked(void *arg)
{
	pthread_mutex_lock(arg);
	return NULL;
}

void contract_main(void)
{
	struct { void *next; long offset; void *pending; } head, *got;
	pthread_mutexattr_t attr;
	pthread_mutex_t mutex;
	size_t len;
	pthread_t t;
	pid_t pid;

	shm = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(shm != MAP_FAILED);
	pthread_mutexattr_init(&attr);
	REQUIRE(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST) == 0);
	REQUIRE(pthread_mutex_init(&mutex, &attr) == 0);
	REQUIRE(pthread_create(&t, NULL, dies_locked, &mutex) == 0);
	REQUIRE(pthread_join(t, NULL) == 0);
	CHECK_INT(pthread_mutex_lock(&mutex), EOWNERDEAD, "a thread ended as owner: EOWNERDEAD");
	CHECK_INT(pthread_mutex_consistent(&mutex), 0, "made consistent");
	CHECK_INT(pthread_mutex_unlock(&mutex), 0, "and unlocked");
	CHECK_INT(pthread_mutex_lock(&mutex), 0, "it is as before");
	pthread_mutex_unlock(&mutex);
	REQUIRE(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED) == 0);
	REQUIRE(pthread_mutex_init(&shm->mutex, &attr) == 0);
	pid = fork_child();
	if (pid == 0) {
		pthread_mutex_lock(&shm->mutex);
		shm->locked = 1;
		for (;;)
			pause();
	}
	REQUIRE(EVENTUALLY(shm->locked, 5000));
	CHECK_INT(pthread_mutex_trylock(&shm->mutex), EBUSY, "locked by a process");
	kill(pid, SIGKILL);
	wait_status(pid);
	CHECK_INT(pthread_mutex_lock(&shm->mutex), EOWNERDEAD, "killed as owner: EOWNERDEAD");
	head.next = &head, head.offset = 0, head.pending = NULL;
	CHECK_ERR(syscall(SYS_set_robust_list, &head, 10), EINVAL, "a wrong size is EINVAL");
	CHECK_INT(syscall(SYS_set_robust_list, &head, sizeof(head)), 0, "24 bytes are accepted");
	CHECK_INT(syscall(SYS_get_robust_list, 0, &got, &len), 0, "get_robust_list");
	CHECK((void *)got == (void *)&head && len == sizeof(head), "returns it");
	CHECK_ERR(syscall(SYS_get_robust_list, 0x7ffffffe, &got, &len), ESRCH,
		  "of nobody is ESRCH");
}
