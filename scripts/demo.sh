#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Two calls through the gateway with real media: speech (G.711) and video
# (H.264), each both ways, between ffmpeg and GStreamer, set up over Iq by
# Erlang's megaco in the place of a P-CSCF. Everything happens in network
# namespaces of this run; recordings stay in build/demo.
#
# Exit status 0: every packet arrived, bit-exact as libsrtp2 reads it.

set -eEu
trap 'echo "DEMO FAILED at line $LINENO" >&2' ERR
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/scripts/lib/lab.sh"
. "$top/scripts/lib/gateway.sh"
. "$top/scripts/lib/media.sh"
. "$top/scripts/lib/iq.sh"

SUITE=AES_CM_128_HMAC_SHA1_80
OUT=$LAB_BUILD/demo
FAILED=0

step()
{
	printf '\n== %s\n' "$*"
}

note()
{
	printf '   %s\n' "$*"
}

verdict()
{
	if [ "$1" = good ]; then
		printf '   ok      %s\n' "$2"
	else
		printf '   FAILED  %s\n' "$2"
		FAILED=$((FAILED + 1))
	fi
}

require()
{
	[ "$(id -u)" = 0 ] || {
		echo "make demo needs root: it makes network namespaces" >&2
		exit 1
	}
	for program in srtpgated srtpgate tests/net/tools/rtp_compare; do
		[ -x "$LAB_BUILD/$program" ] || {
			echo "$program is not built: run make" >&2
			exit 1
		}
	done
}

# -- what is said on Iq --------------------------------------------------------

SAID=0

# One message in few lines: SDP in one, keys masked.
shorten()
{
	tr -s '\r\n' ' ' | sed -E 's/inline:[A-Za-z0-9+\/=]+/inline:***/g;
		s/\{ +/{/g; s/ +\}/}/g; s/,/, /g;
		s/^!\/2 [^ ]* //' | fold -s -w 92
}

# The messages on the wire since the last look, but for acknowledgements.
dialogue()
{
	local from hex text who

	while read -r from hex; do
		# shellcheck disable=SC2059
		text=$(printf "$(sed 's/../\\x&/g' <<< "$hex")" | shorten)
		who="P-CSCF  -->"
		[ "$from" = $ALG ] || who="gateway -->"
		[ "${text#K\{}" != "$text" ] ||
			sed "1s/^/   $who /; 2,\$s/^/               /" <<< "$text"
	done < <(tshark -r "$LAB_DIR/iq.pcap" -T fields -e ip.src \
		-e udp.payload 2>/dev/null | tail -n +$((SAID + 1)) |
		tee "$LAB_DIR/said")
	SAID=$((SAID + $(wc -l < "$LAB_DIR/said")))
}

open_gateway()
{
	step "Laboratory: four network namespaces, nothing on this host changes"
	iq_lab demo
	cat <<- PICTURE
		                              P-CSCF: Erlang's megaco, $ALG
		                                       | Iq (H.248)
		   UE $UE  ==SRTP==>  [ srtpgated, XDP program ]  --RTP-->  core $CORE
		   (phone side)         <==SRTP==   $GATEWAY  $GATEWAY_CORE   <--RTP--   (operator's side)
	PICTURE

	step "Gateway: starts, and registers with the P-CSCF"
	iq_config
	megaco_start compact
	capture_start iq gateway iq udp port 2944
	gateway_start
	wait_until 10 registered
	note "srtpgated runs as $(ps -o user= -p "${PID[gateway]}")," \
		"$(request status | jq -r '[.result.realms[].mode] | unique[]')" \
		"XDP on access and core"
	dialogue
}

# add_call NUMBER NAME FORMAT RTPMAP: programs on one host send and receive on
# different ports, hence a filter of addresses only.
add_call()
{
	local FORMATS=$3 MAP=$4 ACCESS_CONTROL=,gm/saf=ON

	originate "$2" "$1" > "$LAB_DIR/originate.txt"
	note "SIP is left out; what the P-CSCF makes of the UE's offer and the answer:"
	dialogue
}

# The counters of both sides come with the end.
end_call()
{
	order "C=${CONTEXT[$1]}{S=*}" > "$LAB_DIR/release.txt"
	note "The P-CSCF ends the call; statistics come with it:"
	dialogue
}

key_of()
{
	cut -d' ' -f2 "$LAB_DIR/$1.key"
}

# Shows the streams every two seconds until all these jobs have ended.
watch_call()
{
	local name=$1 job header=1p looks=0

	for job in "${@:2}"; do
		while [ $((looks++)) -lt 15 ] && ! wait_until 2 gone "$job"; do
			cli stream show "${CONTEXT[$name]}/1" |
				sed -n "$header;2,3p" | cut -c1-104 |
				sed 's/^/   /'
			header=
		done
		sent "$job" 0
	done
}

# compare_way LABEL NAME up|down
compare_way()
{
	local result=good json

	json=$(call_compare "$2" "$3") || result=bad
	verdict $result "$1  $(jq -r '
		def tally: "\(.sent) sent, \(.received) received, \(.lost) lost, \(.identical) bit-exact";
		"RTP \(.rtp | tally); RTCP \(.rtcp | tally)"' <<< "$json")"
}

compare_call()
{
	call_captured "$1"
	note "every packet on both sides, the SRTP side opened by libsrtp2:"
	compare_way "UE to core" "$1" up
	compare_way "core to UE" "$1" down
}

check_speech()
{
	local label=$1 spoken=$2 heard=$3 quality result=bad

	quality=$(speech_quality "$spoken" "$heard")
	[ "$quality" -ge 30 ] && result=good
	verdict $result "$label  $(seconds_of "$heard" | cut -c1-5) s of speech heard, $(seconds_of "$spoken" | cut -c1-5) s spoken, signal to noise $quality dB (G.711 alone: 37)"
}

check_video()
{
	local label=$1 file=$2 frames result=bad

	frames=$(ffprobe -v error -count_frames -select_streams v \
		-show_entries stream=nb_read_frames -of csv=p=0 "$file" \
		2> "$LAB_DIR/video.err" | head -n 1)
	# The last frame waits for a next one when the sender falls silent.
	[ "${frames:-0}" -ge $((VIDEO_SECONDS * 25 - 2)) ] &&
		[ ! -s "$LAB_DIR/video.err" ] && result=good
	verdict $result "$label  ${frames:-0} of $((VIDEO_SECONDS * 25)) pictures decoded without an error"
}

speech_call()
{
	step "Call 1, speech: ffmpeg's SRTP to GStreamer; GStreamer to srtpdec"
	speech "$OUT/ue-spoken.wav" en-us "Good morning. I am calling from a telephone that encrypts every packet. The operator's network hears me in plain R T P."
	speech "$OUT/core-spoken.wav" en-gb "Good morning. This is the operator's side. What I say leaves as plain R T P, and the gateway encrypts it for your telephone."
	MEDIA=audio add_call 0 call-1 0 PCMU/8000
	call_capture call-1
	gstreamer_receive hear-core core audio $CORE 5000 \
		"$OUT/core-heard.wav" 1001
	gstreamer_receive hear-ue ue audio $UE 4000 "$OUT/ue-heard.wav" 1002 \
		$SUITE "$(key_of call-1.gateway)"
	ffmpeg_send speak-ue ue audio "$OUT/ue-spoken.wav" $GATEWAY \
		"${PORT[call-1.access]}" $((PORT[call-1.access] + 1)) 1001 \
		$SUITE "$(key_of call-1.ue)"
	gstreamer_send speak-core core audio "$OUT/core-spoken.wav" \
		$GATEWAY_CORE "${PORT[call-1.core]}" $((PORT[call-1.core] + 1)) 1002
	watch_call call-1 speak-ue speak-core
	note "srtpgate context show ${CONTEXT[call-1]}:"
	cli context show "${CONTEXT[call-1]}" | sed 's/^/   /'
	hang_up hear-core || true
	hang_up hear-ue || true
	compare_call call-1
	check_speech "UE to core" "$OUT/ue-spoken.wav" "$OUT/core-heard.wav"
	check_speech "core to UE" "$OUT/core-spoken.wav" "$OUT/ue-heard.wav"
	end_call call-1
}

video_call()
{
	step "Call 2, video: GStreamer's srtpenc to ffmpeg; ffmpeg to ffmpeg's SRTP"
	MEDIA=video add_call 1 call-2 96 H264/90000
	call_capture call-2
	ffmpeg_receive see-core core video $CORE 5002 \
		"$OUT/core-seen.mkv" 2001
	ffmpeg_receive see-ue ue video $UE 4002 "$OUT/ue-seen.mkv" 2002 \
		$SUITE "$(key_of call-2.gateway)"
	gstreamer_send film-ue ue video ball $GATEWAY "${PORT[call-2.access]}" \
		$((PORT[call-2.access] + 1)) 2001 $SUITE "$(key_of call-2.ue)"
	ffmpeg_send film-core core video "core to UE" $GATEWAY_CORE \
		"${PORT[call-2.core]}" $((PORT[call-2.core] + 1)) 2002
	watch_call call-2 film-ue film-core
	hang_up see-core || true
	hang_up see-ue || true
	compare_call call-2
	check_video "UE to core" "$OUT/core-seen.mkv"
	check_video "core to UE" "$OUT/ue-seen.mkv"
	end_call call-2
}

show_packet()
{
	step "One packet of call 1: from the UE's wire, and on the core's"
	"$LAB_TOOLS/rtp_compare" -p 40 "$LAB_DIR/call-1.ue.key" \
		"$LAB_DIR/call-1.ue.src.pcap" "$LAB_DIR/call-1.core.dst.pcap" |
		sed 's/^/   /'
	note "The first 12 bytes are RTP's header, in clear on both sides;" \
		"the last 10 of SRTP its tag."
}

show_cost()
{
	step "What a packet cost"
	stop cost TERM
	jq -r '"   \(.runs) runs of the XDP program, \(.ns_per_run | round) ns each on average, by the kernel'"'"'s clock.\n   So few packets a second find cold caches: `make bench` measures under load."' \
		<<< "$(tail -n 1 "$LAB_DIR/cost.out")"
	cli drop-reasons | sed 's/^/   /'
}

require
rm -rf "$OUT"
mkdir -p "$OUT"
open_gateway
start cost "$LAB_TOOLS/bpf_cost" "$(find "$LAB_BPF" -name 'link-access')"
wait_until 5 said cost timing
speech_call
video_call
show_packet
show_cost
step "Listen and watch: $OUT/{core,ue}-heard.wav, {core,ue}-seen.mkv"
if [ $FAILED = 0 ]; then
	printf '\nDEMO PASSED: two calls, both ways, every packet bit-exact (%s s)\n' \
		"$SECONDS"
else
	printf '\nDEMO FAILED: %s of the checks above\n' "$FAILED"
	exit 1
fi
