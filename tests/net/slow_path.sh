#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the XDP program leaves to the kernel goes through the slow path: IP
# fragments and packets with options, among others of the same stream, in both
# directions and both IP versions. libsrtp2 judges every packet.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/ktap.sh

LARGEST=2000	# sealing keeps room for the longest MKI and tag
SMALL_MTU=1280
RATE=250	# a busy machine's worker must not be 192 packets late

# ipv6_context NAME N: as context, with IPv6 on both sides.
ipv6_context()
{
	context "$@" | jq --arg ue "$UE6" --arg gw "$GATEWAY6" '
		.terminations[0].local.address = $gw |
		.terminations[0].remote.address = $ue |
		.terminations[1].local.address = "fd77:2::1" |
		.terminations[1].remote.address = "fd77:2::2"'
}

# In brackets, and every call of gateway.sh is one of IPv6.
use_ipv6()
{
	UE="[$UE6]" GATEWAY="[$GATEWAY6]" GATEWAY_CORE="[fd77:2::1]"
	CORE="[fd77:2::2]"
}

add()
{
	succeed context.add "$1" > "$LAB_DIR/add.txt"
}

# counted NAME: of the slow path. dropped NAME: by the program.
counted()
{
	cli -j drop-reasons | jq ".slow_path.\"$1\""
}

dropped()
{
	cli -j drop-reasons |
		jq "[.reasons[] | select(.name == \"$1\") | .count] | add // 0"
}

# slow_call NAME N COUNT [OPTIONS]: a call some of whose packets go through the
# slow path.
slow_call()
{
	local before after

	before=$(counted sent)
	call "$@" || return
	after=$(counted sent)
	echo "$((after - before)) packets in the slow path"
	[ $((after - before)) -ge 20 ] && [ "$(counted unsent)" = 0 ] &&
		[ "$(counted overrun)" = 0 ]
}

# Every tenth packet goes twice, by both paths: just as many are refused.
no_replay_passes()
{
	local count=$3 opened sealed

	opened=$(dropped replayed) sealed=$(dropped seal-duplicate)
	call "$@" || return
	opened=$(($(dropped replayed) - opened))
	sealed=$(($(dropped seal-duplicate) - sealed))
	echo "refused: $opened opened, $sealed sealed"
	[ "$opened" = $((count / 10)) ] && [ "$sealed" = $((count / 10)) ]
}

set_mtu()
{
	on ue ip link set eth0 mtu "$1" && on core ip link set eth0 mtu "$1" &&
		on gateway ip link set access mtu "$1" &&
		on gateway ip link set core mtu "$1"
}

# Somebody else's service on the gateway's address keeps its datagrams.
other_service()
{
	start_on service gateway socat -u UDP4-RECVFROM:7777,bind="$GATEWAY" \
		STDOUT
	wait_until 5 service_listens || return
	echo hello | on ue socat -u STDIN "UDP4-SENDTO:$GATEWAY:7777"
	finish service 5 && grep -q hello "$LAB_DIR/service.out"
}

service_listens()
{
	on gateway ss -Hlun sport = :7777 | grep -q 7777
}

both_versions()
{
	local name=$1 n=$2

	check "$name: fragments in and out, every length" \
		slow_call "$name" "$n" 1981 --size 20-$LARGEST --rate 1000
	check "$name: packets with options among others" \
		slow_call "$name" "$n" 600 --options 3 --seq 1982 --rtcp 10 \
		--rate $RATE
	check "$name: by chance on either path, replayed on the other" \
		no_replay_passes "$name" "$n" 600 --options 2 --replay 10 \
		--seq 2982 --rate $RATE
	check "$name: beyond a sequence wrap on either path" \
		slow_call "$name" "$n" 800 --options 2 --seq 65000 \
		--ssrc 5eed0002 --rate $RATE
}

plan 14
gateway_lab slow
gateway_config
check "gateway starts" gateway_start || bail "gateway starts"
check "another service on the same address is heard" other_service
add "$(context ipv4 0)"
both_versions ipv4 0
set_mtu $SMALL_MTU
check "ipv4: a smaller MTU" slow_call ipv4 0 1981 --size 20-$LARGEST \
	--rate 1000 --ssrc 5eed0003
add "$(ipv6_context ipv6 1)"
use_ipv6
both_versions ipv6 1
check "what is for no termination is nobody's" test "$(counted unwanted)" = 0
check "the fast path took its part" \
	test "$(cli -j status | jq '.forwarded.packets')" -gt \
	"$(($(counted sent) * 5 / 4))"
check "no process of the slow path died" test "$(counted restarted)" = 0
ktap_end
