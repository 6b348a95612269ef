#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The XDP program under the oldest kernel it promises to load on, the long-term
# one after it and the newest: Debian's own, in virtual machines. The tests are
# those of tests/bpf, as built for the running kernel.

set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
build=$top/build
store=$build/vm
programs=(test_vectors test_reasons test_forward test_daemon test_lifetime
	test_ahead test_slow test_slow_crypto test_slow_reasons test_rtcp
	test_load)

. "$top/tests/vm/packages.sh"

# One result for each program: all of its own results must be ok.
judge() { # version console
	local program own

	for program in "${programs[@]}"; do
		own=$(sed -n "/^# program $program\$/,/^# \(program\|end\)/p" "$2")
		if grep -q '^ok ' <<< "$own" &&
		   ! grep -qE '^(not ok|Bail out)' <<< "$own"; then
			echo "ok 0 Linux $1: $program"
		else
			grep -E '^(not ok|Bail out|#)' <<< "$own" | head -n 20 |
				sed 's/^/# /'
			echo "not ok 0 Linux $1: $program"
		fi
	done
}

under() { # version
	local package image console=$build/vm/console-$1

	package=$(kernel_package "$1")
	image=$([ -n "$package" ] && kernel_image "$package")
	if [ -z "$image" ]; then
		echo "ok 0 Linux $1 # SKIP no kernel package to be had"
		return
	fi
	# A quarter of the time, and arithmetic that is no kernel's.
	[ "$1" != 6.1 ] || programs+=(test_rollover)
	COUNT=500 bash "$top/tests/vm/boot.sh" "$image" 500 \
		"${programs[@]/#/$build/tests/bpf/}" > "$console" 2>&1
	judge "$1" "$console"
}

echo "TAP version 13"
mkdir -p "$store"
if ! command -v qemu-system-x86_64 >/dev/null ||
   [ "$(uname -m)" != x86_64 ]; then
	echo "1..1"
	echo "ok 1 other kernels # SKIP needs qemu-system-x86 on x86_64"
	exit 0
fi
under_each under
