# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# KTAP for shell tests in a laboratory (lab.sh): plan N, then check, equal or
# skip once for each case.

KTAP_COUNT=0
KTAP_FAILED=0
KTAP_PLAN=

plan()
{
	KTAP_PLAN=$1
	echo "TAP version 13"
	echo "1..$1"
}

ktap_line()
{
	KTAP_COUNT=$((KTAP_COUNT + 1))
	[ "$1" = ok ] || KTAP_FAILED=$((KTAP_FAILED + 1))
	echo "$1 $KTAP_COUNT $2"
}

# check NAME COMMAND...: passes when COMMAND succeeds; else shows its output
# and returns 1.
check()
{
	local name=$1

	shift
	if "$@" > "$LAB_DIR/check.txt" 2>&1; then
		ktap_line ok "$name"
	else
		ktap_line "not ok" "$name"
		{ echo "$*"; cat "$LAB_DIR/check.txt"; } | sed 's/^/# /'
		return 1
	fi
}

# equal NAME GOT WANTED: two empty texts are no equality.
equal()
{
	if [ -n "$3" ] && [ "$2" = "$3" ]; then
		ktap_line ok "$1"
	else
		ktap_line "not ok" "$1"
		printf '# got:    %s\n# wanted: %s\n' "$2" "$3"
	fi
}

skip()
{
	ktap_line ok "$1 # SKIP $2"
}

# A test that cannot go on: all that is left of the plan fails.
bail()
{
	while [ "$KTAP_COUNT" -lt "$KTAP_PLAN" ]; do
		ktap_line "not ok" "not run: $1"
	done
	exit 1
}

ktap_end()
{
	[ "$KTAP_COUNT" = "$KTAP_PLAN" ] ||
		echo "not ok $((KTAP_COUNT + 1)) plan of $KTAP_PLAN was kept"
	[ "$KTAP_COUNT" = "$KTAP_PLAN" ] && [ "$KTAP_FAILED" = 0 ]
	exit
}
