#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs every test: the C programs that `make` built into build/tests, and the
# executable scripts of tests/{net,fuzz,interop,vm}. Prints their KTAP; the last
# line is "N passed, N failed[, N skipped]".
#
# A program that crashes, overruns its deadline, prints no plan or fewer
# results than planned is itself one failure.
#
# Usage: tests/run.sh [word...]	only tests whose path contains a word
# DEADLINE=seconds		for each test, default 300; virtual machines
#			have twice as long

set -u
cd "$(dirname "$0")/.." || exit 1

deadline=${DEADLINE:-300}
passed=0 failed=0 skipped=0
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

wanted() {
	local test=$1 word
	shift
	[ $# -gt 0 ] || return 0
	for word; do
		case $test in *"$word"*) return 0 ;; esac
	done
	return 1
}

tests() {
	local source script
	# Of sources that are gone, old binaries may still lie around.
	for source in tests/unit/test_*.c tests/bpf/test_*.c; do
		[ -e "$source" ] && echo "build/${source%.c}"
	done
	for script in tests/{net,fuzz,interop,vm}/*.sh; do
		[ -x "$script" ] && echo "$script"
	done
}

# Reads KTAP; prints "passed failed skipped planned".
count() {
	awk '
	/^1\.\.[0-9]+/ { planned = substr($1, 4); has_plan = 1 }
	/^1\.\.0 # SKIP/ { planned = s = 1 }
	/^not ok / { f++ }
	/^ok / { if (toupper($0) ~ /# SKIP/) s++; else p++ }
	END { print p + 0, f + 0, s + 0, has_plan ? planned : -1 }' "$1"
}

fail() {
	echo "not ok - $1: $2"
	failed=$((failed + 1))
}

run() {
	local test=$1 status p f s plan seconds=$deadline
	echo "# $test"
	if [ ! -x "$test" ]; then
		fail "$test" "was not built"
		return
	fi
	# Not through a pipe: whatever a dying test leaves behind would hold it.
	case $test in tests/vm/*) seconds=$((2 * deadline)) ;; esac
	timeout --kill-after=10 "$seconds" "$test" >"$log" 2>&1 </dev/null
	status=$?
	cat "$log"
	read -r p f s plan < <(count "$log")
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	if [ "$status" = 124 ] || [ "$status" = 137 ]; then
		fail "$test" "not done after $seconds s"
	elif [ "$status" -ge 128 ]; then
		fail "$test" "killed by signal $((status - 128))"
	elif [ "$plan" = -1 ]; then
		fail "$test" "printed no plan"
	elif [ $((p + f + s)) -ne "$plan" ]; then
		fail "$test" "planned $plan results, gave $((p + f + s))"
	elif [ "$status" != 0 ] && [ "$f" = 0 ]; then
		fail "$test" "exit status $status without a failed result"
	fi
}

list=$(tests)
for test in $list; do
	if wanted "$test" "$@"; then run "$test"; fi
done
if [ $((passed + failed + skipped)) = 0 ]; then
	fail "tests/run.sh" "no test was found"
fi
echo "$passed passed, $failed failed$([ $skipped = 0 ] || echo ", $skipped skipped")"
[ "$failed" = 0 ]
