/* SPDX-License-Identifier: MIT */
/*
 * Four processes append records to one file: none is lost, none is torn.
 */
#include "lib/pattern.h"

enum { WRITERS = 4, RECORDS = 400, SIZE = 123 };

static int writer(int id)
{
	int fd = REQUIRE_OK(open("file", O_WRONLY | O_APPEND));
	char record[SIZE];

	for (int i = 0; i < RECORDS; i++) {
		memset(record, 'a' + id, sizeof(record));
		snprintf(record, sizeof(record), "%d %d ", id, i);
		record[strlen(record)] = '.';
		record[SIZE - 1] = '\n';
		if (write(fd, record, SIZE) != SIZE)
			return 1;
	}
	return 0;
}

void contract_main(void)
{
	int next[WRITERS] = { 0 }, good = 0, fd;
	pid_t pids[WRITERS];
	char record[SIZE];

	tmp_dir();
	fd = REQUIRE_OK(open("file", O_RDWR | O_CREAT, 0644));
	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork_child();
		if (!pids[i])
			_exit(writer(i));
	}
	for (int i = 0; i < WRITERS; i++)
		CHECK_INT(wait_status(pids[i]), 0, "writer %d", i);
	CHECK_INT(size_of("file"), WRITERS * RECORDS * SIZE, "nothing is lost");
	while (read(fd, record, SIZE) == SIZE) {
		int id, number;

		if (sscanf(record, "%d %d", &id, &number) != 2 || id < 0 || id >= WRITERS || number != next[id]++ ||
		    record[SIZE - 2] != 'a' + id || record[SIZE - 1] != '\n')
			break;
		good++;
	}
	CHECK_INT(good, WRITERS * RECORDS, "each record is whole, and each writer's are in order");
}
