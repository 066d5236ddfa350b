#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write a disk image in which every 8 bytes hold their own offset: pattern_disk.py FILE [MIB]."""
import struct
import sys

size = int(sys.argv[2]) << 20 if len(sys.argv) > 2 else 8 << 20
with open(sys.argv[1], 'wb') as f:
    for start in range(0, size, 1 << 20):
        f.write(struct.pack('<131072Q', *range(start, start + (1 << 20), 8)))
