#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# baresip as the UE: a telephone with an SRTP of its own (libre's) and SDES as
# it speaks it. The test calls it by SIP, offers one suite, takes the key from
# its answer, and joins it to a core host; every packet both ways is compared
# with what libsrtp2 makes of it.
#
# baresip 1.0 shortens the tag of SRTCP as well under AES_CM_128_HMAC_SHA1_32,
# against RFC 4568 6.2.2, and says its RTCP BYE in clear.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/media.sh
. scripts/lib/ktap.sh

SUITES=(AES_CM_128_HMAC_SHA1_80 AES_CM_128_HMAC_SHA1_32
	AEAD_AES_128_GCM AEAD_AES_256_GCM)
SECONDS_OF_TALK=4
SIP_PORT=5060
MODULES=/usr/lib/baresip/modules

telephone_start()
{
	local home=$LAB_DIR/telephone

	mkdir -p "$home"
	cat > "$home/config" <<- CONF
		sip_listen $UE:5066
		net_interface eth0
		audio_source aufile,$LAB_DIR/spoken.wav
		audio_player aufile,$LAB_DIR/heard.wav
		audio_srate 8000
		audio_channels 1
		rtp_ports 4000-4100
		rtcp_mux no
		module_path $MODULES
		module g711.so
		module aufile.so
		module srtp.so
		module_tmp account.so
		module_app menu.so
	CONF
	echo "<sip:ue@$UE:5066>;regint=0;answermode=auto;mediaenc=srtp;audio_codecs=PCMU/8000/1" \
		> "$home/accounts"
	: > "$home/contacts"
	start_on telephone ue env HOME="$home" baresip -4 -f "$home"
	wait_until 10 listens_on ue 5066
}

# Request METHOD of the dialogue, with number and body: one write, one datagram.
sip()
{
	local method=$1 cseq=$2 body=${3:-} head

	head=$(printf '%s\r\n' "$method sip:ue@$UE:5066 SIP/2.0" \
		"Via: SIP/2.0/UDP $GATEWAY:$SIP_PORT;branch=z9hG4bK$CALL-$cseq$method" \
		"Max-Forwards: 70" "From: <sip:core@$GATEWAY>;tag=core" \
		"To: <sip:ue@$UE:5066>$TO_TAG" "Call-ID: $CALL" \
		"CSeq: $cseq $method" "Contact: <sip:core@$GATEWAY:$SIP_PORT>" \
		"Content-Type: application/sdp" \
		"Content-Length: $(printf %s "$body" | wc -c)" "" ".")
	printf %s "${head%.*}$body" >&"${SIP[1]}"
}

offer()
{
	printf '%s\r\n' v=0 "o=- 1 1 IN IP4 $GATEWAY" s=- \
		"c=IN IP4 $GATEWAY" "t=0 0" \
		"m=audio $((30000 + 2 * N)) RTP/SAVP 0" "a=rtpmap:0 PCMU/8000" \
		"a=crypto:1 $SUITE inline:$1" a=ptime:20
}

# Until the telephone accepts; its port, and its key to SUITE.ue.key.
invite()
{
	local line port='' key='' call='' request=''

	sip INVITE 1 "$(offer "$1")"
	while read -r -t 10 -u "${SIP[0]}" line; do
		line=${line%$'\r'}
		case $line in
		SIP/2.0\ *) port='' key='' call='' request='' ;;
		Call-ID:\ *) call=${line#*: } ;;
		CSeq:\ *) request=${line#*: } ;;
		To:*tag=*) TO_TAG=";tag=${line##*tag=}" ;;
		m=audio\ *) port=${line#m=audio } port=${port%% *} ;;
		a=crypto:1\ "$SUITE"\ inline:*) key=${line#*inline:} ;;
		esac
		[ "$call $request" = "$CALL 1 INVITE" ] && [ "$port" ] &&
			[ "$key" ] && break
	done
	[ "$key" ] || return 1
	sip ACK 1
	(umask 077; echo "$SUITE ${key%%|*}" > "$LAB_DIR/$SUITE.ue.key")
	TELEPHONE_PORT=$port
}

# The context whose UE is the telephone.
join()
{
	local ue_key

	ue_key=$(cut -d' ' -f2 "$LAB_DIR/$SUITE.ue.key")
	jq -c --argjson port "$TELEPHONE_PORT" --arg key "$ue_key" \
		'.terminations[0].remote.port = $port |
		.terminations[0].srtp.receive.key = $key |
		.terminations[1].source = "any"' "$LAB_DIR/context" \
		> "$LAB_DIR/context.ue"
	succeed context.add "$(cat "$LAB_DIR/context.ue")" > /dev/null
}

# It speaks as soon as it has answered, when nobody else has its key yet. So
# the core's capture is the longer one at both ends.
talk()
{
	local key

	context "$SUITE" "$N" "$SUITE" > "$LAB_DIR/context"
	key=$(cut -d' ' -f2 "$LAB_DIR/$SUITE.gateway.key")
	CALL=$LAB-$N TO_TAG=
	invite "$key" && join || return
	capture_start "$SUITE.core" core eth0 udp
	capture_start "$SUITE.ue" ue eth0 "udp and not port $SIP_PORT"
	ffmpeg_send from-core core audio "$LAB_DIR/reply.wav" $GATEWAY_CORE \
		$((30000 + 2 * N)) $((30001 + 2 * N)) 1002
	sent from-core $SECONDS_OF_TALK
	call_captured "$SUITE"
	sip BYE 2
}

# All that the telephone said while it was listened to.
up()
{
	local rtcp=0

	[ "$SUITE" != AES_CM_128_HMAC_SHA1_32 ] || rtcp=9
	call_compare "$SUITE" up > "$LAB_DIR/up"
	cat "$LAB_DIR/up"
	jq -e --argjson rtcp $rtcp '.rtp.identical >= 100 and .rtp.lost == 0 and
		.rtp.different == 0 and .rtcp.lost == 0 and
		.rtcp.different == 0 and .unauthentic <= $rtcp' "$LAB_DIR/up"
}

plan $((1 + 3 * ${#SUITES[@]}))
gateway_lab baresip
gateway_config
check "gateway starts" gateway_start || bail "gateway starts"
speech "$LAB_DIR/once.wav" en-gb "The quick brown fox calls the lazy dog."
# It hangs up when it has nothing more to say.
sox "$LAB_DIR/once.wav" "$LAB_DIR/spoken.wav" repeat 29
speech "$LAB_DIR/reply.wav" en-us "The lazy dog has heard it, and answers."
telephone_start || bail "baresip does not listen"
coproc SIP { on gateway socat - \
	"UDP4:$UE:5066,bind=$GATEWAY:$SIP_PORT"; }
PID[sip]=$SIP_PID

N=0
for SUITE in "${SUITES[@]}"; do
	check "$SUITE: baresip answers" talk
	check "$SUITE: UE to core, bit-exact" up
	check "$SUITE: core to UE, bit-exact" call_compare "$SUITE" down
	N=$((N + 1))
done
ktap_end
