#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Locking is written down where the data is.

  - a struct that holds a lock, or whose comment has a "Field legend", says of every field what protects it: a
    comment on it or right above it with [letter]. Locks, wait queues and rcu_heads need none. The letters are explained
    in the legend, but for I a c r. A legend of one letter, and none on the fields, means all of them. A file's own
    nameless state with one lock needs no legend: the lock protects all of it.
  - a function named *_locked starts with assert_held() (within its first three statements), or declares __requires().
"""

import re

from project import Lint, blank, read, sources

LOCK = re.compile(r'^\s*struct (?:spinlock|raw_spinlock|mutex|rwlock|rwsem|seqlock|seqcount)\b[^*]*$')
# What carries its own lock, or belongs to whoever frees the object.
EXEMPT = re.compile(r'^\s*struct (?:waitq|fasync|completion|rcu_head|address_space|arch_mm|arch_thread|thread'
                    r'|hrtimer)\b[^*]*$')
STRUCT = re.compile(r'^(?:static )?struct (?:__\w+ )?(\w*)\s*\{$', re.M)
LEGEND = re.compile(r'[Ff]ield legend')
COMMON = set('Iacr')
FIELD = re.compile(r'((?:[^;{}/]|/(?!\*)|/\*.*?\*/|\{(?:[^{}]|\{[^{}]*\})*\})*);'
                   r'([ \t]*/\*.*?\*/)?', re.S)
FUNCTION = re.compile(r'^[a-z].*?\b(\w+_locked)\([^;{]*\)[^;{]*\n\{\n(.*?)^\}', re.M | re.S)


def fields_of(body):
    """(offset, declaration, comments) for each field of a struct's text. A nested struct is one field."""
    for match in FIELD.finditer(body):
        declaration = blank(match.group(1))
        if declaration.strip():
            lead = len(match.group(1)) - len(match.group(1).lstrip())
            yield match.start() + lead, declaration, match.group(0)


def closing(text, start):
    """Offset of the brace that closes the one before start."""
    depth = 1
    for match in re.finditer(r'[{}]', text[start:]):
        depth += 1 if match.group(0) == '{' else -1
        if depth == 0:
            return start + match.start()
    return len(text)


def check_structs(lint, path, text):
    bare = blank(text)
    for match in STRUCT.finditer(bare):
        end = closing(bare, match.end())
        body, name = text[match.end():end], match.group(1) or 'static'
        # The comment that stands right above.
        above = text[:match.start()].rstrip()
        comment = above[above.rfind('/*'):] if above.endswith('*/') else ''
        fields = list(fields_of(body))
        line = text.count('\n', 0, match.start()) + 1
        if not LEGEND.search(comment):
            locks = sum(bool(LOCK.match(declaration)) for _, declaration, _ in fields)
            if locks > (name == 'static'):
                lint.problem(path, line, name, f'struct {name} holds a lock but its comment has no "Field legend:"')
            continue
        legend = re.findall(r'\[(\w)\]', comment)
        if len(legend) == 1 and not any(re.search(r'\[\w', c) for c in re.findall(r'/\*.*?\*/', body, re.S)):
            continue                    # one letter for all fields
        known = COMMON | set(legend)
        for offset, declaration, whole in fields:
            place = line + body.count('\n', 0, offset)
            if LOCK.match(declaration) or EXEMPT.match(declaration):
                continue
            letters = re.findall(r'/\*[^\[]*?\[((?:\w(?:[,+/| ]*))+)\]', whole)
            if not letters:
                lint.problem(path, place, name,
                             f'struct {name}: no [letter] for "{" ".join(declaration.split())}"')
            for letter in set(re.findall(r'\w', ''.join(letters))) - known:
                lint.problem(path, place, name, f'struct {name}: [{letter}] is not in the legend')


def check_functions(lint, path, text):
    for match in FUNCTION.finditer(blank(text)):
        head = match.group(0).split('{')[0]
        first = ';'.join(match.group(2).split(';')[:8])
        if match.group(1).endswith('_is_locked'):
            continue
        if 'assert_held' not in first and '__requires' not in head and 'lockdep_assert' not in first:
            line = text.count('\n', 0, match.start()) + 1
            lint.problem(path, line, match.group(1), f'{match.group(1)}() does not start with assert_held()')


def main():
    lint = Lint('locks')
    for path in sources('.c', '.h', under=('libos/', 'arch-x86_64/')):
        text = read(path)
        check_structs(lint, path, text)
        check_functions(lint, path, text)
    lint.finish()


main()
