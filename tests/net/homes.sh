#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Streams are at home, with their states and keys (srtpgate/home.h): those of
# contexts whose ports the daemon chose, those that a controller made, and
# again a while after a change, under a call that loses nothing.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/media.sh
. scripts/lib/iq.sh
. scripts/lib/ktap.sh

CONTEXTS=20 RATE=100 PACKETS=12000

# A context whose ports the daemon chooses.
add()
{
	context "$1" "$2" | jq 'del(.terminations[].local.port)' \
		> "$LAB_DIR/add.json"
	succeed context.add "$(cat "$LAB_DIR/add.json")" \
		> "$LAB_DIR/added.json" || return
	PORT[$1.access]=$(added 0)
	PORT[$1.core]=$(added 1)
}

added()
{
	jq ".terminations[$1].local.port" "$LAB_DIR/added.json"
}

add_all()
{
	for ((n = 0; n < CONTEXTS; n++)); do
		add "call-$n" "$n" || return
	done
}

remove_half()
{
	for ((n = 1; n < CONTEXTS; n += 2)); do
		succeed context.remove "{\"context\": \"call-$n\"}" || return
	done
}

at_home()
{
	request status | jq .result.at_home
}

are_at_home()
{
	[ "$(at_home)" = "$1" ]
}

# change NAME N MEMBERS: of its first termination.
change()
{
	succeed context.change "{\"context\": \"$1\", \"terminations\":
		[{\"termination\": 0, $2}]}"
}

rekey()
{
	local key

	key=$(random_key AES_CM_128_HMAC_SHA1_80)
	change call-2 "\"srtp\": {\"receive\":
		{\"suite\": \"AES_CM_128_HMAC_SHA1_80\", \"key\": \"$key\"}}"
}

# Ends the call early: every packet sent until now has to arrive.
every_packet_arrived()
{
	local job

	for job in us cs ur cr; do
		stop "call-0.$job"
	done
	[ "$(field call-0.us sent)" -gt $RATE ] &&
		[ "$(field call-0.cr received)" = "$(field call-0.us sent)" ] &&
		[ "$(field call-0.ur received)" = "$(field call-0.cs sent)" ]
}

plan 12
iq_lab homes
iq_config "" "metrics = \"$METRICS\";"
check "controller and gateway start" \
	eval 'mgc_start && gateway_start && wait_until 5 registered' ||
	bail "they start"
check "contexts without ports are added" add_all || bail "contexts are added"
equal "all of their streams are at home" "$(at_home)" $((2 * CONTEXTS))
equal "as metrics say" "$(metric srtpgate_streams_at_home)" $((2 * CONTEXTS))
check "a call begins" call_start call-0 0 $PACKETS --rate $RATE --rtcp 50
check "its DSCP changes" change call-0 '"dscp": 46'
check "one of its streams is elsewhere" are_at_home $((2 * CONTEXTS - 1))
check "and comes home" wait_until 6 are_at_home $((2 * CONTEXTS))
check "no packet is lost to that" every_packet_arrived
check "another gets a new key, which is not at home" \
	eval 'rekey && wait_until 6 are_at_home $((2 * CONTEXTS - 1))'
check "half of the contexts end" remove_half
check "a controller's call is at home as well" \
	eval 'originate iq 0 && wait_until 6 are_at_home $((CONTEXTS + 1))'
ktap_end
