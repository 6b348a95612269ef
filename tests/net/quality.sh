#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A call between two GStreamer rtpbins, SRTP at the UE, with long lines on both
# sides and loss on the way: what the gateway says of it is what the
# receivers' own RTCP says to tshark, and each round trip is that of one side.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/media.sh
. scripts/lib/ktap.sh

SUITE=AES_CM_128_HMAC_SHA1_80
UE_MS=40 CORE_MS=15 LOSE=20

# line NAME NODE MS DROP ADDRESS PORT GATEWAY: between the gateway and an
# application on 127.0.0.1, which sends to 6000 and receives at 7000.
line()
{
	start_on "$1" "$2" "$LAB_TOOLS/udp_delay" "$3" "$4" \
		"$5:$6" "$7:30000" 127.0.0.1:6000 127.0.0.1:7000 \
		"$5:$(($6 + 1))" "$7:30001" 127.0.0.1:6001 127.0.0.1:7001
	wait_listening "$1"
}

# bin NAME NODE SSRC PROTECT RTCP-PROTECT CAPS UNSEAL RTCP-CAPS RTCP-UNSEAL ELEMENT...
bin()
{
	local name=$1 node=$2 ssrc=$3 protect=$4 rtcp_protect=$5 caps=$6 unseal=$7
	local rtcp_caps=$8 rtcp_unseal=$9

	# Feedback's profile: reports need not be 5 s apart (RFC 4585 3.4).
	# shellcheck disable=SC2086
	start_on "$name" "$node" gst-launch-1.0 -q \
		rtpbin name=b rtp-profile=avpf "${@:10}" \
		audiotestsrc is-live=true samplesperbuffer=160 '!' \
		audio/x-raw,rate=8000,channels=1 '!' mulawenc '!' \
		rtppcmupay "ssrc=$ssrc" pt=0 '!' b.send_rtp_sink_0 \
		b.send_rtp_src_0 '!' $protect udpsink host=127.0.0.1 port=6000 \
		async=false \
		b.send_rtcp_src_0 '!' $rtcp_protect udpsink host=127.0.0.1 \
		port=6001 sync=false async=false \
		udpsrc address=127.0.0.1 port=7000 "caps=$caps" '!' \
		$unseal b.recv_rtp_sink_0 \
		udpsrc address=127.0.0.1 port=7001 "caps=$rtcp_caps" '!' \
		$rtcp_unseal b.recv_rtcp_sink_0 \
		b. '!' rtppcmudepay '!' fakesink async=false
}

core_bin()
{
	bin core_bin core 1002 '' '' \
		application/x-rtp,media=audio,clock-rate=8000,encoding-name=PCMU,payload=0 \
		'' application/x-rtcp ''
}

ue_bin()
{
	local send receive keys

	send=$(hex_key "$(cut -d' ' -f2 "$LAB_DIR/call.ue.key")")
	receive=$(hex_key "$(cut -d' ' -f2 "$LAB_DIR/call.gateway.key")")
	keys="ssrc=(uint)1002,srtp-key=(buffer)$receive,srtp-cipher=aes-128-icm,srtp-auth=hmac-sha1-80,srtcp-cipher=aes-128-icm,srtcp-auth=hmac-sha1-80"
	bin ue_bin ue 1001 'e.rtp_sink_0 e.rtp_src_0 !' \
		'e.rtcp_sink_0 e.rtcp_src_0 !' \
		"application/x-srtp,media=audio,clock-rate=8000,encoding-name=PCMU,payload=0,$keys" \
		'd.rtp_sink d.rtp_src !' "application/x-srtcp,$keys" \
		'd.rtcp_sink d.rtcp_src !' srtpdec name=d \
		srtpenc name=e "key=$send" rtp-auth=hmac-sha1-80 \
		rtcp-auth=hmac-sha1-80 rtp-cipher=aes-128-icm \
		rtcp-cipher=aes-128-icm
}

# of 0|1 FILTER: what is said of the receiver of that direction.
of()
{
	cli -j stream show call 2>/dev/null |
		jq -e ".streams[$1].receiver | $2"
}

between() # 0|1 LOW HIGH: ms of round trip
{
	of "$1" ".round_trip_ms | . != null and . >= $2 and . < $3"
}

longest()
{
	metric srtpgate_round_trip_longest_seconds | jq -e \
		". >= 2 * $UE_MS / 1000 and . < 2 * ($UE_MS + $CORE_MS) / 1000"
}

enough() # 0|1
{
	of "$1" '.reports >= 4 and .loss_percent != null and .mos_from == "receiver"'
}

# What the core's own reports say: how many, and the last one's loss in 1/256,
# packets lost, jitter in units of 1/8 ms. All SSRCs of the UE: GStreamer may
# choose another than it was told.
reports_of_core()
{
	tshark -r "$LAB_DIR/call.core.src.pcap" -d udp.port==30001,rtcp \
		-Y rtcp.ssrc.identifier -T fields -e rtcp.ssrc.fraction \
		-e rtcp.ssrc.cum_nr -e rtcp.ssrc.jitter 2>/dev/null |
		awk '{
			count = split($1, fraction, ",")
			split($2, lost, ",")
			split($3, jitter, ",")
			for (i = 1; i <= count; i++)
				print fraction[i], lost[i], jitter[i]
		}' > "$LAB_DIR/reports.txt"
	wc -l < "$LAB_DIR/reports.txt"
	tail -n 1 "$LAB_DIR/reports.txt"
}

plan 20
gateway_lab quality
gateway_config "metrics = \"$METRICS\";"
check "gateway starts" gateway_start || bail "gateway starts"
context call 0 $SUITE > "$LAB_DIR/call.json"
check "a call is added" cli context add "$LAB_DIR/call.json"
call_capture call
line ue_line ue $UE_MS $LOSE $UE 4000 $GATEWAY
line core_line core $CORE_MS 0 $CORE 5000 $GATEWAY_CORE
core_bin
ue_bin

check "both receivers report" eval 'wait_until 40 enough 0 && wait_until 40 enough 1' ||
	cat "$LAB_DIR"/{ue,core}_bin.err >&2
check "to the core and back is its line only" \
	wait_until 40 between 0 $((2 * CORE_MS)) $((2 * UE_MS))
check "to the UE and back is its line only" \
	wait_until 40 between 1 $((2 * UE_MS)) $((2 * UE_MS + 2 * CORE_MS))
check "the metrics have both streams' MOS" \
	wait_until 10 eval '[ "$(metric srtpgate_mos_streams)" = 2 ]'
check "and the UE's round trip as the longest" wait_until 40 longest
stop core_bin
stop ue_bin
call_captured call
{ read -r count; read -r fraction lost jitter; } < <(reports_of_core)
equal "all reports of the core were seen" "$(of 0 .reports)" "$count"
equal "its loss is what tshark reads" "$(of 0 .loss_percent)" \
	"$(jq -n "$fraction / 2.56 * 10 + 0.5 | floor / 10")"
check "and not none" [ "$lost" -gt 0 ]
equal "so is its sum" "$(of 0 .lost)" "$lost"
equal "and its jitter" "$(of 0 .jitter_ms)" \
	"$(jq -n "$jitter / 8 * 10 + 0.5 | floor / 10")"
check "loss costs the core quality" of 0 '.mos < 4.2'
check "the UE hears well" of 1 '.mos >= 4.2'

check "G.711 was assumed" of 1 '.mos_codec == "as G.711"'
mos=$(of 1 .mos)
check "its codec is told" succeed context.change '{"context": "call",
	"terminations": [{"termination": 1, "codec": "gsm"}]}'
check "and costs what G.113 says" of 1 \
	".mos_codec == \"GSM\" and .mos < $mos - 0.4 and .mos > $mos - 1.5"
check "only in that direction" of 0 '.mos_codec == "as G.711"'
check "another daemon says the same" eval 'gateway_stop && gateway_start &&
	request stream.show "{\"context\": \"call\"}" |
	jq -e ".result.streams[1].receiver.mos_codec == \"GSM\""'
equal "a codec without values is refused" "$(request context.change '{"context":
	"call", "terminations": [{"termination": 1, "codec": "opus"}]}' |
	jq -r .error.code)" EINVAL
ktap_end
