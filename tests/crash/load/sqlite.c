/* SPDX-License-Identifier: MIT */
/*
 * The loads "sqlite-wal" and "sqlite-delete": two processes commit transactions to one database.
 *
 * Transaction n of a worker adds row (worker, n, payload), sets the worker's counter to n, and sometimes removes or
 * changes older rows, all of which follows from n; so after any crash a worker's rows must be those after its counter.
 * Mark: "commit WORKER N" after COMMIT returned.
 */
#include "load.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define WORKERS		2
#define PAYLOAD_MAX	3000
#define WAL_COMMITS	30		/* of a worker, after which the WAL begins at its first frame again */

static const char *journal_mode;

/* In the place of dlopen() (the linker's --wrap): SQLite would load extensions with it, a static program has none. */
void *__wrap_dlopen(const char *file, int mode);
void *__wrap_dlopen(const char *file, int mode)
{
	(void)file, (void)mode;
	return NULL;
}

/* Who took the volume's room, when a change fails. */
static void show_room(void)
{
	static const char *const names[] = { "data.db", "data.db-wal", "data.db-shm", "data.db-journal" };
	struct statvfs fs;
	struct stat st;

	if (!statvfs(".", &fs))
		printf("room: %lu blocks of %lu; ", (unsigned long)fs.f_bfree, (unsigned long)fs.f_blocks);
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!stat(names[i], &st))
			printf("%s: %lld, %lld sectors; ", names[i], (long long)st.st_size, (long long)st.st_blocks);
	}
	printf("\n");
}

static void run_sql(sqlite3 *db, const char *sql)
{
	char *message = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &message)) {
		show_room();
		die("%s: %s", sql, message);
	}
}

static sqlite3 *open_database(void)
{
	char sql[80];
	sqlite3 *db;

	if (sqlite3_open("data.db", &db))
		die("sqlite3_open: %s", sqlite3_errmsg(db));
	sqlite3_busy_timeout(db, 60000);
	snprintf(sql, sizeof(sql), "PRAGMA journal_mode=%s", journal_mode);
	run_sql(db, sql);
	/* With a rollback journal FULL promises all but the last commit: the journal's name may come back. */
	run_sql(db, !strcmp(journal_mode, "WAL") ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=EXTRA");
	run_sql(db, "PRAGMA wal_autocheckpoint=40");
	run_sql(db, "PRAGMA cache_size=20");		/* so that transactions spill */
	return db;
}

static void make_payload(char *payload, unsigned worker, unsigned n)
{
	unsigned length = 20 + (worker * 31 + n * 7919) % (PAYLOAD_MAX - 21);

	for (unsigned i = 0; i < length; i++)
		payload[i] = (char)('A' + (worker + n + i / 3) % 26);
	payload[length] = '\0';
}

/* Rows n-40.. stay; of those, every fifth is shortened when it is ten old. */
static void commit_one(sqlite3 *db, struct worker *worker, unsigned n)
{
	static char sql[PAYLOAD_MAX + 600], payload[PAYLOAD_MAX];
	unsigned w = worker->number;

	make_payload(payload, w, n);
	snprintf(sql, sizeof(sql), "BEGIN IMMEDIATE; INSERT INTO rows VALUES(%u,%u,'%s');"
		"UPDATE counters SET n=%u WHERE worker=%u;"
		"DELETE FROM rows WHERE worker=%u AND n<=%d;"
		"UPDATE rows SET payload='short' WHERE worker=%u AND n=%d AND n%%5=0;",
		w, n, payload, n, w, w, (int)n - 40, w, (int)n - 10);
	run_sql(db, sql);
	run_sql(db, "COMMIT");
	mark(worker, "commit %u %u", w, n);
}

/*
 * While one worker copies the WAL, the other adds to it: neither's own checkpoints ever let it begin anew, and one that
 * comes beside another's is turned away. So this one insists; meanwhile at most the other writes.
 */
static void restart_wal(sqlite3 *db, int mode)
{
	int ret;

	while ((ret = sqlite3_wal_checkpoint_v2(db, NULL, mode, NULL, NULL)) == SQLITE_BUSY)
		usleep(1000);
	if (ret)
		die("checkpoint: %s", sqlite3_errmsg(db));
}

static void work(struct worker *worker)
{
	sqlite3 *db = open_database();

	for (unsigned n = 1; now() < worker->end; n++) {
		commit_one(db, worker, n);
		if (n % WAL_COMMITS == 0)
			restart_wal(db, n % (2 * WAL_COMMITS) ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_TRUNCATE);
	}
	sqlite3_close(db);
}

static void run_mode(const char *mode)
{
	sqlite3 *db;

	journal_mode = mode;
	db = open_database();
	run_sql(db, "CREATE TABLE rows(worker INT, n INT, payload TEXT, PRIMARY KEY(worker, n));"
		"CREATE INDEX by_payload ON rows(payload); CREATE TABLE counters(worker INT PRIMARY KEY, n INT);"
		"INSERT INTO counters VALUES(0,0),(1,0)");
	sqlite3_close(db);
	sync_folder(".");
	mark(&(struct worker){ .number = WORKERS }, "database");
	run_workers(WORKERS, work);
}

void load_sqlite_wal(void)
{
	run_mode("WAL");
}

void load_sqlite_delete(void)
{
	run_mode("DELETE");
}
