#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the operator's command shows of calls that a controller made, while the
# daemon runs and while it does not, and how it takes the gateway out of
# service.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/media.sh
. scripts/lib/iq.sh
. scripts/lib/ktap.sh

set_up()
{
	CORE_CONTROL=',ds/dscp=2E' \
		ACCESS_CONTROL=',gm/saf=ON,tman/pol=ON,tman/pdr=120000,tman/mbs=40000' \
		ACCESS_MORE=',SG{ipnapt/latch{ST=1,napt=LATCH}},E=2{hangterm/thb{timerx=3600},adid/ipstop{dt=60,dir=IN},g/cause}' \
		originate call 0 && keys half && reserve half 1 || return
	# The UE first: until then nobody knows where it is.
	ue_receives call 0 50 && core_receives call 0 50 && ue_sends call 0 50 &&
		wait_until 5 grep -q '"received": 50' "$LAB_DIR/call.cr.out" &&
		core_sends call 0 50 && call_finish call
}

shown()
{
	cli context show "${CONTEXT[call]}" > "$LAB_DIR/shown" || return
	cat "$LAB_DIR/shown"
	grep -qE "^Context ${CONTEXT[call]}, since [0-9:]{8} \(.*\), controller $ALG:2944$" \
		"$LAB_DIR/shown" &&
		grep -q "^access  ${ACCESS_SIDE[call]}$" "$LAB_DIR/shown" &&
		grep -q '^  tells   every 3600 s that it is there, of 60 s of silence (in), of failures$' \
			"$LAB_DIR/shown" &&
		grep -q '^  stream 1  audio RTP/AVP, SendReceive, DSCP 46$' \
			"$LAB_DIR/shown" &&
		grep -qE "^    $GATEWAY:${PORT[call.access]} (<->|↔) $UE:4000, latched on $UE:4000$" \
			"$LAB_DIR/shown" &&
		grep -qE '^    keys    AES_CM_128_HMAC_SHA1_80, in [0-9a-f]{8}, out [0-9a-f]{8}$' \
			"$LAB_DIR/shown" &&
		grep -q 'at most 120,000 octets/s' "$LAB_DIR/shown" &&
		[ "$(grep -cE '^    in      50 packets, last .* ago, 0 lost' \
			"$LAB_DIR/shown")" = 2 ] &&
		[ "$(grep -cE '^    out     50 packets' "$LAB_DIR/shown")" = 2 ]
}

json()
{
	cli -j context show "${CONTEXT[call]}" | jq -e '.terminations |
		length == 2 and all(.[].streams[0]; .packets_received == 50 and
		.packets_sent == 50 and .why == null)'
}

# Format 0 of its m=.
rated_as_pcmu()
{
	cli -j stream show "${CONTEXT[call]}/1" | jq -e '.streams |
		length == 2 and all(.[].receiver; .mos_codec == "PCMU" and
		.mos > 4)'
}

half_shown()
{
	cli context show "${CONTEXT[half]}" | tee "$LAB_DIR/shown" |
		grep -q 'audio RTP/AVP, Inactive, not connected' &&
		grep -qE '(<->|↔) nobody yet' "$LAB_DIR/shown"
}

association()
{
	cli iq | tee "$LAB_DIR/shown" | grep -q \
		"^controller   $ALG:2944, registered, H.248 version 2, udp" &&
		grep -q '^contexts     2$' "$LAB_DIR/shown" &&
		grep -q '^commands     3 add, 1 modify; 0 transactions failed' \
			"$LAB_DIR/shown" &&
		cli -j iq | jq -e '.state == "registered" and .contexts == 2'
}

# Only the data plane can be seen then: a stream by the context's name.
without_daemon()
{
	gateway_stop && cli context show "${CONTEXT[call]}" 2>&1 |
		tee "$LAB_DIR/shown" | grep -q "^${CONTEXT[call]}/1 " &&
		grep -q 'not running' "$LAB_DIR/shown" &&
		! cli context show "${CONTEXT[half]}" 2> "$LAB_DIR/shown" &&
		grep -q 'does not exist' "$LAB_DIR/shown" && ! cli iq &&
		gateway_start && wait_until 10 said mgc MT=DC
}

# The call goes on, there is no other, and after it the gateway has left.
leave()
{
	cli iq leave && wait_until 5 said mgc 'MT=GR' &&
		call call 0 50 --seq 1000 --ssrc aa &&
		refused 503 "C=\${A=\${M{ST=1{O{ipdc/realm=\"core\"},L{$(
			sdp '$' '$' RTP/AVP)}}}}}" &&
		order "C=*{W-S=*{AT{}}}" && wait_until 5 said mgc 'MT=FO'
}

leave_now()
{
	gateway_stop && gateway_start && wait_until 10 registered &&
		originate now 2 && cli iq leave now && nothing_is_left "$before"
}

usage()
{
	! cli iq stay 2> "$LAB_DIR/shown" && grep -q 'iq wants' "$LAB_DIR/shown"
}

plan 14
iq_lab iqcli
iq_config
check "controller listens" mgc_start || bail "controller"
check "gateway starts" gateway_start || bail "gateway starts"
before=$(in_use)
check "it registers" wait_until 10 registered || bail "registration"
check "a call, latched, and half a call" set_up || bail "no call"
check "a call is shown in full" shown
check "and as JSON" json
check "its MOS is that of its codec" rated_as_pcmu
check "half a call is shown as such" half_shown
check "the association" association
check "without the daemon the streams can be seen" without_daemon
check "and have their codec" rated_as_pcmu
check "iq leave: the last call ends in peace" leave
check "iq leave now ends all" leave_now
check "a wrong word is refused" usage
ktap_end
