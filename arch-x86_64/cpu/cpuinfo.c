/* SPDX-License-Identifier: MIT */
/* Text of /proc/cpuinfo: Linux's lines, and Linux's names for the feature bits. */
#include "arch/cpu.h"

#include "arch/smp.h"
#include "lib/format.h"
#include "machine/features.h"
#include "machine/msr.h"
#include "machine/time.h"

struct flag_word {
	const uint32_t *word;
	const char *names;		/* 32 of them from bit 0, a dash where Linux shows none */
};

static const struct flag_word flag_words[] = {
	{
		&x86.leaf1_d,
		"fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat pse36 pn "
		"clflush - dts acpi mmx fxsr sse sse2 ss ht tm ia64 pbe",
	},
	{
		&x86.ext1_d,
		"- - - - - - - - - - - syscall - - - - - - - mp nx - mmxext - - fxsr_opt "
		"pdpe1gb rdtscp - lm 3dnowext 3dnow",
	},
	{
		&x86.leaf1_c,
		"pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 cid sdbg fma cx16 "
		"xtpr pdcm - pcid dca sse4_1 sse4_2 x2apic movbe popcnt tsc_deadline_timer aes "
		"xsave - avx f16c rdrand hypervisor",
	},
	{
		&x86.ext1_c,
		"lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a misalignsse 3dnowprefetch "
		"osvw ibs xop skinit wdt - lwp fma4 tce - nodeid_msr - tbm topoext "
		"perfctr_core perfctr_nb - bpext ptsc perfctr_llc mwaitx - -",
	},
	{
		&x86.leaf7_b,
		"fsgsbase tsc_adjust sgx bmi1 hle avx2 - smep bmi2 erms invpcid rtm cqm - mpx "
		"rdt_a avx512f avx512dq rdseed adx smap avx512ifma - clflushopt clwb intel_pt "
		"avx512pf avx512er avx512cd sha_ni avx512bw avx512vl",
	},
	{
		&x86.leaf7_c,
		"- avx512vbmi umip pku ospke waitpkg avx512_vbmi2 - gfni vaes vpclmulqdq "
		"avx512_vnni avx512_bitalg - avx512_vpopcntdq - la57 - - - - - rdpid - - "
		"cldemote - movdiri movdir64b - - -",
	},
	{
		&x86.leaf7_d,
		"- - avx512_4vnniw avx512_4fmaps fsrm - - - - - md_clear - - - serialize - - - "
		"- - - - - - - - - - flush_l1d arch_capabilities - -",
	},
};

static size_t word_length(const char *s)
{
	size_t n = 0;

	while (s[n] && s[n] != ' ')
		n++;
	return n;
}

static int put_flags(char *buf, size_t size, const struct flag_word *f)
{
	const char *name = f->names;
	int n = 0;

	for (unsigned bit = 0; bit < 32 && *name; bit++) {
		size_t len = word_length(name);

		if ((*f->word >> bit & 1) && *name != '-')
			n += kscnprintf(buf + n, size - (size_t)n, " %.*s", (int)len, name);
		name += len + (name[len] == ' ');
	}
	return n;
}

static unsigned cpu_family(void)
{
	unsigned family = x86.leaf1_a >> 8 & 0xf;

	return family == 0xf ? family + (x86.leaf1_a >> 20 & 0xff) : family;
}

static unsigned cpu_model(void)
{
	unsigned family = x86.leaf1_a >> 8 & 0xf, model = x86.leaf1_a >> 4 & 0xf;

	return family == 0x6 || family == 0xf ? model | (x86.leaf1_a >> 12 & 0xf0) : model;
}

size_t arch_cpuinfo(unsigned cpu, char *buf, size_t size)
{
	uint64_t khz = clock_tsc_khz();
	unsigned clflush = (x86.leaf1_b >> 8 & 0xff) * 8;
	uint32_t bits = x86.max_ext_leaf >= 0x80000008 ? cpuid(0x80000008, 0).a : 0x3024;
	int n;

	n = kscnprintf(buf, size,
		       "processor\t: %u\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\nmodel name\t: %s\n"
		       "stepping\t: %u\ncpu MHz\t\t: %llu.%03llu\nphysical id\t: 0\nsiblings\t: %u\ncore id\t\t: %u\n"
		       "cpu cores\t: %u\napicid\t\t: %u\ninitial apicid\t: %u\nfpu\t\t: yes\nfpu_exception\t: yes\n"
		       "cpuid level\t: %u\nwp\t\t: yes\nflags\t\t:",
		       cpu, x86.vendor, cpu_family(), cpu_model(), x86.model, x86.leaf1_a & 0xf,
		       (unsigned long long)(khz / 1000), (unsigned long long)(khz % 1000), arch_smp_nr_cpus(), cpu,
		       arch_smp_nr_cpus(), arch_cpu_of(cpu)->apic_id, arch_cpu_of(cpu)->apic_id, x86.max_leaf);
	for (unsigned i = 0; i < sizeof(flag_words) / sizeof(flag_words[0]); i++)
		n += put_flags(buf + n, size - (size_t)n, &flag_words[i]);
	n += kscnprintf(buf + n, size - (size_t)n,
			"\nbugs\t\t:\nbogomips\t: %llu.%02llu\nclflush size\t: %u\ncache_alignment\t: 64\n"
			"address sizes\t: %u bits physical, %u bits virtual\npower management:\n\n",
			(unsigned long long)(khz / 500), (unsigned long long)(khz / 5 % 100), clflush, bits & 0xff,
			bits >> 8 & 0xff);
	return (size_t)n;
}
