/* SPDX-License-Identifier: MIT */
#include "lib/manifest.h"

#include <ftw.h>
#include <sys/sysmacros.h>

static struct {
	FILE *out;
	size_t skip;			/* length of the root's path */
	const char *self;
} list;

static uint32_t crc_add(uint32_t crc, const void *buf, size_t n)
{
	static uint32_t table[256];
	const uint8_t *p = buf;

	for (uint32_t i = 0; !table[255] && i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
	}
	crc = ~crc;
	while (n--)
		crc = crc >> 8 ^ table[(crc ^ *p++) & 0xff];
	return ~crc;
}

static uint32_t crc_of(const char *path, const struct stat *st)
{
	static char buf[65536];
	uint32_t crc = 0;
	ssize_t got;
	int fd;

	if (S_ISLNK(st->st_mode)) {
		got = readlink(path, buf, sizeof(buf));
		return got < 0 ? 0 : crc_add(0, buf, (size_t)got);
	}
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode)) {
		snprintf(buf, sizeof(buf), "%u:%u", major(st->st_rdev), minor(st->st_rdev));
		return crc_add(0, buf, strlen(buf));
	}
	if (!S_ISREG(st->st_mode))
		return 0;
	fd = open(path, O_RDONLY | O_NOATIME);
	if (fd < 0)
		return 0xdead;
	while ((got = read(fd, buf, sizeof(buf))) > 0)
		crc = crc_add(crc, buf, (size_t)got);
	close(fd);
	return crc;
}

static char type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR: return 'd';
	case S_IFLNK: return 'l';
	case S_IFIFO: return 'p';
	case S_IFSOCK: return 's';
	case S_IFCHR: return 'c';
	case S_IFBLK: return 'b';
	default: return 'f';
	}
}

/* Bytes that are no plain characters as \\ooo. */
static const char *escape(const char *path)
{
	static char out[4 * PATH_MAX];
	char *to = out;

	for (const unsigned char *p = (const unsigned char *)path; *p; p++) {
		if (*p > ' ' && *p < 0x7f && *p != '\\')
			*to++ = (char)*p;
		else
			to += sprintf(to, "\\%03o", *p);
	}
	*to = '\0';
	return out;
}

/* What escape() made, in place. */
static void unescape(char *path)
{
	char *to = path;

	for (const char *p = path; *p; p++) {
		if (*p == '\\') {
			*to++ = (char)strtol((char[]){ p[1], p[2], p[3], 0 }, NULL, 8);
			p += 3;
		} else {
			*to++ = *p;
		}
	}
	*to = '\0';
}

static void format_line(char *line, size_t size, const char *path, const struct stat *st)
{
	bool sized = S_ISREG(st->st_mode) || S_ISLNK(st->st_mode);

	snprintf(line, size, "%c %04o %u %u %u %lld %08x %s", type_of(st->st_mode), st->st_mode & 07777, st->st_uid,
		 st->st_gid, S_ISDIR(st->st_mode) ? 0 : (unsigned)st->st_nlink, sized ? (long long)st->st_size : 0,
		 crc_of(path, st), escape(path + list.skip));
}

static int write_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char line[4 * PATH_MAX + 128];

	if (strlen(path) <= list.skip || !strcmp(path, list.self) || !strcmp(path + list.skip, "lost+found"))
		return 0;
	format_line(line, sizeof(line), path, st);
	return fprintf(list.out, "%s\n", line) < 0;
}

void manifest_write(const char *root, const char *path)
{
	list.out = fopen(path, "w");
	REQUIRE(list.out);
	list.skip = strlen(root) + 1;
	list.self = path;
	REQUIRE(nftw(root, write_one, 900, FTW_PHYS) == 0);
	REQUIRE(fclose(list.out) == 0);
}

int manifest_check(const char *root, const char *path)
{
	char line[4 * PATH_MAX + 128], got[4 * PATH_MAX + 128], full[2 * PATH_MAX], name[4 * PATH_MAX];
	FILE *in = fopen(path, "r");
	int differ = 0;

	if (!in)
		return -1;
	list.skip = strlen(root) + 1;
	while (fgets(line, sizeof(line), in)) {
		char *at = line;
		struct stat st;

		line[strcspn(line, "\n")] = '\0';
		for (int word = 0; word < 7; word++)
			at = strchr(at, ' ') + 1;
		strcpy(name, at);
		unescape(name);
		snprintf(full, sizeof(full), "%s/%s", root, name);
		if (lstat(full, &st) != 0)
			snprintf(got, sizeof(got), "%s: %s", name, strerror(errno));
		else
			format_line(got, sizeof(got), full, &st);
		if (strcmp(line, got) && ++differ <= 10)
			note("wanted '%s', got '%s'", line, got);
	}
	fclose(in);
	return differ;
}
