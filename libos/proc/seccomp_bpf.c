/* SPDX-License-Identifier: MIT */
/*
 * seccomp_bpf: the classic BPF machine, as far as seccomp has it: two registers, sixteen words of memory, jumps that
 * only go forward, and 32-bit words of struct seccomp_data to load. What the check let pass is not checked at run
 * time.
 */
#include "abi/errno.h"
#include "mm/slab.h"
#include "proc/seccomp.h"

/* Operations on a value, either the constant or register X. */
#define BOTH(op) case BPF_ALU | (op) | BPF_K: case BPF_ALU | (op) | BPF_X
#define JUMP(op) case BPF_JMP | (op) | BPF_K: case BPF_JMP | (op) | BPF_X

static bool code_known(uint16_t code)
{
	switch (code) {
	case BPF_LD | BPF_W | BPF_ABS: case BPF_LD | BPF_W | BPF_LEN: case BPF_LDX | BPF_W | BPF_LEN:
	case BPF_LD | BPF_IMM: case BPF_LDX | BPF_IMM: case BPF_LD | BPF_MEM: case BPF_LDX | BPF_MEM:
	case BPF_ST: case BPF_STX: case BPF_MISC | BPF_TAX: case BPF_MISC | BPF_TXA:
	case BPF_RET | BPF_K: case BPF_RET | BPF_A: case BPF_ALU | BPF_NEG: case BPF_JMP | BPF_JA:
	BOTH(BPF_ADD): BOTH(BPF_SUB): BOTH(BPF_MUL): BOTH(BPF_DIV): BOTH(BPF_AND): BOTH(BPF_OR): BOTH(BPF_XOR):
	BOTH(BPF_LSH): BOTH(BPF_RSH):
	JUMP(BPF_JEQ): JUMP(BPF_JGT): JUMP(BPF_JGE): JUMP(BPF_JSET):
		return true;
	default:
		return false;
	}
}

/* One instruction by itself, `left` of them behind it. */
static bool insn_ok(const struct sock_filter *in, unsigned left)
{
	if (!code_known(in->code))
		return false;
	switch (in->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		return in->k < sizeof(struct seccomp_data) && !(in->k & 3);
	case BPF_LD | BPF_MEM: case BPF_LDX | BPF_MEM: case BPF_ST: case BPF_STX:
		return in->k < BPF_MEMWORDS;
	case BPF_ALU | BPF_DIV | BPF_K:
		return in->k;
	case BPF_ALU | BPF_LSH | BPF_K: case BPF_ALU | BPF_RSH | BPF_K:
		return in->k < 32;
	case BPF_JMP | BPF_JA:
		return in->k < left;
	default:
		return BPF_CLASS(in->code) != BPF_JMP || (in->jt < left && in->jf < left);
	}
}

/*
 * No word of memory is read that was not written on every way there: `written[n]` is what all jumps to instruction n
 * found written.
 */
static bool memory_ok(const struct sock_filter *insns, unsigned count, uint16_t *written)
{
	uint16_t now = 0;

	for (unsigned i = 0; i < count; i++) {
		const struct sock_filter *in = &insns[i];

		now &= written[i];
		if ((in->code == (BPF_LD | BPF_MEM) || in->code == (BPF_LDX | BPF_MEM)) && !(now & 1u << in->k))
			return false;
		if (in->code == BPF_ST || in->code == BPF_STX)
			now |= (uint16_t)(1u << in->k);
		if (BPF_CLASS(in->code) != BPF_JMP)
			continue;
		if (BPF_OP(in->code) == BPF_JA) {
			written[i + 1 + in->k] &= now;
		} else {
			written[i + 1 + in->jt] &= now;
			written[i + 1 + in->jf] &= now;
		}
		now = UINT16_MAX;	/* what follows is reached by jumps only */
	}
	return true;
}

int seccomp_bpf_check(const struct sock_filter *insns, unsigned count)
{
	uint16_t *written;
	bool good;

	for (unsigned i = 0; i < count; i++) {
		if (!insn_ok(&insns[i], count - i - 1))
			return -EINVAL;
	}
	if (BPF_CLASS(insns[count - 1].code) != BPF_RET)
		return -EINVAL;
	written = kmalloc(count * sizeof(*written), GFP_KERNEL);
	if (!written)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++)
		written[i] = UINT16_MAX;
	good = memory_ok(insns, count, written);
	kfree(written);
	return good ? 0 : -EINVAL;
}

static uint32_t arithmetic(uint16_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		return a / b;
	case BPF_AND:
		return a & b;
	case BPF_OR:
		return a | b;
	case BPF_XOR:
		return a ^ b;
	case BPF_LSH:
		return a << (b & 31);
	case BPF_RSH:
		return a >> (b & 31);
	default:
		return -a;		/* BPF_NEG */
	}
}

static bool condition(uint16_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_JEQ:
		return a == b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	default:
		return a & b;		/* BPF_JSET */
	}
}

static uint32_t load(const struct sock_filter *in, const struct seccomp_data *data, const uint32_t *memory)
{
	switch (BPF_MODE(in->code)) {
	case BPF_ABS:
		return ((const uint32_t *)data)[in->k / 4];
	case BPF_LEN:
		return sizeof(*data);
	case BPF_MEM:
		return memory[in->k];
	default:
		return in->k;		/* BPF_IMM */
	}
}

uint32_t seccomp_bpf_run(const struct sock_filter *in, const struct seccomp_data *data)
{
	uint32_t a = 0, x = 0, value, memory[BPF_MEMWORDS] = { 0 };

	for (;; in++) {
		value = BPF_SRC(in->code) == BPF_X ? x : in->k;
		switch (BPF_CLASS(in->code)) {
		case BPF_LD:
			a = load(in, data, memory);
			break;
		case BPF_LDX:
			x = load(in, data, memory);
			break;
		case BPF_ST:
			memory[in->k] = a;
			break;
		case BPF_STX:
			memory[in->k] = x;
			break;
		case BPF_ALU:
			if (BPF_OP(in->code) == BPF_DIV && !value)
				return SECCOMP_RET_KILL_THREAD;
			a = arithmetic(BPF_OP(in->code), a, value);
			break;
		case BPF_JMP:
			in += BPF_OP(in->code) == BPF_JA ? in->k :
			      condition(BPF_OP(in->code), a, value) ? in->jt : in->jf;
			break;
		case BPF_RET:
			return BPF_RVAL(in->code) == BPF_A ? a : in->k;
		default:
			if (BPF_MISCOP(in->code) == BPF_TAX)
				x = a;
			else
				a = x;
		}
	}
}
