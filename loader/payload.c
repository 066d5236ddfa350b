/* SPDX-License-Identifier: MIT */
/*
 * payload: check the kernel ELF and write what both loaders load (boot_info.h, "payload file").
 *
 * Model. Three steps, each of which stops at the first thing wrong: (1) libelf opens the file and the
 * ELF header is checked; (2) the PT_LOAD segments are collected, each checked alone, then sorted by
 * physical address and checked against each other; (3) entry point and PVH note are checked against
 * them. Only then is anything written, to a temporary name that is renamed when complete.
 *
 * The output depends on the loaded segments and the entry alone: section headers, symbols and debug
 * information do not change it. Exit status: 0, or 1 with the reason on standard error.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <getopt.h>
#include <inttypes.h>
#include <libelf.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/boot_info.h"
#include "loader/common/crc32.h"
#include "loader/common/payload_stream.h"

#define PAGE			4096ULL
#define PVH_NOTE_NAME		"Xen"
#define PVH_NOTE_TYPE		18	/* XEN_ELFNOTE_PHYS32_ENTRY */
#define IMAGE_MAX		(256ULL << 20)

struct segment {
	GElf_Phdr ph;
	size_t index;			/* in the program header table, for messages */
};

struct kernel {
	const char *path;
	Elf *elf;
	char *bytes;			/* the whole file */
	size_t size;
	GElf_Ehdr eh;
	struct segment seg[PAYLOAD_SEGMENTS_MAX];
	uint32_t nr_segments;
	uint64_t entry;			/* physical */
	uint64_t pvh_entry;		/* physical */
};

static _Noreturn void __attribute__((format(printf, 2, 3)))
refuse(const struct kernel *k, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "payload: %s: ", k->path);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

static uint64_t page_up(uint64_t value)
{
	return (value + PAGE - 1) & ~(PAGE - 1);
}

static void open_kernel(struct kernel *k)
{
	int fd = open(k->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		refuse(k, "cannot be opened: %s", strerror(errno));
	if (elf_version(EV_CURRENT) == EV_NONE)
		refuse(k, "libelf is too old: %s", elf_errmsg(-1));
	k->elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!k->elf)
		refuse(k, "cannot be read: %s", elf_errmsg(-1));
	if (elf_kind(k->elf) != ELF_K_ELF)
		refuse(k, "is not an ELF file");
	k->bytes = elf_rawfile(k->elf, &k->size);
	if (!k->bytes)
		refuse(k, "cannot be read: %s", elf_errmsg(-1));
	close(fd);
}

static void check_elf_header(struct kernel *k)
{
	if (gelf_getclass(k->elf) != ELFCLASS64)
		refuse(k, "is not a 64-bit ELF file");
	if (!gelf_getehdr(k->elf, &k->eh))
		refuse(k, "has no valid ELF header: %s", elf_errmsg(-1));
	if (k->eh.e_ident[EI_DATA] != ELFDATA2LSB)
		refuse(k, "is not little endian");
	if (k->eh.e_ident[EI_VERSION] != EV_CURRENT || k->eh.e_version != EV_CURRENT)
		refuse(k, "has an unknown ELF version");
	if (k->eh.e_machine != EM_X86_64)
		refuse(k, "is not for x86-64 (machine %u)", (unsigned int)k->eh.e_machine);
	if (k->eh.e_type != ET_EXEC)
		refuse(k, "is not linked to a fixed address (type %u, wanted ET_EXEC)",
		       (unsigned int)k->eh.e_type);
	if (k->eh.e_phentsize != sizeof(Elf64_Phdr))
		refuse(k, "has program headers of %u bytes, wanted %zu",
		       (unsigned int)k->eh.e_phentsize, sizeof(Elf64_Phdr));
}

static void check_segment_place(const struct kernel *k, const struct segment *s)
{
	const GElf_Phdr *ph = &s->ph;

	if (ph->p_paddr % PAGE || ph->p_vaddr % PAGE)
		refuse(k, "segment %zu: address %#" PRIx64 " (physical %#" PRIx64
		       ") is not 4 KiB aligned", s->index, ph->p_vaddr, ph->p_paddr);
	if (ph->p_align & (ph->p_align - 1))
		refuse(k, "segment %zu: alignment %#" PRIx64 " is not a power of two",
		       s->index, ph->p_align);
	if (ph->p_align > 1 && ph->p_offset % ph->p_align != ph->p_vaddr % ph->p_align)
		refuse(k, "segment %zu: file offset %#" PRIx64 " and address %#" PRIx64
		       " disagree modulo the alignment %#" PRIx64,
		       s->index, ph->p_offset, ph->p_vaddr, ph->p_align);
	if (ph->p_paddr < PAYLOAD_LOWEST)
		refuse(k, "segment %zu: physical address %#" PRIx64 " is below 1 MiB",
		       s->index, ph->p_paddr);
	if (ph->p_paddr >= PAYLOAD_LIMIT || ph->p_memsz > PAYLOAD_LIMIT - ph->p_paddr)
		refuse(k, "segment %zu: physical %#" PRIx64 " + %#" PRIx64
		       " bytes reaches beyond 4 GiB", s->index, ph->p_paddr, ph->p_memsz);
	if (ph->p_memsz - 1 > UINT64_MAX - ph->p_vaddr)
		refuse(k, "segment %zu: wraps around the address space", s->index);
}

static void check_segment(const struct kernel *k, const struct segment *s)
{
	const GElf_Phdr *ph = &s->ph;

	if (ph->p_filesz > ph->p_memsz)
		refuse(k, "segment %zu: file size %#" PRIx64 " is larger than memory size %#" PRIx64,
		       s->index, ph->p_filesz, ph->p_memsz);
	if (ph->p_offset > k->size || ph->p_filesz > k->size - ph->p_offset)
		refuse(k, "segment %zu: its bytes lie beyond the end of the file (truncated?)",
		       s->index);
	check_segment_place(k, s);
	if ((ph->p_flags & PF_W) && (ph->p_flags & PF_X))
		refuse(k, "segment %zu: is writable and executable", s->index);
}

static int by_paddr(const void *a, const void *b)
{
	uint64_t x = ((const struct segment *)a)->ph.p_paddr;
	uint64_t y = ((const struct segment *)b)->ph.p_paddr;

	return (x > y) - (x < y);
}

static void check_together(const struct kernel *k)
{
	const GElf_Phdr *first = &k->seg[0].ph, *last;

	for (uint32_t i = 1; i < k->nr_segments; i++) {
		const struct segment *a = &k->seg[i - 1], *b = &k->seg[i];

		if (b->ph.p_paddr < page_up(a->ph.p_paddr + a->ph.p_memsz))
			refuse(k, "segments %zu and %zu overlap in physical memory (%#" PRIx64
			       " + %#" PRIx64 " bytes, %#" PRIx64 ")", a->index, b->index,
			       a->ph.p_paddr, a->ph.p_memsz, b->ph.p_paddr);
	}
	last = &k->seg[k->nr_segments - 1].ph;
	if (last->p_paddr + last->p_memsz - first->p_paddr > IMAGE_MAX)
		refuse(k, "the segments span more than 256 MiB of physical memory");
}

static void collect_segments(struct kernel *k)
{
	size_t count;

	if (elf_getphdrnum(k->elf, &count))
		refuse(k, "has no valid program header table: %s", elf_errmsg(-1));
	for (size_t i = 0; i < count; i++) {
		struct segment s = { .index = i };

		if (!gelf_getphdr(k->elf, (int)i, &s.ph))
			refuse(k, "program header %zu cannot be read: %s", i, elf_errmsg(-1));
		if (s.ph.p_type == PT_INTERP || s.ph.p_type == PT_DYNAMIC)
			refuse(k, "is dynamically linked (program header %zu)", i);
		if (s.ph.p_type != PT_LOAD || !s.ph.p_memsz)
			continue;
		check_segment(k, &s);
		if (k->nr_segments == PAYLOAD_SEGMENTS_MAX)
			refuse(k, "has more than %d loadable segments", PAYLOAD_SEGMENTS_MAX);
		k->seg[k->nr_segments++] = s;
	}
	if (!k->nr_segments)
		refuse(k, "has no loadable segment");
	qsort(k->seg, k->nr_segments, sizeof(k->seg[0]), by_paddr);
	check_together(k);
}

/* The executable segment whose file bytes hold this physical address, or NULL. */
static const struct segment *code_at(const struct kernel *k, uint64_t paddr)
{
	for (uint32_t i = 0; i < k->nr_segments; i++) {
		const struct segment *s = &k->seg[i];

		if ((s->ph.p_flags & PF_X) && paddr >= s->ph.p_paddr &&
		    paddr - s->ph.p_paddr < s->ph.p_filesz)
			return s;
	}
	return NULL;
}

/* e_entry is a virtual address where the linker script gives one, else physical. */
static void check_entry(struct kernel *k)
{
	uint64_t entry = k->eh.e_entry;

	for (uint32_t i = 0; i < k->nr_segments; i++) {
		const GElf_Phdr *ph = &k->seg[i].ph;

		if ((ph->p_flags & PF_X) && entry >= ph->p_vaddr &&
		    entry - ph->p_vaddr < ph->p_filesz) {
			k->entry = ph->p_paddr + (entry - ph->p_vaddr);
			return;
		}
	}
	if (!code_at(k, entry))
		refuse(k, "entry point %#" PRIx64 " is not inside an executable segment", entry);
	k->entry = entry;
}

/* Look for the PVH note in one PT_NOTE segment. Returns true and the address if it is there. */
static bool find_pvh_note(const struct kernel *k, const GElf_Phdr *ph, uint64_t *entry)
{
	Elf_Data *data;
	GElf_Nhdr nh;
	size_t next, name, desc, at = 0;

	if (ph->p_offset > k->size || ph->p_filesz > k->size - ph->p_offset)
		refuse(k, "a note segment lies beyond the end of the file (truncated?)");
	data = elf_getdata_rawchunk(k->elf, (int64_t)ph->p_offset, ph->p_filesz,
				    ph->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
	for (; data && (next = gelf_getnote(data, at, &nh, &name, &desc)) > 0; at = next) {
		const char *bytes = data->d_buf;

		if (nh.n_type != PVH_NOTE_TYPE || nh.n_namesz != sizeof(PVH_NOTE_NAME) ||
		    memcmp(bytes + name, PVH_NOTE_NAME, sizeof(PVH_NOTE_NAME)))
			continue;
		if (nh.n_descsz != 4 && nh.n_descsz != 8)
			refuse(k, "its PVH note holds %u bytes, wanted 4 or 8",
			       (unsigned int)nh.n_descsz);
		*entry = 0;
		memcpy(entry, bytes + desc, nh.n_descsz);
		return true;
	}
	return false;
}

static void check_pvh(struct kernel *k)
{
	size_t count = 0;

	if (elf_getphdrnum(k->elf, &count))
		refuse(k, "has no valid program header table: %s", elf_errmsg(-1));
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr ph;

		if (!gelf_getphdr(k->elf, (int)i, &ph) || ph.p_type != PT_NOTE)
			continue;
		if (!find_pvh_note(k, &ph, &k->pvh_entry))
			continue;
		if (!code_at(k, k->pvh_entry))
			refuse(k, "its PVH entry %#" PRIx64 " is not inside an executable segment",
			       k->pvh_entry);
		return;
	}
	refuse(k, "has no PVH entry note (name \"" PVH_NOTE_NAME "\", type %d)", PVH_NOTE_TYPE);
}

/* Lay the payload out in memory. The caller frees it. */
static char *build_payload(const struct kernel *k, size_t *size)
{
	struct payload_header h = {
		.magic = PAYLOAD_MAGIC,
		.version = PAYLOAD_VERSION,
		.entry = k->entry,
		.nr_segments = k->nr_segments,
	};
	uint64_t offset = page_up(sizeof(h)), end = offset;
	char *out;

	for (uint32_t i = 0; i < k->nr_segments; i++) {
		const GElf_Phdr *ph = &k->seg[i].ph;

		h.segment[i] = (struct payload_segment){
			ph->p_paddr, offset, ph->p_filesz, ph->p_memsz,
		};
		end = offset + ph->p_filesz;
		offset = page_up(end);
	}
	h.file_size = end;
	out = calloc(1, end);
	if (!out)
		refuse(k, "no memory for a payload of %" PRIu64 " bytes", end);
	for (uint32_t i = 0; i < k->nr_segments; i++)
		memcpy(out + h.segment[i].offset, k->bytes + k->seg[i].ph.p_offset,
		       h.segment[i].file_size);
	memcpy(out, &h, sizeof(h));
	h.crc32c = crc32c_update(0, out, end);
	memcpy(out, &h, sizeof(h));
	/* The loaders' own check must agree, or the tool is wrong. */
	if (payload_check_header(&h, end))
		refuse(k, "internal error: the payload does not pass the loaders' check");
	*size = end;
	return out;
}

static void write_payload(const struct kernel *k, const char *path, const char *data, size_t size)
{
	size_t length = strlen(path) + sizeof(".tmp");
	char *temporary = malloc(length);
	FILE *file;
	bool good;

	if (!temporary)
		refuse(k, "no memory");
	snprintf(temporary, length, "%s.tmp", path);
	file = fopen(temporary, "wb");
	if (!file)
		refuse(k, "%s cannot be created: %s", temporary, strerror(errno));
	good = fwrite(data, 1, size, file) == size;
	good = !fclose(file) && good;
	if (!good || rename(temporary, path)) {
		int error = errno;

		unlink(temporary);
		refuse(k, "%s cannot be written: %s", path, strerror(error));
	}
	free(temporary);
}

static void print_usage(FILE *to)
{
	fputs("Usage: payload [-o OUT] KERNEL.elf\n"
	      "       payload --check-only KERNEL.elf\n"
	      "Check a kernel ELF file and write the payload file the boot loaders load.\n"
	      "\n"
	      "  -o, --output=OUT   where to write (default: KERNEL.elf with .krn for .elf)\n"
	      "  -n, --check-only   only check, write nothing\n"
	      "  -v, --verbose      print segments, entry points and checksum\n"
	      "  -h, --help         this text\n"
	      "\n"
	      "Exit status: 0 if the file is good, 1 with the reason if it is refused, 2 for a\n"
	      "wrong command line.\n", to);
}

static void print_summary(const struct kernel *k, const char *payload)
{
	const struct payload_header *h = (const void *)payload;

	for (uint32_t i = 0; i < k->nr_segments; i++) {
		const GElf_Phdr *ph = &k->seg[i].ph;

		printf("segment %zu: %#" PRIx64 " %c%c%c %" PRIu64 " bytes of file, %" PRIu64
		       " of memory\n", k->seg[i].index, ph->p_paddr,
		       ph->p_flags & PF_R ? 'r' : '-', ph->p_flags & PF_W ? 'w' : '-',
		       ph->p_flags & PF_X ? 'x' : '-', ph->p_filesz, ph->p_memsz);
	}
	printf("entry %#" PRIx64 ", PVH entry %#" PRIx64 "\n", k->entry, k->pvh_entry);
	printf("payload %" PRIu64 " bytes, crc32c %08" PRIx32 "\n", h->file_size, h->crc32c);
}

/* KERNEL.elf -> KERNEL.krn. The caller frees it. */
static char *default_output(const struct kernel *k)
{
	size_t length = strlen(k->path);
	char *out = malloc(length + sizeof(".krn"));

	if (!out)
		refuse(k, "no memory");
	memcpy(out, k->path, length + 1);
	if (length > 4 && !strcmp(out + length - 4, ".elf"))
		length -= 4;
	memcpy(out + length, ".krn", sizeof(".krn"));
	return out;
}

struct options {
	char *output;			/* NULL: default_output() */
	bool check_only;
	bool verbose;
};

/* Returns the index of the first operand; ends the program for --help and for a wrong line. */
static int parse_options(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "check-only", no_argument, NULL, 'n' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "o:nvh", longs, NULL)) != -1) {
		switch (c) {
		case 'o':
			o->output = optarg;
			break;
		case 'n':
			o->check_only = true;
			break;
		case 'v':
			o->verbose = true;
			break;
		case 'h':
			print_usage(stdout);
			exit(EXIT_SUCCESS);
		default:
			print_usage(stderr);
			exit(2);
		}
	}
	if (argc - optind != 1) {
		print_usage(stderr);
		exit(2);
	}
	return optind;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	struct kernel k = { 0 };
	char *payload, *own = NULL;
	size_t size;

	k.path = argv[parse_options(&o, argc, argv)];
	crc32_init();
	open_kernel(&k);
	check_elf_header(&k);
	collect_segments(&k);
	check_entry(&k);
	check_pvh(&k);
	payload = build_payload(&k, &size);
	if (o.verbose)
		print_summary(&k, payload);
	if (!o.check_only) {
		if (!o.output)
			o.output = own = default_output(&k);
		write_payload(&k, o.output, payload, size);
	}
	free(own);
	free(payload);
	elf_end(k.elf);
	return EXIT_SUCCESS;
}
