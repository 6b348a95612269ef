#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every error that Iq can answer (H.248.8), provoked on the wire: its code, its
# text, which names the value at fault, and that nothing came of it. At the
# end no context, port, key or entry of a map is left.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/media.sh
. scripts/lib/iq.sh
. scripts/lib/ktap.sh

# error CODE TEXT ACTIONS: TEXT is a regular expression for the whole text.
error()
{
	check "$1 $2" refused_as "$1" "$2" "$3"
}

refused_as()
{
	ask "$3"
	answer | grep -qE "ER=$1\{\"$2\"\}"
}

# message CODE TEXT MESSAGE: the same for a whole message.
message()
{
	check "$1 $2" refused_as "$1" "$2" "/raw $3"
}

# Of a new termination: add LOCALCONTROL LOCAL [REMOTE]
add()
{
	local more=

	[ -z "${2:-}" ] || more=",L{$2}"
	[ -z "${3:-}" ] || more+=",R{$3}"
	echo "C=\${A=ip/1/\$/\${M{ST=1{O{$1}$more}}}}"
}

# Of one that is there: what stands in its LocalControl, Events, Signals.
control() { echo "C=$C{MF=$T{M{ST=1{O{$1}}}}}"; }
event() { echo "C=$C{MF=$T{E=1{$1}}}"; }
signal() { echo "C=$C{MF=$T{SG{$1}}}"; }

KEY=PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR
OTHER=WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz
PLAIN=$(sdp '$' '$' RTP/AVP)
REALM='ipdc/realm="core"'
H="!/2 [$ALG]:2944"

of_messages()
{
	message 400 '.*' "$H T=5{C=-{AV=ROOT{AT{}}}} rubbish"
	message 403 '.*' "$H T=7{C=1{S=*}"
	message 406 '.*' "!/9 [$ALG]:2944 T=8{C=-{AV=ROOT{AT{}}}}"
	message 410 '.*' "$H T=9{C=-{AV=ROOT{AT{}}},C=x{S=*}}"
	message 413 '.*' "$H $(for i in $(seq 11); do
		echo "T=$((100 + i)){C=-{AV=ROOT{AT{}}}}"; done)"
	message 422 '.*' "$H T=10{C=1{}}"
	message 442 '.*' "$H T=11{C=1{S=*{,}}}"
	message 443 '.*' "$H T=12{C=1{Destroy=*}}"
	message 444 '.*' "$H T=13{C=1{MF=*{Magic{1}}}}"
	message 447 '.*' "$H T=14{C=1{MF=*{PG{g-1}}}}"
	message 448 '.*' "$H T=15{C=1{MF=*{SG,SG}}}"
	message 456 '.*' "$H T=16{C=1{MF=*{M{ST=1{O{MO=SR,MO=SR}}}}}}"
}

of_contexts()
{
	error 411 '.*' 'C=4000000000{S=*}'
	error 421 '.*' 'C=${S=*}'
	error 421 '.*' "C=*{$(add "$REALM" "$PLAIN" | sed 's/^C=${//')"
	error 430 '.*ip/1/core/4000000000.*' "C=$C{S=ip/1/core/4000000000}"
	error 430 '.*moon.*' 'C=${A=ip/1/moon/$}'
	error 431 '.*' "C=$C{AV=ip/1/moon/*{AT{}}}"
	error 433 ".*$T.*" "C=$C{A=$T}"
	error 434 '.*2 terminations.*' "C=$C{$(add "$REALM" "$PLAIN" | sed 's/^C=${//')"
	error 435 ".*$ALONE.*" "C=$C{MF=$ALONE{M{ST=1{O{MO=IN}}}}}"
	error 410 '.*' 'C=${A=*}'
	error 443 '.*Move.*' "C=$C{MV=$ALONE}"
	error 443 '.*AuditCapability.*' "C=$C{AC=$T{AT{}}}"
	error 449 '16.*' "C=\${PR=16,A=\${M{ST=1{O{$REALM},L{$PLAIN}}}}}"
	error 501 '.*Topology.*' "C=$C{TP{$T,$T2,OW}}"
}

of_properties()
{
	error 440 '.*moon.*' "$(control moon/phase=1)"
	error 445 '.*gm/moon.*' "$(control gm/moon=ON)"
	error 449 'PERHAPS.*' "$(control gm/saf=PERHAPS)"
	error 449 'FFF.*' "$(control ds/dscp=FFF)"
	error 449 'moon.*' "$(add 'ipdc/realm="moon"' "$PLAIN")"
	error 449 '10.77.1.300.*' "$(control 'gm/saf=ON,gm/sam="10.77.1.300"')"
	error 449 '.*' "$(control 'tman/pol=ON,tman/pdr=fast')"
	error 517 '.*Sideways.*' "$(control MO=Sideways)"
	error 517 '.*Loopback.*' "$(control MO=LB)"
	error 472 '.*' "$(control gm/esas=ON)"
	error 473 '.*' "$(control 'ipdc/realm="access"')"
}

of_sdp()
{
	local secure bad

	secure=$(sdp '$' '$' RTP/SAVP "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:$KEY")
	error 474 '.*' "$(add "$REALM" "$(printf '\nnonsense\n')")"
	error 449 'UDP/TLS.*' "$(add "$REALM" "$(sdp '$' '$' UDP/TLS)")"
	error 515 'smell.*' "$(add "$REALM" "$(MEDIA=smell sdp '$' '$' RTP/AVP)")"
	error 449 'SEED_CTR_128_HMAC_SHA1_80.*' "$(add "$REALM" "$(sdp '$' '$' RTP/SAVP \
		"a=crypto:1 SEED_CTR_128_HMAC_SHA1_80 inline:$KEY")")"
	error 449 'MOON_128.*' "$(add "$REALM" "$(sdp '$' '$' RTP/SAVP \
		"a=crypto:1 MOON_128 inline:$KEY")")"
	error 449 'UNENCRYPTED_SRTP.*' "$(add "$REALM" "$(sdp '$' '$' RTP/SAVP \
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:$KEY UNENCRYPTED_SRTP")")"
	error 449 '.*crypto.*' "$(add "$REALM" "$(sdp '$' '$' RTP/AVP \
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:$KEY")")"
	error '(449|474)' '.*' "$(add "$REALM" "$(sdp '$' '$' RTP/SAVP \
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:$KEY" \
		"a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:$OTHER")")"
	error '(449|474)' '[^=]*' "$(add "$REALM" "$(sdp '$' '$' RTP/SAVP \
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}A")")"
	error 449 '.*' "$(add "$REALM" "$secure" "$(sdp $CORE 9 RTP/SAVP \
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:$KEY")")"
	error 473 '.*' "$(add "$REALM" "$secure" "$(sdp $CORE 9 RTP/AVP)")"
	error 473 '.*' "$(add "$REALM" "$PLAIN" "$(sdp fd77:2::2 9 RTP/AVP)")"
	error 449 '10.77.9.9.*' "$(add "$REALM" "$(sdp 10.77.9.9 '$' RTP/AVP)")"
	bad="C=\${A=\${M{ST=1{O{},L{$PLAIN}}}}}"
	error 472 'ipdc/realm.*' "${bad/O\{\},/}"
}

of_events()
{
	error 440 '.*moon.*' "$(event moon/rise)"
	error 451 '.*adid/moon.*' "$(event adid/moon)"
	error 454 '.*moon.*' "$(event 'adid/ipstop{dt=5,moon=1}')"
	error 457 '.*timerx.*' "$(event hangterm/thb)"
	error 449 'UP.*' "$(event 'adid/ipstop{dt=5,dir=UP}')"
	error 440 '.*moon.*' "$(signal moon/light)"
	error 452 '.*ipnapt/moon.*' "$(signal ipnapt/moon)"
	error 449 'MAYBE.*' "$(signal 'ipnapt/latch{ST=1,napt=MAYBE}')"
	error '(454|446)' '.*moon.*' "$(signal 'ipnapt/latch{ST=1,moon=1}')"
	error 453 '.*rtp/moon.*' "C=$C{AV=$T{AT{SA{rtp/moon}}}}"
	error 444 '.*' "C=$C{AV=$T{AT{DM}}}"
	error 447 '.*' "C=$C{MF=$T{SA{rtp/ps=1}}}"
}

of_service()
{
	error 501 '.*' 'C=-{SC=ROOT{SV{MT=RS,RE="901 Cold Boot"}}}'
	error 472 '.*' 'C=-{SC=ROOT{SV{MT=HO,RE="903 MGC Directed Change"}}}'
	error 449 '.*192.0.2.99.*' \
		'C=-{SC=ROOT{SV{MT=HO,RE="903 MGC Directed Change",MG=[192.0.2.99]:2944}}}'
	error 534 '.*' "C=-{MF=ROOT{M{TS{root/maxNumberOfContexts=1}}}}"
	check "no new contexts while ROOT is out of service" out_of_service
}

out_of_service()
{
	order 'C=-{MF=ROOT{M{TS{SI=OS}}}}' &&
		refused_as 503 '.*' "$(add "$REALM" "$PLAIN")" &&
		order 'C=-{MF=ROOT{M{TS{SI=IV}}}}' &&
		order "$(add "$REALM" "$PLAIN")" &&
		order "C=$(answered_context){S=*{AT{}}}"
}

# From an address that is no controller's.
stranger()
{
	on alg ip addr add 10.77.3.9/24 dev eth0
	on alg socat -t 2 - "UDP:$GATEWAY_IQ:2944,bind=10.77.3.9:2944" \
		<<< "!/2 [10.77.3.9]:2944 T=1{C=-{AV=ROOT{AT{}}}}" |
		grep 'ER=402{'
}

# 40 contexts with 2 streams at a time; the transaction ends where they end.
many()
{
	local one i all=

	one="{A=\${M{ST=1{O{$REALM},L{$PLAIN}},ST=2{O{$REALM},L{$PLAIN}}}}}"
	for i in $(seq 40); do
		all+=",C=\$$one"
	done
	order "${all#,}" > /dev/null
}

# Contexts run out; what there is then is too much for one reply.
exhausted()
{
	local n=0

	while [ $n -lt 20 ] && many; do
		n=$((n + 1))
	done
	answer | grep -o 'ER=.*'
	[ $n -gt 0 ] && grep -q "ER=$1{" "$LAB_DIR/answer"
}

used_up()
{
	order 'C=*{W-S=*{AT{}}}' && REALM='ipdc/realm="access"' exhausted 510
}

# Before the controller has answered the registration.
unregistered()
{
	ask /mute
	gateway_stop && gateway_start || return
	wait_until 10 grep -q 'MT=DC' "$LAB_DIR/mgc.out" &&
		refused_as 505 '.*' 'C=-{AV=ROOT{AT{}}}' && ask /speak &&
		wait_until 10 order 'C=-{AV=ROOT{AT{}}}'
}

plan 83
iq_lab iqerrors
iq_config
# Room for 192 contexts, and ports for them all in "core" only.
sed -i 's/streams = 64/streams = 384/; 0,/30199/! s/30199/30999/' \
	"$LAB_DIR/srtpgated.conf"
check "controller listens" mgc_start || bail "controller"
check "gateway starts" gateway_start || bail "gateway starts"
before=$(in_use)
check "it registers" wait_until 10 registered || bail "registration"
check "a call and half a call are there" eval \
	'originate base 0 && reserve alone 1' || bail "no call"
C=${CONTEXT[base]} T=${CORE_SIDE[base]} T2=${ACCESS_SIDE[base]}
ALONE=${CORE_SIDE[alone]}
order 'C=*{AV=*{AT{M,E,SG}}}' > "$LAB_DIR/audit-before"
kept=$(in_use)
of_messages
of_contexts
of_properties
of_sdp
of_events
of_service
check "402 for a stranger" stranger
order 'C=*{AV=*{AT{M,E,SG}}}' > "$LAB_DIR/audit-after"
check "the audit is as before" eval '[ -s "$LAB_DIR/audit-before" ] &&
	diff <(sed "s/P=[0-9]*//" "$LAB_DIR/audit-before") \
	<(sed "s/P=[0-9]*//" "$LAB_DIR/audit-after")'
check "nothing more is in use than before" nothing_is_left "$kept"
check "and the call still works" call base 0 200 --rtcp 20
check "412 when contexts are used up" exhausted 412
check "533 for an audit of them all" refused 533 'C=*{AV=*{AT{M,E,SG}}}'
check "510 when ports are used up" used_up
check "all can be subtracted" order 'C=*{W-S=*{AT{}}}'
check "an audit finds nothing" refused 431 'C=*{AV=*{AT{}}}'
check "505 before it is registered" unregistered
check "no context, port, key or map entry is left" nothing_is_left "$before"
ktap_end
