/* SPDX-License-Identifier: MIT */
/* Four processes append records to one file: none is lost or mixed. */
#include "lib/contract.h"

#define WRITERS 4
#define RECORDS 250

void contract_main(void)
{
	char record[64], buf[64];
	int counts[WRITERS] = { 0 }, mixed = 0, fd;
	struct stat st;
	pid_t pid[WRITERS];

	tmp_dir();
	close(REQUIRE_OK(open("log", O_CREAT | O_WRONLY, 0600)));
	for (int w = 0; w < WRITERS; w++) {
		pid[w] = fork_child();
		if (pid[w])
			continue;
		fd = REQUIRE_OK(open("log", O_WRONLY | O_APPEND));
		memset(record, 'a' + w, sizeof(record));
		for (int i = 0; i < RECORDS; i++) {
			if (write(fd, record, sizeof(record)) != sizeof(record))
				_exit(1);
		}
		_exit(0);
	}
	for (int w = 0; w < WRITERS; w++)
		CHECK_INT(wait_status(pid[w]), 0, "writer %d ends well", w);
	fd = REQUIRE_OK(open("log", O_RDONLY));
	REQUIRE(fstat(fd, &st) == 0);
	CHECK_INT(st.st_size, WRITERS * RECORDS * 64, "the size is the sum");
	while (read(fd, buf, sizeof(buf)) == sizeof(buf)) {
		for (size_t i = 1; i < sizeof(buf); i++)
			mixed += buf[i] != buf[0];
		if (buf[0] >= 'a' && buf[0] < 'a' + WRITERS)
			counts[buf[0] - 'a']++;
	}
	CHECK_INT(mixed, 0, "no record is mixed");
	for (int w = 0; w < WRITERS; w++)
		CHECK_INT(counts[w], RECORDS, "all of writer %d are there", w);
}
