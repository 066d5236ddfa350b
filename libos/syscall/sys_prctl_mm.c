/* SPDX-License-Identifier: MIT */
/*
 * PR_SET_MM: where a program says its code, data, heap, stack, arguments and environment lie. It is told to /proc and
 * to brk(2), for checkpoints that are restored and programs that rename themselves. Source: PR_SET_MM(2const).
 */
#include "syscall/sys_prctl_mm.h"

#include "abi/errno.h"
#include "abi/prctl.h"
#include "abi/resource.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "mm/vma.h"
#include "proc/task.h"
#include "syscall/syscall.h"

#define LEAST_ADDR	0x10000UL	/* vm.mmap_min_addr */

/* Addresses of the map, by PR_SET_MM_*. */
static const uint8_t field_of[] = {
	[PR_SET_MM_START_CODE] = offsetof(struct prctl_mm_map, start_code),
	[PR_SET_MM_END_CODE] = offsetof(struct prctl_mm_map, end_code),
	[PR_SET_MM_START_DATA] = offsetof(struct prctl_mm_map, start_data),
	[PR_SET_MM_END_DATA] = offsetof(struct prctl_mm_map, end_data),
	[PR_SET_MM_START_STACK] = offsetof(struct prctl_mm_map, start_stack),
	[PR_SET_MM_START_BRK] = offsetof(struct prctl_mm_map, start_brk),
	[PR_SET_MM_BRK] = offsetof(struct prctl_mm_map, brk),
	[PR_SET_MM_ARG_START] = offsetof(struct prctl_mm_map, arg_start),
	[PR_SET_MM_ARG_END] = offsetof(struct prctl_mm_map, arg_end),
	[PR_SET_MM_ENV_START] = offsetof(struct prctl_mm_map, env_start),
	[PR_SET_MM_ENV_END] = offsetof(struct prctl_mm_map, env_end),
};

static void take_locked(const struct mm *mm, struct prctl_mm_map *map)
{
	assert_held(&mm->lock);
	*map = (struct prctl_mm_map){
		.start_code = mm->start_code, .end_code = mm->end_code, .start_data = mm->start_data,
		.end_data = mm->end_data, .start_brk = mm->start_brk, .brk = mm->brk, .start_stack = mm->stack_top,
		.arg_start = mm->arg_start, .arg_end = mm->arg_end, .env_start = mm->env_start,
		.env_end = mm->env_end, .exe_fd = UINT32_MAX,
	};
}

static bool sane(const struct prctl_mm_map *map, uint64_t most_data)
{
	for (unsigned i = PR_SET_MM_START_CODE; i < ARRAY_SIZE(field_of); i++) {
		uint64_t addr = *(const __u64 *)((const char *)map + field_of[i]);

		if (addr < LEAST_ADDR || addr >= ARCH_USER_MAX)
			return false;
	}
	return map->start_code < map->end_code && map->start_data <= map->end_data && map->start_brk <= map->brk &&
	       map->arg_start <= map->arg_end && map->env_start <= map->env_end &&
	       (most_data == RLIM64_INFINITY ||
		map->brk - map->start_brk + (map->end_data - map->start_data) <= most_data);
}

static void put_locked(struct mm *mm, const struct prctl_mm_map *map)
{
	assert_held(&mm->lock);
	mm_set_code(mm, map->start_code, map->end_code, map->start_data, map->end_data);
	mm_set_args(mm, map->arg_start, map->arg_end, map->env_start, map->env_end);
	mm->start_brk = map->start_brk;
	mm->brk = map->brk;
	mm->stack_top = map->start_stack;
}

/* The last word stays AT_NULL. words 0: nothing to change. */
static void put_auxv_locked(struct mm *mm, const unsigned long *auxv, unsigned words)
{
	unsigned long all[MM_AUXV_WORDS] = { 0 };

	assert_held(&mm->lock);
	if (!words)
		return;
	memcpy(all, auxv, words * sizeof(all[0]));
	all[MM_AUXV_WORDS - 1] = all[MM_AUXV_WORDS - 2] = 0;
	mm_set_auxv(mm, all, MM_AUXV_WORDS);
}

static long copy_auxv(unsigned long *auxv, const void __user *from, size_t size)
{
	if (size > MM_AUXV_WORDS * sizeof(*auxv))
		return -EINVAL;
	memset(auxv, 0, MM_AUXV_WORDS * sizeof(*auxv));
	return copy_from_user(auxv, from, size) ? -EFAULT : 0;
}

static long set_auxv(const void __user *from, size_t size)
{
	unsigned long auxv[MM_AUXV_WORDS];
	struct mm *mm = current->mm;
	long err = copy_auxv(auxv, from, size);

	if (err)
		return err;
	mm_write_lock(mm);
	put_auxv_locked(mm, auxv, (unsigned)(size / sizeof(auxv[0])));
	mm_write_unlock(mm);
	return 0;
}

/* Another program for /proc/PID/exe is not taken: exe_fd is to be -1. */
static long set_map(const struct prctl_mm_map __user *from, size_t size)
{
	unsigned long auxv[MM_AUXV_WORDS];
	struct mm *mm = current->mm;
	struct prctl_mm_map map;
	long err;

	if (size != sizeof(map))
		return -EINVAL;
	if (copy_from_user(&map, from, sizeof(map)))
		return -EFAULT;
	if (!sane(&map, rlimit_cur(current->process, RLIMIT_DATA)) || map.exe_fd != UINT32_MAX ||
	    !map.auxv != !map.auxv_size)
		return -EINVAL;
	err = copy_auxv(auxv, (const void __user *)map.auxv, map.auxv_size);
	if (err)
		return err;
	mm_write_lock(mm);
	put_locked(mm, &map);
	put_auxv_locked(mm, auxv, map.auxv_size / sizeof(auxv[0]));
	mm_write_unlock(mm);
	return 0;
}

static long set_one(unsigned long what, vaddr_t addr)
{
	struct mm *mm = current->mm;
	struct prctl_mm_map map;
	struct vma *vma;
	long err = -EINVAL;

	mm_write_lock(mm);
	vma = vma_find(mm, addr);
	take_locked(mm, &map);
	*(__u64 *)((char *)&map + field_of[what]) = addr;
	if (!sane(&map, rlimit_cur(current->process, RLIMIT_DATA)))
		goto out;
	err = -EFAULT;
	if (!vma && (what == PR_SET_MM_START_STACK || what >= PR_SET_MM_ARG_START))
		goto out;
	put_locked(mm, &map);
	err = 0;
out:
	mm_write_unlock(mm);
	return err;
}

long prctl_set_mm(unsigned long what, unsigned long addr, unsigned long a4, unsigned long a5)
{
	if (a5 || (a4 && what != PR_SET_MM_AUXV && what != PR_SET_MM_MAP && what != PR_SET_MM_MAP_SIZE))
		return -EINVAL;
	if (what == PR_SET_MM_MAP_SIZE)
		return put_user((unsigned)sizeof(struct prctl_mm_map), (unsigned __user *)addr);
	if (what == PR_SET_MM_MAP)
		return set_map((const struct prctl_mm_map __user *)addr, a4);
	if (!cred_capable(current->cred, CAP_SYS_RESOURCE))
		return -EPERM;
	if (what == PR_SET_MM_AUXV)
		return set_auxv((const void __user *)addr, a4);
	if (!what || what >= ARRAY_SIZE(field_of) || addr < LEAST_ADDR || addr >= ARCH_USER_MAX)
		return -EINVAL;
	return set_one(what, addr);
}
