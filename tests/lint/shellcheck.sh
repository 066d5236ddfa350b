#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Shell scripts (configure and every file that starts with #!/bin/sh) under shellcheck; Python files must parse.
# Needs $SRCDIR.

cd "$SRCDIR" || exit 1
status=0
scripts=$(git ls-files -co --exclude-standard 2>/dev/null | while read -r file; do
	[ -f "$file" ] && head -c 20 "$file" | head -n 1 | grep -q '^#! */bin/sh' && printf '%s\n' "$file"
done)
# shellcheck disable=SC2086 # names of ours, without blanks
shellcheck -x ${scripts:-configure} || status=1
python3 - <<'END' || status=1
import ast, subprocess, sys
files = subprocess.run(['git', 'ls-files', '-co', '--exclude-standard', '*.py'],
                       stdout=subprocess.PIPE, text=True).stdout.split()
for name in files:
    try:
        ast.parse(open(name, encoding='utf-8').read(), name)
    except (SyntaxError, FileNotFoundError) as error:
        if isinstance(error, SyntaxError):
            sys.exit(f'{name}: {error}')
END
exit $status
