#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The daemon dies, comes back and is upgraded, and the slow path's worker
# dies, under a call that goes through the slow path alone.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/ktap.sh

RATE=500
BATCH=64	# packets that a worker may hold

counted()
{
	cli -j drop-reasons | jq ".slow_path.$1"
}

packets_flow()
{
	local before

	before=$(counted sent)
	wait_until 5 more_than $((before + RATE / 5))
}

more_than()
{
	[ "$(counted sent)" -gt "$1" ]
}

one_worker()
{
	[ "$(processes srtpgate-slow | wc -l)" = 1 ] &&
		[ "$(processes srtpgate-keep | wc -l)" = 1 ]
}

another_worker()
{
	one_worker && [ "$(processes srtpgate-slow)" != "$1" ]
}

worker_dies()
{
	local old

	old=$(processes srtpgate-slow)
	kill -KILL "$old" && wait_until 5 another_worker "$old" && packets_flow
}

# What was sent less what was received; nothing when that was not much.
lost()
{
	[ "$(field call.us sent)" -gt 100 ] &&
		[ "$(field call.cs sent)" -gt 100 ] || return
	echo $(($(field call.us sent) - $(field call.cr received) +
		$(field call.cs sent) - $(field call.ur received)))
}

start_call()
{
	call_start call 0 100000 --rate $RATE --options 1 "$@"
}

end_call()
{
	local job

	for job in us cs; do
		stop call.$job TERM
	done
	wait_until 5 is_quiet
	for job in cr ur; do
		stop call.$job TERM
	done
	return 0
}

is_quiet()
{
	local before

	before=$(counted received)
	! wait_until 1 received_more_than "$before"
}

received_more_than()
{
	[ "$(counted received)" -gt "$1" ]
}

plan 16
gateway_lab slowrestart
gateway_config
check "gateway starts" gateway_start || bail "gateway starts"
check "one worker, one keeper" one_worker
check "the worker is confined" is_confined "$(processes srtpgate-slow)" 14
check "the keeper is confined" is_confined "$(processes srtpgate-keep)" 14
succeed context.add "$(context call 0)" > "$LAB_DIR/add.txt"

start_call
check "packets go through the slow path" packets_flow
first=$(processes srtpgate-slow)
kill -KILL "${PID[gateway]}"
finish gateway 5 || true
check "they go on after kill -9 of the daemon" packets_flow
check "the daemon starts again" gateway_start
check "its worker has taken over" wait_until 5 another_worker "$first"
check "packets flow" packets_flow
cp "$LAB_BUILD/srtpgated" "$LAB_DIR/srtpgated-next"
check "upgrade: the daemon stops, packets flow" eval \
	'gateway_stop && packets_flow'
check "upgrade: the new binary starts, packets flow" eval \
	'gateway_start "$LAB_DIR/srtpgated-next" && wait_until 5 one_worker &&
	packets_flow'
end_call
equal "no packet was lost" "$(lost)" 0

start_call --ssrc 5eed0002
packets_flow
check "kill -9 of the worker: another goes on" worker_dies
check "and so after the next" worker_dies
equal "both were counted, and said" \
	"$(counted restarted) $(grep -c 'killed by signal 9' "$LAB_DIR/gateway.err")" \
	"2 2"
end_call
check "no more was lost than a batch for each" \
	test "$(lost)" -le $((2 * BATCH))
ktap_end
