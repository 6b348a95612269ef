#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's other ways for a packet: generic XDP, GRO variants that chain
# packets, half-finished UDP checksums, every length of growth.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/ktap.sh

add_call()
{
	succeed context.add "$(context "$1" "$2")" > "$LAB_DIR/add.txt"
}

mode_is()
{
	request status | jq -es --arg mode "$1" \
		'[.. | strings | select(. == "native" or . == "generic")] |
		length > 0 and all(. == $mode)'
}

# Sends to both sides with tx checksums left to the device, and lets tshark
# verify what arrives: 1 is good.
checksums_good()
{
	local name=$1 n=$2

	capture_start "$name.at-core" core eth0 "udp and dst host $CORE"
	capture_start "$name.at-ue" ue eth0 "udp and dst host $UE"
	call "$name" "$n" 200 --rtcp 10 || return
	capture_stop "$name.at-core" "$name.at-ue"
	for side in core ue; do
		tshark -r "$LAB_DIR/$name.at-$side.pcap" \
			-o udp.check_checksum:TRUE -T fields \
			-e udp.checksum.status 2>/dev/null | sort | uniq -c |
			tee "$LAB_DIR/sums.txt"
		[ "$(awk '{ print $2, $1 }' "$LAB_DIR/sums.txt")" = "1 220" ] ||
			return
	done
}

partial_checksums()
{
	on ue ethtool -k eth0 | grep -q 'tx-checksumming: on' &&
		on core ethtool -k eth0 | grep -q 'tx-checksumming: on'
}

# gro_variant FEATURE on|off, on every interface of the laboratory.
gro_variant()
{
	on ue ethtool -K eth0 "$1" "$2" &&
		on core ethtool -K eth0 "$1" "$2" &&
		on gateway ethtool -K access gro on "$1" "$2" &&
		on gateway ethtool -K core gro on "$1" "$2"
}

in_mode()
{
	local mode=$1

	gateway_config "mode = \"$mode\";"
	rm -rf "$LAB_BPF/srtpgate"
	check "$mode: gateway starts" gateway_start || return
	check "$mode: and says so" mode_is "$mode"
	check "$mode: a call is added" add_call "$mode" 0
	check "$mode: every length from 20 to 1400 arrives, both ways" \
		call "$mode" 0 2762 --size 20-1400 --rate 2000
	add_call "$mode-sums" 1
	check "$mode: checksums are whole at the receivers" \
		checksums_good "$mode-sums" 1
}

plan 15
gateway_lab paths
check "senders leave checksums to the device" partial_checksums
in_mode generic
gateway_stop
in_mode native
add_call gro 2
seq=1
for feature in rx-gro-list rx-udp-gro-forwarding; do
	check "$feature: can be set" gro_variant $feature on
	check "$feature: a call comes through" call gro 2 1000 --rate 2000 \
		--seq $seq
	seq=$((seq + 1000))
	gro_variant $feature off > "$LAB_DIR/off.txt" 2>&1
done
ktap_end
