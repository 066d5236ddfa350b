/* SPDX-License-Identifier: MIT */
/* Seals set beside calls that change the file: what is sealed stays as it is. */
#include "lib/contract.h"

#include <pthread.h>

enum { ROUNDS = 600, SIZE = 65536 };

enum deed { WRITE, GROW, MAP, DEEDS };

static struct {
	pthread_barrier_t start, end;
	enum deed deed;
	int fd;
	unsigned delay;			/* of the changer */
	bool stop;
	char *map;			/* MAP: MAP_FAILED, or the mapping that was had */
} game;

static char source[SIZE];

static void spin(unsigned turns)
{
	for (volatile unsigned left = turns; left; left--)
		;
}

static void *changer(void *arg)
{
	for (;;) {
		pthread_barrier_wait(&game.start);
		if (game.stop)
			return NULL;
		spin(game.delay);
		if (game.deed == MAP)
			game.map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, game.fd, 0);
		else		/* WRITE stays inside the file, GROW doubles it */
			(void)!pwrite(game.fd, source, SIZE, game.deed == WRITE ? 0 : SIZE);
		pthread_barrier_wait(&game.end);
	}
}

static void fingerprint(int fd, char *out, struct stat *st)
{
	REQUIRE_OK(fstat(fd, st));
	REQUIRE_OK(pread(fd, out, SIZE, 0));
}

/* True: the file changed after it was sealed, or is mapped and sealed. */
static bool round_of(enum deed deed, unsigned i, unsigned *sealed)
{
	static char before[SIZE], after[SIZE];
	struct stat st, now;
	bool bad = false;

	memset(source, 'A' + i % 26, SIZE);
	game.deed = deed;
	game.map = MAP_FAILED;
	game.delay = i % 2 ? 0 : i * 7 % 3000;
	game.fd = REQUIRE_OK(memfd_create("sealed", MFD_ALLOW_SEALING));
	REQUIRE_OK(ftruncate(game.fd, SIZE));
	pthread_barrier_wait(&game.start);
	spin(i % 2 ? i * 7 % 3000 : 0);
	if (fcntl(game.fd, F_ADD_SEALS, deed == GROW ? F_SEAL_GROW : F_SEAL_WRITE) == 0) {
		++*sealed;
		fingerprint(game.fd, before, &st);
		pthread_barrier_wait(&game.end);
		fingerprint(game.fd, after, &now);
		bad = st.st_size != now.st_size || (deed == WRITE && memcmp(before, after, SIZE)) ||
		      game.map != MAP_FAILED;
	} else {
		pthread_barrier_wait(&game.end);
		bad = deed != MAP;
	}
	if (game.map != MAP_FAILED)
		munmap(game.map, PAGE);
	close(game.fd);
	return bad;
}

void contract_main(void)
{
	static const char *const what[DEEDS] = {
		"F_SEAL_WRITE: no byte changes afterwards", "F_SEAL_GROW: no byte is added",
		"F_SEAL_WRITE: there is no mapping to write through",
	};
	unsigned wrong, sealed;
	pthread_t thread;

	need_cpus(2);
	pthread_barrier_init(&game.start, NULL, 2);
	pthread_barrier_init(&game.end, NULL, 2);
	REQUIRE(!pthread_create(&thread, NULL, changer, NULL));
	for (enum deed deed = WRITE; deed < DEEDS; deed++) {
		wrong = sealed = 0;
		for (unsigned i = 0; i < ROUNDS; i++)
			wrong += round_of(deed, i, &sealed);
		CHECK_INT(wrong, 0, "%s", what[deed]);
		note("%u of %u sealed", sealed, ROUNDS);
	}
	game.stop = true;
	pthread_barrier_wait(&game.start);
	pthread_join(thread, NULL);
}
