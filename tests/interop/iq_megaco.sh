#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Erlang's megaco as the controller of a running gateway: registration, calls
# of every kind with media in them, events, audits. All that the gateway says
# on Iq is dissected by tshark.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/media.sh
. scripts/lib/iq.sh
. scripts/lib/ktap.sh

INTACT='.rtp.lost == 0 and .rtp.identical == .rtp.sent and .rtp.sent > 50'

# -- media ---------------------------------------------------------------------

# ffmpeg sends from another port than it receives on: filter addresses only.
FFMPEG=',gm/saf=ON,gm/spf=OFF'

key_of()
{
	cut -d' ' -f2 "$LAB_DIR/$1.key"
}

ffmpeg_call()
{
	local name=$1 n=$2

	call_capture "$name"
	ffmpeg_receive "$name.hear-core" core audio $CORE $((5000 + 2 * n)) \
		"$LAB_DIR/$name.core.wav" 11 &&
		ffmpeg_receive "$name.hear-ue" ue audio $UE $((4000 + 2 * n)) \
			"$LAB_DIR/$name.ue.wav" 12 "${SUITE:-AES_CM_128_HMAC_SHA1_80}" \
			"$(key_of "$name.gateway")" || return
	ffmpeg_send "$name.say-ue" ue audio "$LAB_DIR/speech.wav" $GATEWAY \
		"${PORT[$name.access]}" $((PORT[$name.access] + 1)) 11 \
		"${SUITE:-AES_CM_128_HMAC_SHA1_80}" "$(key_of "$name.ue")"
	ffmpeg_send "$name.say-core" core audio "$LAB_DIR/speech.wav" $GATEWAY_CORE \
		"${PORT[$name.core]}" $((PORT[$name.core] + 1)) 12
	sent "$name.say-ue" 10
	sent "$name.say-core" 10
	hang_up "$name.hear-core"
	hang_up "$name.hear-ue"
	call_captured "$name"
	call_compare "$name" up | tee "$LAB_DIR/$name.up.json" | jq -e "$INTACT" &&
		call_compare "$name" down | tee "$LAB_DIR/$name.down.json" |
		jq -e "$INTACT"
}

heard()
{
	[ "$(speech_quality "$LAB_DIR/speech.wav" "$1")" -ge 30 ]
}

# -- calls ---------------------------------------------------------------------

# o1, o2: the UE calls; both sides' ports are the gateway's choice.
originating()
{
	CORE_CONTROL=',ds/dscp=2E,rtcph/rsb=ON' \
		CORE_MORE=',E=9001{hangterm/thb{timerx=3600}}' \
		ACCESS_CONTROL="$FFMPEG,tman/pol=ON,tman/pdr=12000,tman/mbs=4000" \
		ACCESS_MORE=',E=9002{hangterm/thb{timerx=3600},adid/ipstop{dt=60,dir=IN},g/cause}' \
		originate o 0 &&
		[ "${CORE_SIDE[o]%/*} ${ACCESS_SIDE[o]%/*}" = \
			"ip/1/core ip/1/access" ]
}

# What leaves at the core is marked as ds/dscp says.
marked()
{
	[ "$(tshark -r "$LAB_DIR/o.core.dst.pcap" -T fields -e ip.dsfield.dscp \
		-Y "ip.src == $GATEWAY_CORE" 2>/dev/null | sort -u)" = 46 ]
}

# o4 under media: both keys change, no packet is lost.
rekey()
{
	originate k 1 && more_keys k && call_start k 1 2400 --rate 400 \
		--seq 65000 --rtcp 20 || return
	wait_until 5 passed k 900 || return
	order "C=${CONTEXT[k]}{MF=${ACCESS_SIDE[k]}{M{ST=1{O{MO=SR},
		L{$(sdp $GATEWAY "${PORT[k.access]}" RTP/SAVP "$(crypto k gateway 2)")},
		R{$(sdp $UE 4002 RTP/SAVP "$(crypto k ue 2)")}}}}}" || return
	kill -USR1 "${PID[k.us]}"
	call_finish k && [ "$(field k.us keys_used) $(field k.ur keys_used)" = "2 2" ]
}

passed()
{
	[ "$(cli -j stream show "${CONTEXT[$1]}/1" |
		jq '[.streams[].packets] | min')" -ge "$2" ]
}

mode()
{
	order "C=${CONTEXT[$1]}{MF=${ACCESS_SIDE[$1]}{M{ST=1{O{MO=$2}}}}}"
}

# o3: nothing passes either way; then again everything does.
hold()
{
	mode k IN || return
	! call k 1 50 --seq 5000 --ssrc cc --idle 300 || return
	[ "$(field k.cr received) $(field k.ur received)" = "0 0" ]
}

# The UE and the gateway go on with the keys and indices of before.
resume()
{
	local side

	for side in ue gateway; do
		sed -i 1d "$LAB_DIR/k.$side.key"
	done
	mode k SR && call k 1 300 --seq 20000 --ssrc aa
}

# t1, t2: a call to a UE with IPv6 and the short tag.
terminating()
{
	keys t AES_CM_128_HMAC_SHA1_32
	order "C=\${A=ip/1/\$/\${M{ST=1{O{MO=IN,ipdc/realm=\"access\"},
		L{$(sdp '$6' '$' RTP/SAVP)}}},E=9003{hangterm/thb{timerx=3600}}}}" ||
		return
	CONTEXT[t]=$(answered_context)
	ACCESS_SIDE[t]=$(answered_termination 1)
	PORT[t.access]=$(answered_port 1)
	grep -q "c=IN IP6 $GATEWAY6" "$LAB_DIR/answer" || return
	order "C=${CONTEXT[t]}{MF=${ACCESS_SIDE[t]}{M{ST=1{O{MO=SR,gm/saf=ON,gm/sam=\"[$UE6]\"},
		L{$(sdp $GATEWAY6 "${PORT[t.access]}" RTP/SAVP "$(crypto t gateway 2)")},
		R{$(sdp $UE6 4004 RTP/SAVP "$(crypto t ue 2)")}}}},
		A=ip/1/\$/\${M{ST=1{O{MO=SR,ipdc/realm=\"core\"},
		L{$(sdp '$' '$' RTP/AVP)},R{$(sdp $CORE 5004 RTP/AVP)}}}}}" ||
		return
	PORT[t.core]=$(answered_port "$(grep -c '^m=' "$LAB_DIR/answer")")
	UE="[$UE6]" GATEWAY="[$GATEWAY6]" call t 2 500 --rtcp 20
}

# e1: SRTP from end to end; the gateway has no key and looks at nothing.
pass_through()
{
	keys e
	order "C=\${A=ip/1/\$/\${M{ST=1{O{MO=SR,ipdc/realm=\"access\"},
		L{$(FORMATS=- sdp '$' '$' RTP/SAVP)},
		R{$(FORMATS=- sdp $UE 4006 RTP/SAVP)}}}},
		A=ip/1/\$/\${M{ST=1{O{MO=SR,ipdc/realm=\"core\"},
		L{$(FORMATS=- sdp '$' '$' RTP/SAVP)},
		R{$(FORMATS=- sdp $CORE 5006 RTP/SAVP)}}}}}" || return
	both_chosen e
	ue_receives e 3 500 --rtcp 20 &&
		core_receives e 3 500 --rtcp 20 --key "$LAB_DIR/e.ue.key" &&
		ue_sends e 3 500 --rtcp 20 &&
		core_sends e 3 500 --rtcp 20 --key "$LAB_DIR/e.gateway.key" &&
		call_finish e
}

both_chosen()
{
	CONTEXT[$1]=$(answered_context)
	ACCESS_SIDE[$1]=$(answered_termination 1)
	CORE_SIDE[$1]=$(answered_termination 2)
	PORT[$1.access]=$(answered_port 1)
	PORT[$1.core]=$(answered_port 2)
}

# Neither side is secure.
relay()
{
	order "C=\${A=ip/1/\$/\${M{ST=1{O{MO=SR,ipdc/realm=\"access\"},
		L{$(sdp '$' '$' RTP/AVP)},R{$(sdp $UE 4008 RTP/AVP)}}}},
		A=ip/1/\$/\${M{ST=1{O{MO=SR,ipdc/realm=\"core\"},
		L{$(sdp '$' '$' RTP/AVP)},R{$(sdp $CORE 5008 RTP/AVP)}}}}}" || return
	both_chosen r
	call r 4 500 --rtcp 20
}

# stream ID REALM LOCAL REMOTE
stream()
{
	echo "ST=$1{O{MO=SR,ipdc/realm=\"$2\"},L{$3},R{$4}}"
}

# Audio is stream 1, video stream 2 of one context, each with its own keys.
two_streams()
{
	local MEDIA n id=1 access='' core=''

	for MEDIA in audio video; do
		keys $MEDIA
		n=$((4 + id))
		access+=,$(stream $id access \
			"$(sdp '$' '$' RTP/SAVP "$(crypto $MEDIA gateway)")" \
			"$(sdp $UE $((4000 + 2 * n)) RTP/SAVP "$(crypto $MEDIA ue)")")
		core+=,$(stream $id core "$(sdp '$' '$' RTP/AVP)" \
			"$(sdp $CORE $((5000 + 2 * n)) RTP/AVP)")
		id=$((id + 1))
	done
	order "C=\${A=ip/1/\$/\${M{${access#,}}},A=ip/1/\$/\${M{${core#,}}}}" ||
		return
	CONTEXT[av]=$(answered_context)
	PORT[audio.access]=$(answered_port 1) PORT[video.access]=$(answered_port 2)
	PORT[audio.core]=$(answered_port 3) PORT[video.core]=$(answered_port 4)
	call_start audio 5 300 --rtcp 20 && call_start video 6 1500 --size 900-1100 \
		--rate 1000 --rtcp 50 && call_finish audio && call_finish video
}

# The UE is behind a NAT: what its SDP says is not where it sends from.
latch()
{
	keys l
	reserve l 7 && UE=192.168.55.5 ACCESS_MORE=',SG{ipnapt/latch{ST=1,napt=LATCH}}' \
		connect l 7 || return
	# Until the UE has sent, nobody knows where it is.
	ue_receives l 7 400 --rtcp 20 && core_receives l 7 400 --rtcp 20 &&
		ue_sends l 7 400 --rtcp 20 || return
	wait_until 5 latched l || return
	core_sends l 7 400 --rtcp 20 && call_finish l
}

latched()
{
	request iq.show "{\"context\": ${CONTEXT[$1]}}" | jq -e '.result |
		[.terminations[].streams[].latch] | any(. == "latched")'
}

# Who has no key cannot steal the stream.
thief()
{
	local before after

	before=$(peer_of l)
	keys thief
	PORT[thief.access]=${PORT[l.access]}
	ue_sends thief 30 20
	finish thief.us
	after=$(peer_of l)
	[ -n "$before" ] && [ "$before" = "$after" ]
}

peer_of()
{
	request iq.show "{\"context\": ${CONTEXT[$1]}}" | jq -c '.result |
		[.terminations[].streams[].peer] | map(values)'
}

# -- events and audits ------------------------------------------------------------

notified()
{
	grep -q "C=$1{N=$2{OE=[0-9]*{[0-9T]*:$3" "$LAB_DIR/mgc.out"
}

inactive()
{
	CORE_MORE=',E=9101{hangterm/thb{timerx=2}}' \
		ACCESS_MORE=',E=9102{adid/ipstop{dt=1,dir=IN}}' originate n 8 ||
		return
	call n 8 50 --rtcp 20 &&
		wait_until 5 notified "${CONTEXT[n]}" "${ACCESS_SIDE[n]}" \
			adid/ipstop
}

# H.248.36: the gateway asks whether the termination is still wanted.
hanging()
{
	wait_until 6 notified "${CONTEXT[n]}" "${CORE_SIDE[n]}" hangterm/thb
}

# H.248.14: after 0.3 s without a word from the controller.
idle()
{
	order 'C=-{MF=ROOT{E=77{it/ito{mit=30}}}}' &&
		wait_until 5 grep -qi 'C=-{N=root{OE=77{[0-9T]*:it/ito' \
			"$LAB_DIR/mgc.out" && order 'C=-{MF=ROOT{E}}'
}

# The interface of a call goes down, and comes up again.
failed()
{
	order "C=${CONTEXT[k]}{MF=${ACCESS_SIDE[k]}{E=78{g/cause}}}" &&
		on gateway ip link set access down &&
		wait_until 5 notified "${CONTEXT[k]}" "${ACCESS_SIDE[k]}" \
			g/cause && on gateway ip link set access up
}

heartbeat()
{
	order 'C=-{AV=ROOT{AT{}}}' && grep -qi 'C=-{AV=root}' "$LAB_DIR/answer"
}

packages()
{
	local name

	order 'C=-{AV=ROOT{AT{PG}}}' || return
	for name in g root ipnapt gm tman ipdc hangterm ds rtcph; do
		grep -q "[{,]$name-[0-9]" "$LAB_DIR/answer" || return
	done
}

# Everything of a context, and not one of its keys.
audit()
{
	order "C=${CONTEXT[k]}{AV=*{AT{M,E,SG,SA}}}" &&
		grep -q "m=audio ${PORT[k.access]} RTP/SAVP" "$LAB_DIR/answer" &&
		grep -q "m=audio 4002 RTP/SAVP" "$LAB_DIR/answer" &&
		! grep -q crypto "$LAB_DIR/answer"
}

# 2400, 300 and no other packets each way.
statistics()
{
	order "C=${CONTEXT[k]}{S=${ACCESS_SIDE[k]}}" &&
		grep -qE 'SA\{.*rtp/ps=2700' "$LAB_DIR/answer" &&
		grep -qE 'SA\{.*rtp/pr=2700' "$LAB_DIR/answer"
}

# What is left of context k; then all of all contexts.
wildcards()
{
	order "C=${CONTEXT[k]}{S=*{AT{}}}" && order 'C=*{W-S=*{AT{}}}' &&
		refused 431 'C=*{AV=*{AT{}}}'
}

# -- the wire ----------------------------------------------------------------------

# Every message of the gateway is one, and tshark has nothing to say to it.
dissected()
{
	capture_stop iq
	tshark -r "$LAB_DIR/iq.pcap" -d udp.port==2944,megaco -T fields \
		-e frame.number -e megaco.version -e _ws.malformed \
		-e _ws.expert.severity -e _ws.expert.message \
		-Y "ip.src == $GATEWAY_IQ" 2>/dev/null |
		tr , '\t' > "$LAB_DIR/iq.txt"
	cat "$LAB_DIR/iq.txt"
	# A note (4194304) is made of a bare Signals.
	awk -F'\t' '$2 !~ /^[12]$/ || $3 != "" || $4 > 4194304 || $5 > 4194304 {
		bad = 1 } END { exit bad || NR < 30 }' "$LAB_DIR/iq.txt"
}

# Megaco found nothing to object to either.
untroubled()
{
	! grep -A5 -E 'trouble|disconnected|REPORT' "$LAB_DIR/mgc.out"
}

registers()
{
	wait_until 10 grep -q "SC=root{SV{MT=$1" "$LAB_DIR/mgc.out" &&
		wait_until 10 registered
}

# A gateway that comes back says so.
comes_back()
{
	gateway_stop && megaco_start compact && gateway_start &&
		registers 'DC,V=2,.*RE="\?900'
}

# Both sides write long words.
long_form()
{
	gateway_stop && sed -i 's/give_up/form = "long"; give_up/' \
			"$LAB_DIR/srtpgated.conf" &&
		megaco_start pretty && gateway_start &&
		wait_until 10 registered && originate p 9 &&
		call p 9 300 --rtcp 20 &&
		order "C=${CONTEXT[p]}{AV=*{AT{M,E,SG,SA}}}" && release p &&
		untroubled
}

plan 31
if ! escript tests/interop/h248_megaco.escript present 2> /dev/null ||
		! command -v tshark > /dev/null; then
	lab_open iq
	for _ in $(seq 31); do
		skip "megaco leads the gateway" "no erlang-megaco or no tshark"
	done
	ktap_end
fi
# Once it has taken a registration, megaco objects to its version 1 header when
# it comes again: time for the reply on a busy machine.
REPEAT=1000
iq_lab iqmegaco
iq_config
speech "$LAB_DIR/speech.wav" en-us "This call was set up over H 2 48."
check "megaco listens" megaco_start compact || bail "megaco listens"
capture_start iq gateway iq udp port 2944
check "gateway starts" gateway_start || bail "gateway starts"
before=$(in_use)
check "it registers: Restart, 901, version 2, its profile" registers \
	'RS,V=2,PF=threegiq/1,RE="\?901' || bail "registration"
check "originating call: reserved, configured" originating
check "ffmpeg both ways, SRTP at the UE: bit-exact, nothing lost" ffmpeg_call o 0
check "what was said is heard at the core" heard "$LAB_DIR/o.core.wav"
check "and at the UE" heard "$LAB_DIR/o.ue.wav"
check "ds/dscp marks what leaves" marked
check "new keys under media, over a sequence wrap: nothing lost" rekey
check "on hold nothing passes" hold
check "and resumed all does" resume
check "terminating call to IPv6, short tag" terminating
check "SRTP from end to end passes untouched" pass_through
check "plain relay" relay
check "audio and video in one context" two_streams
check "a UE behind a NAT is latched on" latch
check "but not on who has no key" thief
check "adid/ipstop is told" inactive
check "hangterm/thb is told" hanging
check "it/ito is told" idle
check "g/cause is told" failed
check "heartbeat: ROOT is audited" heartbeat
check "its packages" packages
check "a context, without keys" audit
check "Subtract tells statistics" statistics
check "wildcards subtract the rest" wildcards
check "nothing is left of all these calls" nothing_is_left "$before"
check "megaco objected to nothing" untroubled
check "it registers after a restart: Disconnected, 900" comes_back
check "in long words all the same" long_form
check "tshark dissects all that the gateway sent" dissected
ktap_end
