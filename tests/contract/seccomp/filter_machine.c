/* SPDX-License-Identifier: MIT */
/* The machine computes: arguments, every operation, memory, jumps; its result is an errno. */
#include "lib/seccomp.h"

#define OP(op, k) BPF_STMT(BPF_ALU | (op) | BPF_K, (k))
#define OPX(op) BPF_STMT(BPF_ALU | (op) | BPF_X, 0)
#define IMM(k) BPF_STMT(BPF_LD | BPF_IMM, (k))
#define XIMM(k) BPF_STMT(BPF_LDX | BPF_IMM, (k))

/* getppid(a, b) answers with what the instructions leave in A. */
#define RESULT(a, b, ...) ({								\
	pid_t pid_ = fork_child();							\
	if (pid_ == 0) {								\
		give_up_privileges();							\
		if (INSTALL(0, LOAD(nr), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 1, 0),	\
			    RET(SECCOMP_RET_ALLOW), __VA_ARGS__, OP(BPF_AND, 0xff),		\
			    OP(BPF_OR, SECCOMP_RET_ERRNO), BPF_STMT(BPF_RET | BPF_A, 0)))	\
			_exit(250);							\
		_exit(syscall(SYS_getppid, (a), (b)) == -1 ? errno : 251);		\
	}										\
	int status_ = wait_status(pid_);						\
	WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_); })

void contract_main(void)
{
	CHECK_INT(RESULT(21, 0, LOAD(args[0])), 21, "the first argument");
	CHECK_INT(RESULT(0, 22UL << 32, BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 28)), 22, "the second's upper half");
	CHECK_INT(RESULT(0, 0, BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0)), 64, "the length of the data");
	CHECK_INT(RESULT(0, 0, LOAD(arch), OP(BPF_AND, 0xff)), AUDIT_ARCH_X86_64 & 0xff, "the architecture");
	CHECK_INT(RESULT(0, 0, IMM(7), OP(BPF_ADD, 5), OP(BPF_SUB, 2), OP(BPF_MUL, 9), OP(BPF_DIV, 4)), 22, "+ - * /");
	CHECK_INT(RESULT(0, 0, IMM(6), OP(BPF_XOR, 3), OP(BPF_LSH, 4), OP(BPF_RSH, 2)), 20, "xor and shifts");
	CHECK_INT(RESULT(0, 0, IMM(7), XIMM(5), OPX(BPF_ADD), XIMM(3), OPX(BPF_MUL), OPX(BPF_DIV), OPX(BPF_SUB)), 9,
		  "with register X");
	CHECK_INT(RESULT(0, 0, IMM(0), OP(BPF_SUB, 200), BPF_STMT(BPF_ALU | BPF_NEG, 0)), 200, "negated");
	CHECK_INT(RESULT(0, 0, IMM(9), BPF_STMT(BPF_ST, 3), IMM(1), BPF_STMT(BPF_LDX | BPF_MEM, 3),
			 BPF_STMT(BPF_MISC | BPF_TXA, 0)), 9, "memory, X to A");
	CHECK_INT(RESULT(0, 0, IMM(8), BPF_STMT(BPF_MISC | BPF_TAX, 0), BPF_STMT(BPF_STX, 15), IMM(0),
			 BPF_STMT(BPF_LD | BPF_MEM, 15)), 8, "A to X, to memory");
	CHECK_INT(RESULT(0, 0, IMM(5), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 5, 1, 0), OP(BPF_ADD, 1),
			 BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 6, 1, 0), OP(BPF_ADD, 10),
			 BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 2, 0, 1), OP(BPF_ADD, 20),
			 BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), IMM(99)), 26, "jumps");
	CHECK_INT(RESULT(0, 0, IMM(1), XIMM(0), OPX(BPF_DIV)), -SIGSYS, "a division by X = 0 ends the thread");
}
