#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What takes too long for `make check`, about half an hour: the same programs
# with other random numbers each time, and many more packets.
#
#   test_differential	packets beside libsrtp2, 1,200,000 by default
#   test_fuzz		spoilt frames, 10,000,000 by default
#   fuzz targets	60 s each by default
#
# Usage: tests/campaign.sh	SEED=number PACKETS=n FRAMES=n FUZZ_SECONDS=n
# What fails is repeated by giving the SEED that was printed.

set -u
cd "$(dirname "$0")/.." || exit 1

seed=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
failed=0

part() { # name, command...
	local name=$1 began=$SECONDS
	shift
	echo "# $name"
	if "$@"; then
		echo "# $name: passed after $((SECONDS - began)) s"
	else
		echo "# $name: FAILED after $((SECONDS - began)) s, SEED=$seed"
		failed=$((failed + 1))
	fi
}

part differential env SEED="$seed" COUNT="${PACKETS:-1200000}" \
	build/tests/bpf/test_differential
part mutation env SEED="$seed" COUNT="${FRAMES:-10000000}" \
	build/tests/bpf/test_fuzz
part parsers env FUZZ_SECONDS="${FUZZ_SECONDS:-60}" tests/fuzz/run.sh
echo "# SEED=$seed, $failed failed"
[ "$failed" = 0 ]
