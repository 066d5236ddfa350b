/* SPDX-License-Identifier: MIT */
/*
 * stack: what a program finds on its stack at the first instruction (x86-64 psABI, "Process Initialization";
 * getauxval(3)).
 *
 *   high  8 zero bytes
 *         file name (AT_EXECFN)
 *         environment strings, argument strings below them
 *         platform string, 16 random bytes
 *         padding to 16
 *         auxv, NULL, envp pointers, NULL, argv pointers
 *   sp -> argc
 */
#include "abi/auxvec.h"
#include "abi/errno.h"
#include "core/random.h"
#include "exec/internal.h"
#include "lib/align.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"

#define AUXV_MAX	24

/* Positions found while the strings are laid down. */
struct stack_plan {
	unsigned long sp;		/* moves down */
	unsigned long execfn, args, envs, platform, random;
	unsigned long auxv[AUXV_MAX][2];
	unsigned nr_aux;
};

static int push(struct stack_plan *p, const void *data, size_t size, unsigned long *where)
{
	p->sp -= size;
	*where = p->sp;
	return copy_to_user((void __user *)p->sp, data, size) ? -EFAULT : 0;
}

static int push_strings(struct exec_image *img, struct stack_plan *p)
{
	const char *platform = arch_platform();
	uint64_t random[2];
	int err;

	random_bytes(random, sizeof(random));
	err = push(p, img->path, strlen(img->path) + 1, &p->execfn);
	if (!err)
		err = push(p, img->envp.text, img->envp.size, &p->envs);
	if (!err)
		err = push(p, img->argv.text, img->argv.size, &p->args);
	p->sp &= ~15UL;
	if (!err)
		err = push(p, platform, strlen(platform) + 1, &p->platform);
	if (!err)
		err = push(p, random, sizeof(random), &p->random);
	return err;
}

static void aux(struct stack_plan *p, unsigned long type, unsigned long value)
{
	p->auxv[p->nr_aux][0] = type;
	p->auxv[p->nr_aux++][1] = value;
}

static void fill_auxv(struct exec_image *img, struct stack_plan *p)
{
	const struct exec_layout *l = &img->layout;

	if (img->vdso)
		aux(p, AT_SYSINFO_EHDR, img->vdso);
	aux(p, AT_MINSIGSTKSZ, arch_minsigstksz());
	aux(p, AT_HWCAP, arch_hwcap());
	aux(p, AT_PAGESZ, PAGE_SIZE);
	aux(p, AT_CLKTCK, 100);
	aux(p, AT_PHDR, l->phdr);
	aux(p, AT_PHENT, sizeof(Elf64_Phdr));
	aux(p, AT_PHNUM, l->phnum);
	aux(p, AT_BASE, l->interp_base);
	aux(p, AT_FLAGS, 0);
	aux(p, AT_ENTRY, l->program_entry);
	aux(p, AT_UID, img->cred->uid);
	aux(p, AT_EUID, img->cred->euid);
	aux(p, AT_GID, img->cred->gid);
	aux(p, AT_EGID, img->cred->egid);
	aux(p, AT_SECURE, img->secure);
	aux(p, AT_RANDOM, p->random);
	aux(p, AT_HWCAP2, arch_hwcap2());
	aux(p, AT_EXECFN, p->execfn);
	aux(p, AT_PLATFORM, p->platform);
	aux(p, AT_NULL, 0);
}

/* Pointers to `n` strings lying one after the other at `where`, then NULL. Advances *out. */
static int put_vector(unsigned long __user **out, const struct exec_strings *s, unsigned long where)
{
	size_t at = 0;

	for (unsigned i = 0; i < s->count; i++) {
		if (put_user(where + at, *out))
			return -EFAULT;
		++*out;
		at += strlen(s->text + at) + 1;
	}
	if (put_user(0UL, *out))
		return -EFAULT;
	++*out;
	return 0;
}

int exec_stack(struct exec_image *img, unsigned long *sp)
{
	struct mm *mm = img->mm;
	struct stack_plan p = { .sp = mm_stack_top(mm) - sizeof(unsigned long) };
	unsigned long __user *out;
	size_t words;
	int err = push_strings(img, &p);

	if (err)
		return err;
	fill_auxv(img, &p);
	words = 1 + img->argv.count + 1 + img->envp.count + 1 + p.nr_aux * 2;
	p.sp = ALIGN_DOWN(ALIGN_DOWN(p.sp, 16) - words * sizeof(unsigned long), 16);
	out = (unsigned long __user *)p.sp;
	if (put_user((unsigned long)img->argv.count, out))
		return -EFAULT;
	out++;
	err = put_vector(&out, &img->argv, p.args);
	if (!err)
		err = put_vector(&out, &img->envp, p.envs);
	if (!err && copy_to_user(out, p.auxv, p.nr_aux * sizeof(p.auxv[0])))
		err = -EFAULT;
	mm_set_args(mm, p.args, p.args + img->argv.size, p.envs, p.envs + img->envp.size);
	mm_set_auxv(mm, &p.auxv[0][0], p.nr_aux * 2);
	*sp = p.sp;
	return err;
}
