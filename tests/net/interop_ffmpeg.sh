#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Speech calls with ffmpeg on both sides: its own SRTP at the UE, plain RTP
# at the core, RTCP beside RTP. Each packet must arrive bit-exact.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/media.sh
. scripts/lib/ktap.sh

talk()
{
	local name=$1 n=$2 suite=$3 key
	local port=$((30000 + 2 * n))

	context "$name" "$n" "$suite" |
		jq -c '.terminations[].source = "address"' > "$LAB_DIR/context"
	succeed context.add "$(cat "$LAB_DIR/context")" || return
	call_capture "$name" || return
	key=$(cut -d' ' -f2 "$LAB_DIR/$name.gateway.key")
	ffmpeg_receive hear-core core audio $CORE $((5000 + 2 * n)) \
		"$LAB_DIR/$name.core.wav" 1001
	ffmpeg_receive hear-ue ue audio $UE $((4000 + 2 * n)) \
		"$LAB_DIR/$name.ue.wav" 1002 "$suite" "$key"
	key=$(cut -d' ' -f2 "$LAB_DIR/$name.ue.key")
	ffmpeg_send speak-ue ue audio "$LAB_DIR/spoken.wav" $GATEWAY \
		$port $((port + 1)) 1001 "$suite" "$key"
	ffmpeg_send speak-core core audio "$LAB_DIR/spoken.wav" \
		$GATEWAY_CORE $port $((port + 1)) 1002
	finish speak-ue 30
	finish speak-core 30
	hang_up hear-core
	hang_up hear-ue
	call_captured "$name"
}

clear_speech()
{
	[ "$(speech_quality "$LAB_DIR/spoken.wav" "$1")" -ge 30 ]
}

plan 10
gateway_lab ffmpeg
gateway_config
check "gateway starts" gateway_start || bail "gateway starts"
speech "$LAB_DIR/spoken.wav" en-us "The quick brown fox calls the lazy dog."

n=0
for suite in AES_CM_128_HMAC_SHA1_80 AES_CM_128_HMAC_SHA1_32; do
	name=call-$n
	talk $name $n $suite > "$LAB_DIR/talk.txt" 2>&1
	check "$suite: UE to core, bit-exact" call_compare $name up
	check "$suite: core to UE, bit-exact" call_compare $name down
	check "$suite: the core hears the UE" \
		clear_speech "$LAB_DIR/$name.core.wav"
	check "$suite: the UE hears the core" \
		clear_speech "$LAB_DIR/$name.ue.wav"
	n=$((n + 1))
done
equal "nothing was dropped" "$(request stream.show '{"context": "call-0"}' |
	jq '[.result.streams[].dropped] | add')" 0
ktap_end
