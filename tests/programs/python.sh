#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Python's own suite, the modules that PYTHON names: for each "PYTHON MODULE STATUS SECONDS", then a line for each of
# its tests, "PYTEST MODULE.CLASS.TEST RESULT". Runs in the guest, in Debian's root; debian_test.py compares the lines
# with those of Linux in the same guest. A module that takes longer than PYTHON_LIMIT seconds is ended.

export HOME=/tmp LANG=C.UTF-8 TERM=vt100
for module in $PYTHON; do
	SECONDS=0
	timeout -k 5 "${PYTHON_LIMIT:-600}" python3 -m test -v "$module" > "/tmp/py.$module" 2>&1 </dev/null
	echo "PYTHON $module $? $SECONDS"
	# A test that prints has its result on a later line than its name.
	awk '/^test[^ ]* \(test\.[^)]*\)/ { name = $2; gsub(/[()]/, "", name) }
		name && match($0, /(^|\.\.\. .*|[^a-zA-Z])(ok|FAIL|ERROR|skipped.*|expected failure)$/) {
			result = $0; sub(/.*\.\.\. /, "", result)
			sub(/^.*[^a-zA-Z]ok$/, "ok", result); sub(/skipped.*/, "skipped", result)
			print "PYTEST", name, result; name = "" }' "/tmp/py.$module"
done
