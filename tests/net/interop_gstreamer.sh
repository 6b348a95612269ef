#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# GStreamer's srtpenc and srtpdec as the UE: RTCP multiplexed with RTP
# (RFC 5761), a UE behind a VLAN, an IPv6 UE calling an IPv4 core, and the
# suites with AES-256 and GCM.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/media.sh
. scripts/lib/ktap.sh

SUITE=AES_CM_128_HMAC_SHA1_80
VIDEO_SECONDS=4

# A third realm: VLAN 7 on the access interface. Fails without 8021q.
add_vlan()
{
	# An accelerated tag travels beside the frame, where XDP cannot see it.
	on ue ethtool -K eth0 txvlan off &&
		on ue ip link add link eth0 name eth0.7 type vlan id 7 &&
		on ue ip addr add 10.77.7.2/24 dev eth0.7 &&
		on ue ip link set eth0.7 up &&
		on gateway ip link add link access name access.7 \
			type vlan id 7 &&
		on gateway ip addr add 10.77.7.1/24 dev access.7 &&
		on gateway ip link set access.7 up &&
		sed -i 's|realms = (|&\n{ name = "office"; interface = "access"; vlan = 7; addresses = [ "10.77.7.1" ]; ports = { min = 30000; max = 30199; }; },|' \
			"$LAB_DIR/srtpgated.conf"
}

# talk NAME N KIND UE_ADDRESS GATEWAY_ADDRESS RTCP_OFFSET FILTER
talk()
{
	local name=$1 n=$2 kind=$3 ue=$4 gateway=$5 rtcp=$6 filter=$7
	local source=$LAB_DIR/spoken.wav extension=wav key
	local port=$((30000 + 2 * n))

	[ "$kind" = audio ] || { source=ball extension=mkv; }
	context "$name" "$n" $SUITE | jq -c --arg ue "$ue" --arg gw "$gateway" \
		'.terminations[].source = "address" |
		.terminations[0].local.address = $gw |
		.terminations[0].remote.address = $ue |'"$filter" \
		> "$LAB_DIR/context"
	succeed context.add "$(cat "$LAB_DIR/context")" || return
	call_capture "$name" || return
	key=$(cut -d' ' -f2 "$LAB_DIR/$name.gateway.key")
	gstreamer_receive there core "$kind" $CORE $((5000 + 2 * n)) \
		"$LAB_DIR/$name.core.$extension" 1001
	gstreamer_receive here ue "$kind" "$ue" $((4000 + 2 * n)) \
		"$LAB_DIR/$name.ue.$extension" 1002 $SUITE "$key"
	key=$(cut -d' ' -f2 "$LAB_DIR/$name.ue.key")
	gstreamer_send from-ue ue "$kind" "$source" "$gateway" \
		$port $((port + rtcp)) 1001 $SUITE "$key"
	gstreamer_send from-core core "$kind" "$source" $GATEWAY_CORE \
		$port $((port + 1)) 1002
	sent from-ue $VIDEO_SECONDS
	sent from-core $VIDEO_SECONDS
	hang_up there
	hang_up here
	call_captured "$name" "$ue"
}

clear_speech()
{
	[ "$(speech_quality "$LAB_DIR/spoken.wav" "$1")" -ge 30 ]
}

# The last picture stays in the receiver until a next one comes.
clean_video()
{
	local frames

	frames=$(ffprobe -v error -count_frames -select_streams v \
		-show_entries stream=nb_read_frames -of csv=p=0 "$1" 2>&1)
	echo "$frames"
	[ "$frames" -ge $((VIDEO_SECONDS * 25 - 2)) ]
}

both_directions()
{
	check "$1: UE to core, bit-exact" call_compare "$2" up
	check "$1: core to UE, bit-exact" call_compare "$2" down
}

plan 23
gateway_lab gstreamer
gateway_config
vlan=yes
add_vlan > "$LAB_DIR/vlan.txt" 2>&1 || vlan=
check "gateway starts" gateway_start || bail "gateway starts"
speech "$LAB_DIR/spoken.wav" en-gb "The quick brown fox calls the lazy dog."

talk muxed 0 audio $UE $GATEWAY 0 '
	.terminations[0].local.rtcp_port = .terminations[0].local.port |
	.terminations[0].remote.rtcp_port = .terminations[0].remote.port' \
	> "$LAB_DIR/talk.txt" 2>&1
both_directions "rtcp-mux" muxed
check "rtcp-mux: the core hears the UE" clear_speech "$LAB_DIR/muxed.core.wav"
check "rtcp-mux: the UE hears the core" clear_speech "$LAB_DIR/muxed.ue.wav"

talk six 1 video $UE6 $GATEWAY6 1 . > "$LAB_DIR/talk.txt" 2>&1
both_directions "IPv6 UE, IPv4 core" six
check "IPv6 UE, IPv4 core: video decodes at the core" \
	clean_video "$LAB_DIR/six.core.mkv"
check "IPv6 UE, IPv4 core: video decodes at the UE" \
	clean_video "$LAB_DIR/six.ue.mkv"

if [ $vlan ]; then
	talk vlan 2 audio 10.77.7.2 10.77.7.1 1 \
		'.terminations[0].realm = "office"' > "$LAB_DIR/talk.txt" 2>&1
	both_directions "UE in VLAN 7" vlan
else
	skip "UE in VLAN 7: UE to core" "this kernel has no VLAN devices"
	skip "UE in VLAN 7: core to UE" "this kernel has no VLAN devices"
fi

n=3
for SUITE in AES_256_CM_HMAC_SHA1_80 AEAD_AES_128_GCM AEAD_AES_256_GCM; do
	talk $SUITE $n audio $UE $GATEWAY 1 . > "$LAB_DIR/talk.txt" 2>&1
	both_directions $SUITE $SUITE
	check "$SUITE: the core hears the UE" \
		clear_speech "$LAB_DIR/$SUITE.core.wav"
	check "$SUITE: the UE hears the core" \
		clear_speech "$LAB_DIR/$SUITE.ue.wav"
	n=$((n + 1))
done
ktap_end
