# SPDX-License-Identifier: MIT
"""Images of a disk whose power failed, from a record of its writes (record.py).

A cut is a place in the record. What stands before the last flush before it is on the disk; of the writes behind that
flush the disk may have any: which ones is the cut's loss.

    all         everything got there          none        nothing of it
    last        only the newest write         but-one     all but one of them
    random      a random half                 torn        a random half of all sectors, of 512 bytes
    torn-last   all; of the newest write some sectors

One thing stays whole, as on a disk of 4 KiB sectors: a volume's super block, of 1 KiB with a checksum (README.md).
"""

import random

LOSSES = ('all', 'none', 'last', 'but-one', 'random', 'torn', 'torn-last')
SECTOR = 512
SUPER = (1024, 2048)


class Cut:
    def __init__(self, place, loss, seed):
        self.place, self.loss, self.seed = place, loss, seed

    def __str__(self):
        return f'{self.place}:{self.loss}:{self.seed}'


def parse(text):
    place, loss, seed = text.split(':')
    return Cut(int(place), loss, int(seed))


def choose(entries, count, seed):
    """`count` different cuts, sorted by place. Few where nothing is on its way: such a place has one image only."""
    rng = random.Random(seed)
    busy = [place for place in range(1, len(entries) + 1) if not entries[place - 1].flush]
    cuts, number = {}, 0
    while len(cuts) < count:
        place = rng.randrange(len(entries) + 1) if number % 20 == 0 else rng.choice(busy)
        loss = LOSSES[number % len(LOSSES)]
        key = (place, loss) if loss in ('all', 'none', 'last') else (place, loss, number)
        cuts.setdefault(key, Cut(place, loss, seed * 1000003 + number))
        number += 1
    return sorted(cuts.values(), key=lambda cut: cut.place)


def sectors_of(entry):
    """Pieces that are on the disk whole or not at all: (offset in the entry, length)."""
    at = 0
    while at < entry.length:
        length = SECTOR
        if SUPER[0] <= entry.start + at < SUPER[1]:
            length = SUPER[1] - entry.start - at
        length = min(length, entry.length - at)
        yield at, length
        at += length


def put(disk, entry, at=0, length=None):
    """A discarded range may have anything afterwards: zeroes here, as from QEMU's disks."""
    length = entry.length if length is None else length
    data = entry.data[at:at + length] if entry.data is not None else bytes(length)
    disk[entry.start + at:entry.start + at + length] = data


def put_some(disk, entry, rng):
    for at, length in sectors_of(entry):
        if rng.random() < 0.5:
            put(disk, entry, at, length)


class Disk:
    """The disk up to the last flush before a place; goes forward only."""

    def __init__(self, base, entries):
        self.data, self.entries = bytearray(base), entries
        self.done = 0                   # entries on the disk for sure

    def advance(self, place):
        """Returns what is on its way at this place."""
        flush = max((n for n in range(self.done, place) if self.entries[n].flush), default=-1)
        for entry in self.entries[self.done:flush + 1]:
            put(self.data, entry)
        self.done = max(self.done, flush + 1)
        return [entry for entry in self.entries[self.done:place] if entry.length]

    def crash(self, cut):
        """What the disk has after this cut."""
        pending = self.advance(cut.place)
        disk, rng = bytearray(self.data), random.Random(cut.seed)
        one = rng.randrange(len(pending)) if pending else 0
        for number, entry in enumerate(pending):
            newest = number == len(pending) - 1
            if cut.loss == 'torn' or (cut.loss == 'torn-last' and newest):
                put_some(disk, entry, rng)
            elif (cut.loss in ('all', 'torn-last') or (cut.loss == 'last' and newest)
                  or (cut.loss == 'but-one' and number != one) or (cut.loss == 'random' and rng.random() < 0.5)):
                put(disk, entry)
        return disk
