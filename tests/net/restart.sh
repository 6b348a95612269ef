#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The daemon dies, comes back and is upgraded under four calls: no packet is
# lost, no context, and what no context owns is removed.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/ktap.sh

SECONDS_OF_CALL=120	# at most; they end when all is done
RATE=100
STATE='40 0 0 0'	# a slot that is nobody's, four bytes

# Everything that a restart must keep: no ages, no counters.
identity()
{
	request context.show | jq -cS '[.result.contexts[] |
		{context, terminations}] | sort_by(.context)'
}

# Entry of port $1 in the row of a local IPv4 address: its key, four bytes.
entry_key()
{
	local row

	row=$(bpftool -j map dump pinned "$LAB_MAPS/addresses" |
		jq -r '[.[] | select(.key[10] == "0xff")][0].value |
			join(" ")')
	# Little endian, as the machine: port, then row.
	# shellcheck disable=SC2086
	set -- "$1" $row
	printf '0x%02x 0x%02x %s %s' $(($1 & 255)) $(($1 >> 8)) "$2" "$3"
}

entry()
{
	# shellcheck disable=SC2046
	bpftool -j map lookup pinned "$LAB_MAPS/endpoints" \
		key $(entry_key "$1") | jq -r '.value | join(" ")'
}

# An endpoint that no context owns: that of call-0, at port 30190 as well.
plant_orphan()
{
	# shellcheck disable=SC2046
	bpftool map update pinned "$LAB_MAPS/endpoints" \
		key $(entry_key 30190) value $(entry 30000) || return
	[ "$(entry 30190)" = "$(entry 30000)" ] && [ -n "$(entry 30190)" ] &&
		! orphan_is_gone
}

orphan_is_gone()
{
	[ "$(entry 30190 | tr ' ' '\n' | sort -u)" = 0x00 ]
}

# What is left in both parts of a state when the daemon dies while it zeroes.
plant_state()
{
	local map

	for map in states sources; do
		# shellcheck disable=SC2046
		bpftool map update pinned "$LAB_MAPS/$map" \
			key $STATE value $(octets $map) || return
	done
	! state_is_zeroed
}

# As many of 1 as a value of map $1 has.
octets()
{
	bpftool -j map show pinned "$LAB_MAPS/$1" |
		jq -r '[range(.bytes_value) | 1] | join(" ")'
}

state_is_zeroed()
{
	local map

	for map in states sources; do
		# shellcheck disable=SC2086
		bpftool -j map lookup pinned "$LAB_MAPS/$map" key $STATE |
			jq -e '.value | all(. == "0x00")' || return
	done
}

packets_flow()
{
	local before after

	before=$(forwarded)
	after=$(wait_until 3 more_than "$before" && forwarded) || return
	[ "$after" -gt "$before" ]
}

# Packets forwarded so far, without asking the daemon.
forwarded()
{
	cli -j stream show call-0 | jq '[.streams[].packets] | add'
}

more_than()
{
	[ "$(forwarded)" -gt "$1" ]
}

# Ends a call early: every packet sent until now has to arrive.
every_packet_arrived()
{
	local job

	for job in us cs ur cr; do
		stop "$1.$job"
	done
	tail -n 1 "$LAB_DIR/$1".{us,cs,ur,cr}.out
	cli drop-reasons
	[ "$(field "$1.us" sent)" -gt 100 ] &&
		[ "$(field "$1.cr" received)" = "$(field "$1.us" sent)" ] &&
		[ "$(field "$1.ur" received)" = "$(field "$1.cs" sent)" ]
}

plan 18
gateway_lab restart
gateway_config
check "gateway starts" gateway_start || bail "gateway starts"
# What each call's terminal may send from.
sources=('"strict"' '{"address": "10.77.0.0/16", "ports": [4000, 4999]}'
	'"latch"' '"address"')
for n in 0 1 2 3; do
	context call-$n $n | jq --argjson source "${sources[n]}" \
		'.terminations[0].source = $source' > "$LAB_DIR/add.json"
	succeed context.add "$(cat "$LAB_DIR/add.json")" > "$LAB_DIR/add.txt" ||
		bail "context call-$n is added"
	call_start call-$n $n $((SECONDS_OF_CALL * RATE)) --rate $RATE --rtcp 50
done
before=$(identity)

check "an orphan endpoint is planted" plant_orphan
check "and what is left in a state" plant_state
kill -KILL "${PID[gateway]}"
finish gateway 5
check "packets flow while there is no daemon" packets_flow
check "daemon starts again after kill -9" gateway_start
equal "every context is there as before" "$(identity)" "$before"
check "the orphan is gone" orphan_is_gone
check "and the state zeroed" state_is_zeroed

cp "$LAB_BUILD/srtpgated" "$LAB_DIR/srtpgated-next"
check "daemon stops for the upgrade" gateway_stop
check "packets flow between the versions" packets_flow
check "the new binary starts" gateway_start "$LAB_DIR/srtpgated-next"
equal "every context is there after the upgrade" "$(identity)" "$before"

for n in 0 1 2 3; do
	check "call-$n: every packet arrived, both ways" \
		every_packet_arrived call-$n
done
check "a context that outlived restarts can be removed" \
	succeed context.remove '{"context": "call-3"}'
check "and its port serves a new one" \
	succeed context.add "$(context call-new 3)"
ktap_end
