#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tickets requested and resolved at two running srtpgate-kms on CPU 1, with
# their audit logs and system call filters, one with 10 users in its store, one
# with 1,000,000; bench_kms on CPU 0 is the terminals. As root, in a namespace of
# its own. Appends its rows (result.h) to RESULTS.
#
#	bench/kms.sh RESULTS

set -eu
results=$1
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib/lab.sh
. scripts/lib/lab.sh
# shellcheck source=scripts/lib/kms.sh
. scripts/lib/kms.sh

# What else there is to do waits: a latency is measured, too.
first="chrt -f 10"
$first true 2> /dev/null || first="nice -n -20"

# server NAME PORT USERS
server()
{
	local name=$1

	echo "skew = 600; remember = 1000000;
		store = { path = \"$LAB_DIR/$name/users.db\"; };" |
		kms_make "$name" a.example
	sed -i "s/:8080/:$2/; s/ metrics[^;]*;//" "$LAB_DIR/$name/conf"
	kms_policy "$name" '{ from = [ "*@a.example" ]; groups = true; }'
	"$LAB_BUILD/bench/bench_kms" users "$3" | kms "$name" user import
	# shellcheck disable=SC2086
	start_on "$name" a $first taskset -c 1 "$LAB_BUILD/srtpgate-kms" \
		-c "$LAB_DIR/$name/conf"
	if ! wait_until 60 said "$name" "ready:"; then
		sed 's/^/# /' "$LAB_DIR/$name.err" >&2
		exit 1
	fi
}

lab_open bkms
lab_node a
server few 8081 10
server many 8082 1000000
# shellcheck disable=SC2086
on a $first taskset -c 0 "$LAB_BUILD/bench/bench_kms" "$results" kms.a.example \
	8081 "${PID[few]}" 10 8082 "${PID[many]}" 1000000
