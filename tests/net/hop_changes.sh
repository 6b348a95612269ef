#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the network does to next hops: another link-layer address, a link
# that flaps, a neighbour that is not there yet.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/ktap.sh

add_call()
{
	succeed context.add "$(context "$1" "$2")" > "$LAB_DIR/add.txt"
}

# call_comes_through NAME N [OPTIONS]: a short call without any loss. Tried
# again, it goes on in sequence: what was received or encrypted once never is
# again. Who tries but once must be patient: a busy machine may take a second to
# start those who send, while the others listen.
SEQ=1
call_comes_through()
{
	SEQ=$((SEQ + 50))
	call "$1" "$2" 50 --rate 500 --seq $SEQ "${@:3}"
}

# comes_through_within SECONDS NAME N
comes_through_within()
{
	wait_until "$1" call_comes_through "$2" "$3" --idle 500
}

drops()
{
	cli -j drop-reasons | jq --arg name "$1" \
		'[.reasons[] | select(.name == $name).count] | add // 0'
}

# ARP requests for an address, seen by the core host.
asked_for()
{
	on core tcpdump -r "$LAB_DIR/arp.pcap" -n 2>/dev/null |
		grep -q "who-has $1"
}

absent_neighbour()
{
	context absent 2 | jq -c '.terminations[1].remote.address = "10.77.2.9"' \
		> "$LAB_DIR/absent.json"
	succeed context.add "$(cat "$LAB_DIR/absent.json")"
}

stream_has_no_path()
{
	request stream.show '{"context": "absent"}' |
		jq -es '.[0].result.streams[0] | .path == "none" and (.why | length > 0)'
}

neighbour_call()
{
	start_on late core "$LAB_TOOLS/rtp_peer" receive \
		--local 10.77.2.9:5004 --count 50 --idle 500
	wait_listening late || return
	SEQ=$((SEQ + 50))
	ue_sends absent 2 50 --rate 500 --seq $SEQ
	finish absent.us
	finish late
}

plan 12
gateway_lab hops
gateway_config
check "gateway starts" gateway_start || bail "gateway starts"
check "a call is added" add_call moving 0
check "it comes through" comes_through_within 5 moving 0

on core ip link set eth0 address 02:00:00:00:77:02
on ue ip link set eth0 address 02:00:00:00:77:01
on core ip neigh flush dev eth0
on ue ip neigh flush dev eth0
check "and after both hosts changed their link-layer addresses" \
	comes_through_within 10 moving 0

on gateway ip link set core down
on gateway ip link set core up
check "and after the core link went down and up" \
	comes_through_within 10 moving 0
on core ip link set eth0 down
on core ip link set eth0 up
check "and after the core host's did" \
	comes_through_within 10 moving 0

capture_start arp core eth0 arp
check "a call to an absent neighbour is added" absent_neighbour
ue_sends absent 2 50 --rate 200
finish absent.us
check "its stream says that it has no path, and why" stream_has_no_path
check "packets to it are counted as no-neighbour" \
	test "$(drops no-neighbour)" -gt 0
check "the neighbour is asked for" wait_until 5 asked_for 10.77.2.9
capture_stop arp
on core ip addr add 10.77.2.9/24 dev eth0
check "packets flow once it answers" wait_until 8 neighbour_call
check "the other call still comes through" call_comes_through moving 0
ktap_end
