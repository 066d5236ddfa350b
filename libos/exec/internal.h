/* SPDX-License-Identifier: MIT */
/*
 * exec/internal.h: the program being loaded, passed from step to step.
 */
#pragma once

#include "abi/elf.h"
#include "exec/exec.h"
#include "lib/types.h"

#define EXEC_HEAD_SIZE		256	/* bytes of the file looked at: BINPRM_BUF_SIZE of Linux */
#define EXEC_MAX_SCRIPTS	5	/* nested #! interpreters before ELOOP */
#define EXEC_STRING_MAX		(32 * PAGE_SIZE)	/* one argument with its NUL: MAX_ARG_STRLEN */

struct cred;
struct file;
struct mm;

/* Strings in the order they go onto the stack: NUL-terminated, one after the other. */
struct exec_strings {
	char *text;			/* kvmalloc'd */
	size_t size, capacity;		/* bytes */
	unsigned count;
};

/* Where the parts of a loaded program are, for auxv and registers. */
struct exec_layout {
	unsigned long entry;		/* first instruction: the interpreter's, else the program's */
	unsigned long program_entry;	/* AT_ENTRY */
	unsigned long phdr;		/* AT_PHDR: user address of the program headers; 0: not in memory */
	unsigned phnum;
	unsigned long interp_base;	/* AT_BASE; 0 without interpreter */
	unsigned long start_code, end_code, start_data, end_data, brk;
	bool exec_stack;
};

struct exec_image {
	struct file *file;		/* what is loaded; for a script its interpreter */
	char *path;			/* AT_EXECFN, what the caller named (kmalloc'd) */
	char *script;			/* name the next interpreter is given for its script */
	bool path_closes;		/* execve closes the descriptor in path: no interpreter could open it */
	unsigned scripts;		/* nesting so far */
	uint8_t head[EXEC_HEAD_SIZE];	/* first bytes of file, zero-padded */
	struct exec_strings argv, envp;
	size_t limit;			/* bytes both may take on the stack, pointers included */
	Elf64_Ehdr ehdr;
	Elf64_Phdr *phdr;		/* ehdr.e_phnum of them */
	struct file *interp_file;	/* PT_INTERP's; NULL */
	Elf64_Ehdr interp_ehdr;
	Elf64_Phdr *interp_phdr;
	struct cred *cred;		/* of the new program */
	bool cred_committed;		/* the task owns it */
	bool secure;			/* AT_SECURE */
	unsigned clear_personality;	/* bits that a program with more rights does not take over */
	struct mm *mm;			/* the new address space */
	struct exec_layout layout;
	vaddr_t vdso;
};

/* --- strings.c --- */
int __must_check exec_strings_add(struct exec_image *img, struct exec_strings *s, const char *text);
int __must_check exec_strings_add_user(struct exec_image *img, struct exec_strings *s,
				       const char __user *const __user *vec);
/* Put `text` before all others (a script's interpreter and its argument). */
int __must_check exec_strings_prepend(struct exec_image *img, struct exec_strings *s, const char *text);
/* Drop the first string: argv[0] of a script. */
void exec_strings_shift(struct exec_strings *s);
void exec_strings_free(struct exec_strings *s);

/* --- script.c: img->head starts with "#!": replaces file and arguments by the interpreter's. --- */
int __must_check exec_script(struct exec_image *img);
/* Open an executable: permission, type and ETXTBSY checks done; head read when not NULL. */
int __must_check exec_open(int dirfd, const char *name, unsigned lookup, struct file **out, uint8_t *head);

/* --- elf.c --- */
/* Before the point of no return: headers, interpreter. -ENOEXEC and what else Linux gives. */
int __must_check elf_prepare(struct exec_image *img);
/* After: map program and interpreter into the current address space, fill layout. */
int __must_check elf_map(struct exec_image *img);

/* --- stack.c: strings, pointers and auxv on the new stack; *sp is the user stack pointer. --- */
int __must_check exec_stack(struct exec_image *img, unsigned long *sp);
