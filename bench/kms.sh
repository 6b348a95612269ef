#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tickets requested and resolved at a running srtpgate-kms on CPU 1, with its
# audit log and system call filter; bench_kms on CPU 0 is the terminals. As
# root, in a namespace of its own. Appends its rows (result.h) to RESULTS.
#
#	bench/kms.sh RESULTS

set -eu
results=$1
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib/lab.sh
. scripts/lib/lab.sh
# shellcheck source=scripts/lib/kms.sh
. scripts/lib/kms.sh

lab_open bkms
lab_node a
echo "skew = 600; remember = 4000000;" | kms_make a a.example
kms_account a alice@bsf alice@a.example
kms_account a bob@bsf bob@b.example
kms_policy a '{ from = [ "*@a.example" ]; groups = true; }'
# What else there is to do waits: a latency is measured, too.
start_on a a nice -n -20 taskset -c 1 "$LAB_BUILD/srtpgate-kms" -c "$LAB_DIR/a/conf"
if ! wait_until 10 said a "ready:"; then
	sed 's/^/# /' "$LAB_DIR/a.err" >&2
	exit 1
fi
on a nice -n -20 taskset -c 0 "$LAB_BUILD/bench/bench_kms" "$results" "$KMS_PORT" \
	"${PID[a]}" "alice@a.example,alice@bsf,$LAB_DIR/a/alice@bsf.key" \
	"bob@b.example,bob@bsf,$LAB_DIR/a/bob@bsf.key" kms.a.example
