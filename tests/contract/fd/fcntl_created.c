/* SPDX-License-Identifier: MIT */
/* F_CREATED_QUERY: did this open(2) make the file? */
#include "lib/contract.h"

#ifndef F_CREATED_QUERY
#define F_CREATED_QUERY 1028
#endif

void contract_main(void)
{
	int made, again, p[2];

	tmp_dir();
	made = REQUIRE_OK(open("file", O_CREAT | O_RDWR, 0600));
	again = REQUIRE_OK(open("file", O_CREAT | O_RDWR, 0600));
	if (fcntl(made, F_CREATED_QUERY) < 0 && errno == EINVAL)
		skip_all("Linux before 6.12");
	CHECK_INT(fcntl(made, F_CREATED_QUERY), 1, "it was made");
	CHECK_INT(fcntl(again, F_CREATED_QUERY), 0, "it was there");
	CHECK_INT(fcntl(dup(made), F_CREATED_QUERY), 1, "a copy of the descriptor says the same");
	close(made);
	made = REQUIRE_OK(open("other", O_CREAT | O_EXCL | O_WRONLY, 0600));
	CHECK_INT(fcntl(made, F_CREATED_QUERY), 1, "O_EXCL");
	again = REQUIRE_OK(open("other", O_RDONLY));
	CHECK_INT(fcntl(again, F_CREATED_QUERY), 0, "without O_CREAT");
	REQUIRE(pipe(p) == 0);
	CHECK_INT(fcntl(p[0], F_CREATED_QUERY), 0, "a pipe has no name");
	again = REQUIRE_OK(open(".", O_PATH));
	CHECK_INT(fcntl(again, F_CREATED_QUERY), 0, "O_PATH may be asked");
}
