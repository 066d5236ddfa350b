/* SPDX-License-Identifier: MIT */
/*
 * archive: a tar or cpio archive as a source, through libarchive.
 *
 * Numbers, not names, say who owns a file: the names belong to the machine the archive was made on. ACLs
 * become the extended attributes Linux keeps them in. In an OCI layer the white-out names .wh.NAME and
 * .wh..wh..opq take away what earlier layers have. A cpio archive may give a hard-linked file's bytes
 * with any of its names; whichever carries bytes wins.
 */
#include "imgbuild/source.h"

#include <archive.h>
#include <archive_entry.h>
#include <endian.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdlib.h>
#include <string.h>

#define WHITEOUT	".wh."
#define OPAQUE		".wh..wh..opq"

enum {
	READ_SIZE = 1 << 17,
};

static const uint64_t file_size_max = (uint64_t)1 << 44;	/* 2^32 blocks of 4 KiB */

/* --- Attributes -------------------------------------------------------------------------------- */

static void copy_xattrs(struct node *node, struct archive_entry *from)
{
	const char *name;
	const void *value;
	size_t size;

	archive_entry_xattr_reset(from);
	while (archive_entry_xattr_next(from, &name, &value, &size) == ARCHIVE_OK)
		node_add_xattr(node, name, value, size);
}

static int acl_tag(int tag)
{
	switch (tag) {
	case ARCHIVE_ENTRY_ACL_USER_OBJ:
		return ACL_USER_OBJ;
	case ARCHIVE_ENTRY_ACL_USER:
		return ACL_USER;
	case ARCHIVE_ENTRY_ACL_GROUP_OBJ:
		return ACL_GROUP_OBJ;
	case ARCHIVE_ENTRY_ACL_GROUP:
		return ACL_GROUP;
	case ARCHIVE_ENTRY_ACL_MASK:
		return ACL_MASK;
	default:
		return ACL_OTHER;
	}
}

/* The kernel wants entries by tag, then by id. */
static int compare_acl(const void *a, const void *b)
{
	const struct posix_acl_xattr_entry *x = a, *y = b;

	if (x->e_tag != y->e_tag)
		return le16toh(x->e_tag) < le16toh(y->e_tag) ? -1 : 1;
	if (x->e_id != y->e_id)
		return le32toh(x->e_id) < le32toh(y->e_id) ? -1 : 1;
	return 0;
}

/*
 * The next entry of one kind of ACL: 1, 0 at the end, -1 after an error.
 */
static int next_acl(struct archive_entry *from, int kind, struct posix_acl_xattr_entry *entry)
{
	int type, permset, tag, id;
	const char *who;
	bool named;

	if (archive_entry_acl_next(from, kind, &type, &permset, &tag, &id, &who))
		return 0;
	named = tag == ARCHIVE_ENTRY_ACL_USER || tag == ARCHIVE_ENTRY_ACL_GROUP;
	if (named && id < 0)
		return fail("'%s': its ACL names '%s' without a number (make the archive with numeric owners)",
			    archive_entry_pathname(from), who ? who : "?");
	entry->e_tag = htole16((uint16_t)acl_tag(tag));
	entry->e_perm = htole16((uint16_t)(permset & 7));
	entry->e_id = htole32(named ? (uint32_t)id : (uint32_t)ACL_UNDEFINED_ID);
	return 1;
}

/* Put one kind of ACL (access or default) into the xattr that Linux keeps it in. */
static int copy_acl(struct node *node, struct archive_entry *from, int kind, const char *name)
{
	int count = archive_entry_acl_reset(from, kind), nr = 0, more = 1;
	struct posix_acl_xattr_header *header;
	struct posix_acl_xattr_entry *entries;

	/* The three entries that only repeat the mode are no ACL: libarchive counts 0 for them. */
	if (count <= 0)
		return 0;
	header = mem_alloc(sizeof(*header) + (size_t)count * sizeof(*entries));
	header->a_version = htole32(POSIX_ACL_XATTR_VERSION);
	entries = (struct posix_acl_xattr_entry *)(header + 1);
	while (nr < count && (more = next_acl(from, kind, &entries[nr])) > 0)
		nr++;
	qsort(entries, (size_t)nr, sizeof(*entries), compare_acl);
	if (more >= 0)
		node_add_xattr(node, name, header, sizeof(*header) + (size_t)nr * sizeof(*entries));
	free(header);
	return more < 0 ? -1 : 0;
}

static int copy_acls(struct node *node, struct archive_entry *from)
{
	int types = archive_entry_acl_types(from);

	if (types & ARCHIVE_ENTRY_ACL_TYPE_NFS4) {
		warn("'%s': its NFSv4 ACL has no place in ext4; left out", archive_entry_pathname(from));
		return 0;
	}
	if (copy_acl(node, from, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, "system.posix_acl_access"))
		return -1;
	return copy_acl(node, from, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, "system.posix_acl_default");
}

static int copy_owner(struct node *node, struct archive_entry *from)
{
	int64_t uid = archive_entry_uid(from), gid = archive_entry_gid(from);

	if (uid < 0 || uid >= UINT32_MAX || gid < 0 || gid >= UINT32_MAX)
		return fail("'%s': owner %lld:%lld is out of range", archive_entry_pathname(from), (long long)uid,
			    (long long)gid);
	node->uid = (uint32_t)uid;
	node->gid = (uint32_t)gid;
	return 0;
}

/* Everything about a file but its content. NULL after an error. */
static struct node *make_node(const struct layer *layer, struct archive_entry *from)
{
	struct node *node = node_new(archive_entry_mode(from));
	const char *target = archive_entry_symlink(from);
	int result = copy_owner(node, from);

	node->mtime = TREE_TIME_UNSET;
	if (archive_entry_mtime_is_set(from)) {
		node->mtime = archive_entry_mtime(from);
		node->mtime_ns = (uint32_t)archive_entry_mtime_nsec(from);
	}
	node->major = (uint32_t)archive_entry_rdevmajor(from);
	node->minor = (uint32_t)archive_entry_rdevminor(from);
	if (!result && S_ISLNK(node->mode) && (!target || !*target))
		result = fail("%s: '%s' is a symbolic link to nothing", layer->name, archive_entry_pathname(from));
	if (target)
		node->target = mem_string(target);
	copy_xattrs(node, from);
	if (!result)
		result = copy_acls(node, from);
	if (result) {
		node_put(node);
		return NULL;
	}
	return node;
}

/* --- Entries ----------------------------------------------------------------------------------- */

static int read_content(struct sink *sink, const struct layer *layer, struct archive *archive,
			struct archive_entry *from, struct content *content)
{
	uint64_t size = (uint64_t)archive_entry_size(from);
	const void *data;
	size_t part;
	int64_t offset;
	int result;

	content_fini(content);
	while ((result = archive_read_data_block(archive, &data, &part, &offset)) == ARCHIVE_OK) {
		if (offset < 0 || (uint64_t)offset + part > file_size_max)
			return fail("%s: '%s' is larger than ext4 allows", layer->name, archive_entry_pathname(from));
		if (spool_add(sink->spool, content, (uint64_t)offset, data, part))
			return -1;
	}
	if (result != ARCHIVE_EOF)
		return fail("%s: '%s': %s", layer->name, archive_entry_pathname(from), archive_error_string(archive));
	if (archive_entry_size_is_set(from) && content->size < size)
		content->size = size;
	if (content->size > file_size_max)
		return fail("%s: '%s' is larger than ext4 allows", layer->name, archive_entry_pathname(from));
	return 0;
}

/* Is this name a white-out of an OCI layer? Then do it: 1; 0 when not. */
static int read_whiteout(struct sink *sink, const struct layer *layer, const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t before = (size_t)(base - path);
	char *there;
	int result;

	if (!layer->oci || strncmp(base, WHITEOUT, strlen(WHITEOUT)))
		return 0;
	there = mem_format("%.*s%s", (int)before, path, base + strlen(WHITEOUT));
	if (!strcmp(base, OPAQUE)) {
		there[before] = '\0';
		result = tree_opaque(sink->tree, layer, there);
	} else if (!strncmp(base, WHITEOUT WHITEOUT, 2 * strlen(WHITEOUT))) {
		result = 0;	/* .wh..wh.aufs and its like: not part of the file system */
	} else {
		result = tree_whiteout(sink->tree, layer, there);
	}
	free(there);
	return result ? -1 : 1;
}

static int read_hardlink(struct sink *sink, const struct layer *layer, struct archive *archive,
			 struct archive_entry *from)
{
	struct node *node;

	if (tree_link(sink->tree, layer, archive_entry_pathname(from), archive_entry_hardlink(from), &node))
		return -1;
	if (archive_entry_size_is_set(from) && archive_entry_size(from) > 0 && S_ISREG(node->mode))
		return read_content(sink, layer, archive, from, &node->content);
	return 0;
}

static int read_entry(struct sink *sink, const struct layer *layer, struct archive *archive,
		      struct archive_entry *from)
{
	const char *path = archive_entry_pathname(from);
	struct node *node;
	int result;

	if (!path)
		return fail("%s: an entry has no name that can be read", layer->name);
	result = read_whiteout(sink, layer, path);
	if (result)
		return result < 0 ? -1 : 0;
	if (archive_entry_hardlink(from))
		return read_hardlink(sink, layer, archive, from);
	if (!(archive_entry_mode(from) & S_IFMT))
		return fail("%s: '%s' is of no known kind", layer->name, path);
	node = make_node(layer, from);
	if (!node)
		return -1;
	if (S_ISREG(node->mode) && read_content(sink, layer, archive, from, &node->content)) {
		node_put(node);
		return -1;
	}
	return tree_put(sink->tree, layer, path, node);
}

static int read_entries(struct sink *sink, const struct layer *layer, struct archive *archive)
{
	struct archive_entry *entry;
	int result;

	while ((result = archive_read_next_header(archive, &entry)) != ARCHIVE_EOF) {
		if (result == ARCHIVE_WARN)
			warn("%s: %s", layer->name, archive_error_string(archive));
		else if (result != ARCHIVE_OK)
			return fail("%s: %s", layer->name, archive_error_string(archive));
		if (read_entry(sink, layer, archive, entry))
			return -1;
	}
	return 0;
}

int archive_read(struct sink *sink, const struct layer *layer, const char *path)
{
	struct archive *archive = archive_read_new();
	int result;

	if (!archive)
		return fail("out of memory");
	archive_read_support_filter_all(archive);
	archive_read_support_format_tar(archive);
	archive_read_support_format_cpio(archive);
	if (archive_read_open_filename(archive, path, READ_SIZE) != ARCHIVE_OK)
		result = fail("%s: %s", layer->name, archive_error_string(archive));
	else
		result = read_entries(sink, layer, archive);
	archive_read_free(archive);
	return result;
}
