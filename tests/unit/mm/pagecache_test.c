/* SPDX-License-Identifier: MIT */
/*
 * The page cache over a small file in memory: reads, writes, mappings, truncation, write-back and reclaim see one
 * content.
 */
#include "kernel.h"

#include "abi/errno.h"
#include "abi/mman.h"
#include "arch/upcall.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/mmap.h"
#include "mm/page_alloc.h"
#include "mm/pagecache.h"

#define FILE_PAGES	300
#define BASE		0x50000000UL

static struct {
	struct address_space as;
	uint8_t disk[FILE_PAGES * PAGE_SIZE];
	loff_t size;
	unsigned fills, writes;
	int fill_error;
} file;

static void file_fill(struct address_space *as, struct page **pages, unsigned nr)
{
	(void)as;
	for (unsigned i = 0; i < nr; i++) {
		if (!file.fill_error)
			memcpy(page_address(pages[i]), file.disk + pages[i]->index * PAGE_SIZE, PAGE_SIZE);
		page_fill_done(pages[i], file.fill_error);
		file.fills++;
	}
}

static int file_write_pages(struct address_space *as, uint64_t start, uint64_t end)
{
	unsigned long index = start;
	struct page *page;

	while ((page = xa_find(&as->pages, &index, end, PAGECACHE_DIRTY)) != NULL) {
		get_page(page);
		lock_page(page);
		if (page_start_writeback(page, /*stays_dirty=*/false)) {
			memcpy(file.disk + index * PAGE_SIZE, page_address(page), PAGE_SIZE);
			page_writeback_done(page, 0);
			file.writes++;
		}
		unlock_page(page);
		put_page(page);
		index++;
	}
	return 0;
}

static loff_t file_size(struct address_space *as)
{
	(void)as;
	return file.size;
}

static void file_grew(struct address_space *as, loff_t size)
{
	(void)as;
	file.size = size;
}

static const struct address_space_ops file_ops = { .fill = file_fill, .write_pages = file_write_pages };

static void file_open(loff_t size)
{
	memset(&file, 0, sizeof(file));
	for (size_t i = 0; i < sizeof(file.disk); i++)
		file.disk[i] = (uint8_t)(i / PAGE_SIZE + i);
	file.size = size;
	address_space_init(&file.as, NULL, &file_ops, file_size);
}

static void file_close(void)
{
	struct pagecache_stats st;

	pagecache_truncate(&file.as, 0);
	address_space_fini(&file.as);
	pagecache_stats(&st);
	CHECK_EQ(st.dirty, 0);
	CHECK_EQ(st.writeback, 0);
	CHECK_EQ(st.cached, 0);
}

static ssize_t read_at(loff_t pos, void *buf, size_t n)
{
	struct readahead ra = { .max_pages = 32, .prev_index = UINT64_MAX - 1 };
	struct iov_iter it;
	struct iovec one;

	iov_init_kernel(&it, &one, buf, n);
	return pagecache_read(&file.as, &ra, &pos, &it);
}

static ssize_t write_at(loff_t pos, void *buf, size_t n)
{
	struct iov_iter it;
	struct iovec one;

	iov_init_kernel(&it, &one, buf, n);
	return pagecache_write(&file.as, pos, &it, file_grew);
}

static long map_file(struct mm *mm, unsigned flags, unsigned prot)
{
	struct map_request req = { .addr = BASE, .size = FILE_PAGES * PAGE_SIZE, .prot = prot,
				   .flags = flags | MAP_FIXED, .mapping = &file.as };

	return mm_map(mm, &req);
}

KTEST(reads_and_writes_random)
{
	static uint8_t model[FILE_PAGES * PAGE_SIZE], buf[20000];
	loff_t size = 100 * PAGE_SIZE + 77;

	file_open(size);
	memcpy(model, file.disk, sizeof(model));
	for (unsigned round = 0; round < 2000; round++) {
		loff_t pos = (loff_t)test_random_below((uint64_t)size + 1000);
		size_t n = test_random_below(sizeof(buf)), expect;

		if (test_random_below(3)) {
			expect = pos >= size ? 0 : min(n, (size_t)(size - pos));
			CHECK_EQ(read_at(pos, buf, n), (ssize_t)expect);
			CHECK_MEM(buf, model + pos, expect);
		} else if (pos <= size) {
			test_random_bytes(buf, n);
			CHECK_EQ(write_at(pos, buf, n), (ssize_t)n);
			memcpy(model + pos, buf, n);
			size = max(size, pos + (loff_t)n);
			CHECK_EQ(file.size, size);
		}
		if (round % 100 == 99) {
			CHECK_EQ(pagecache_sync(&file.as, 0, INT64_MAX, true), 0);
			CHECK_MEM(file.disk, model, size);
			pagecache_drop_clean(&file.as, 0, ULONG_MAX);
			CHECK_EQ(file.as.nr_pages, 0);
		}
		if (size > 250 * (loff_t)PAGE_SIZE) {
			size = file.size = (loff_t)test_random_below(200 * PAGE_SIZE);
			pagecache_truncate(&file.as, size);
			memcpy(model + size, file.disk + size, sizeof(model) - (size_t)size);
			memset(model + size, 0, -size & ~PAGE_MASK);
		}
	}
	file_close();
}

KTEST(sequential_reads_go_ahead)
{
	static uint8_t buf[PAGE_SIZE];
	struct readahead ra = { .max_pages = 32, .prev_index = UINT64_MAX - 1 };
	struct iov_iter it;
	struct iovec one;
	loff_t pos = 0;

	file_open(FILE_PAGES * PAGE_SIZE);
	for (unsigned i = 0; i < 8; i++) {
		iov_init_kernel(&it, &one, buf, PAGE_SIZE);
		CHECK_EQ(pagecache_read(&file.as, &ra, &pos, &it), (ssize_t)PAGE_SIZE);
	}
	CHECK_GT(file.fills, 8);
	CHECK_LE(file.fills, 64);
	file_close();
}

KTEST(a_failed_fill_is_an_error_once)
{
	uint8_t byte;

	file_open(PAGE_SIZE);
	file.fill_error = -EIO;
	CHECK_EQ(read_at(0, &byte, 1), -EIO);
	file.fill_error = 0;
	CHECK_EQ(read_at(0, &byte, 1), 1);
	file_close();
}

KTEST(mappings_see_the_file)
{
	struct mm *shared = mm_create(), *private = mm_create();
	uint64_t value = 0, mine = 0x1122334455667788;

	file_open(10 * PAGE_SIZE + 5);
	CHECK_EQ(map_file(shared, MAP_SHARED, PROT_READ | PROT_WRITE), (long)BASE);
	CHECK_EQ(map_file(private, MAP_PRIVATE, PROT_READ | PROT_WRITE), (long)BASE);
	CHECK_EQ(mm_access(private, BASE + PAGE_SIZE, &value, 8, false, false), 8);
	CHECK_MEM(&value, file.disk + PAGE_SIZE, 8);
	CHECK_GT(mm_rss(private), 1);			/* neighbours came along */

	CHECK_EQ(mm_access(shared, BASE + PAGE_SIZE, &mine, 8, true, false), 8);
	CHECK_EQ(mm_access(private, BASE + PAGE_SIZE, &value, 8, false, false), 8);
	CHECK_EQ(value, mine);
	CHECK_EQ(read_at(PAGE_SIZE, &value, 8), 8);
	CHECK_EQ(value, mine);

	mine++;
	CHECK_EQ(mm_access(private, BASE + PAGE_SIZE, &mine, 8, true, false), 8);
	CHECK_EQ(read_at(PAGE_SIZE, &value, 8), 8);
	CHECK_EQ(value, mine - 1);			/* copied, the file keeps its content */

	mm_read_lock(shared);
	CHECK_EQ(mm_fault_locked(shared, BASE + 11 * PAGE_SIZE, FAULT_READ), -EIO);
	mm_read_unlock(shared);
	mm_put(shared);
	mm_put(private);
	file_close();
}

KTEST(write_back_sees_each_store)
{
	struct mm *mm = mm_create();
	uint64_t value = 1;

	file_open(10 * PAGE_SIZE);
	CHECK_EQ(map_file(mm, MAP_SHARED, PROT_READ | PROT_WRITE), (long)BASE);
	for (value = 1; value < 20; value++) {
		CHECK_EQ(mm_access(mm, BASE + 3 * PAGE_SIZE, &value, 8, true, false), 8);
		CHECK_EQ(pagecache_sync(&file.as, 0, INT64_MAX, true), 0);
		CHECK_MEM(file.disk + 3 * PAGE_SIZE, &value, 8);
	}
	CHECK_EQ(file.writes, 19);
	CHECK_EQ(pagecache_sync(&file.as, 0, INT64_MAX, true), 0);
	CHECK_EQ(file.writes, 19);			/* clean stays clean */
	mm_put(mm);
	file_close();
}

KTEST(truncation_takes_mapped_pages)
{
	struct mm *mm = mm_create(), *child;
	uint64_t value;

	file_open(20 * PAGE_SIZE);
	CHECK_EQ(map_file(mm, MAP_SHARED, PROT_READ | PROT_WRITE), (long)BASE);
	for (unsigned i = 0; i < 20; i++)
		CHECK_EQ(mm_access(mm, BASE + i * PAGE_SIZE, &value, 8, false, false), 8);
	CHECK_EQ(mm_protect(mm, BASE + 15 * PAGE_SIZE, PAGE_SIZE, PROT_NONE, false), 0);
	CHECK_EQ(mm_fork(mm, &child), 0);
	file.size = 10 * PAGE_SIZE + 100;
	pagecache_truncate(&file.as, file.size);
	CHECK_EQ(mm_protect(mm, BASE + 15 * PAGE_SIZE, PAGE_SIZE, PROT_READ, false), 0);
	for (unsigned i = 0; i < 20; i++) {
		CHECK_EQ(mm_access(mm, BASE + i * PAGE_SIZE, &value, 8, false, false), i <= 10 ? 8 : 0);
		CHECK_EQ(mm_access(child, BASE + i * PAGE_SIZE, &value, 8, false, false), i <= 10 ? 8 : 0);
	}
	CHECK_EQ(mm_access(mm, BASE + 10 * PAGE_SIZE + 104, &value, 8, false, false), 8);
	CHECK_EQ(value, 0);				/* the rest of the last page reads as zero */
	mm_put(child);
	mm_put(mm);
	file_close();
}

KTEST(reclaim_takes_clean_pages_only)
{
	struct mm *mm = mm_create();
	uint64_t value = 42;
	uint8_t byte = 7;

	file_open(FILE_PAGES * PAGE_SIZE);
	CHECK_EQ(map_file(mm, MAP_SHARED, PROT_READ | PROT_WRITE), (long)BASE);
	for (unsigned i = 0; i < FILE_PAGES; i++)
		CHECK_EQ(mm_access(mm, BASE + i * PAGE_SIZE, &value, 8, false, false), 8);
	CHECK_EQ(write_at(5 * PAGE_SIZE, &byte, 1), 1);
	CHECK_GE(shrink_all(FILE_PAGES * 2), FILE_PAGES - 2);
	CHECK_LE(file.as.nr_pages, 2);
	CHECK_EQ(mm_access(mm, BASE + 5 * PAGE_SIZE, &value, 8, false, false), 8);
	CHECK_EQ(value & 0xff, 7);
	mm_put(mm);
	file_close();
}
