#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Keys that come over Iq go to the data plane and nowhere else: not to the
# journal, logs, answers, /proc, the daemon's memory. And a side that is to be
# secure fails closed: without both its keys nothing passes, never does plain
# media pass where secure media is due, and no two calls encrypt with one key.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/media.sh
. scripts/lib/iq.sh
. scripts/lib/secrets.sh
. scripts/lib/ktap.sh

# -- where keys must not be ------------------------------------------------------

# Set up, re-keyed, refused, audited: all that the daemon does with keys.
use_keys()
{
	originate k 0 && more_keys k || return
	order "C=${CONTEXT[k]}{MF=${ACCESS_SIDE[k]}{M{ST=1{
		L{$(sdp $GATEWAY "${PORT[k.access]}" RTP/SAVP "$(crypto k gateway 2)")},
		R{$(sdp $UE 4000 RTP/SAVP "$(crypto k ue 2)")}}}}}" || return
	cp "$LAB_DIR/answer" "$LAB_DIR/answers"
	ask "C=${CONTEXT[k]}{AV=*{AT{M,E,SG,SA}}}" >> "$LAB_DIR/answers"
	ask "C=\${A=\${M{ST=1{O{ipdc/realm=\"moon\"},L{$(sdp '$' '$' RTP/SAVP \
		"$(crypto k ue)")}}}}}" >> "$LAB_DIR/answers"
	ask "C=\${A=\${M{ST=1{O{ipdc/realm=\"core\"},L{$(sdp '$' '$' RTP/SAVP \
		"$(crypto k ue)x")}}}}}" >> "$LAB_DIR/answers"
	ask "/raw !/2 mgc T=9{C=\${A=\${M{ST=1{L{$(sdp '$' '$' RTP/SAVP \
		"$(crypto k ue)")}}}}" >> "$LAB_DIR/answers"
	request status >> "$LAB_DIR/answers"
	request iq.show '{"context": true}' >> "$LAB_DIR/answers"
	request context.show >> "$LAB_DIR/answers"
	cli context show >> "$LAB_DIR/answers"
	cli context show "${CONTEXT[k]}" >> "$LAB_DIR/answers"
	cli -j context show "${CONTEXT[k]}" >> "$LAB_DIR/answers"
	grep -q ER=449 "$LAB_DIR/answers"
}

fingerprints()
{
	[ "$(request iq.show "{\"context\": ${CONTEXT[k]}}" | jq '[.result |
		.terminations[].streams[].srtp[] | values | .fingerprint] |
		unique | length')" = 2 ]
}

journal_is_used()
{
	cat "$LAB_DIR"/iq/journal* > "$LAB_DIR/journal" &&
		grep -qa ip/1/access "$LAB_DIR/journal"
}

# -- failing closed ----------------------------------------------------------------

# secure NAME N LOCAL-ATTRIBUTE REMOTE-ATTRIBUTE: access RTP/SAVP, core plain.
secure()
{
	[ -e "$LAB_DIR/$1.ue.key" ] || keys "$1"
	# Without an attribute: no word, not an empty line.
	order "C=\${A=\${M{ST=1{O{MO=SR,ipdc/realm=\"access\"},
		L{$(sdp '$' '$' RTP/SAVP ${3:+"$3"})},
		R{$(sdp $UE $((4000 + 2 * $2)) RTP/SAVP ${4:+"$4"})}}}},
		A=\${M{ST=1{O{MO=SR,ipdc/realm=\"core\"},
		L{$(sdp '$' '$' RTP/AVP)},
		R{$(sdp $CORE $((5000 + 2 * $2)) RTP/AVP)}}}}}" || return
	CONTEXT[$1]=$(answered_context)
	ACCESS_SIDE[$1]=$(answered_termination 1)
	PORT[$1.access]=$(answered_port 1) PORT[$1.core]=$(answered_port 2)
}

# Plain and secure from the UE, plain from the core: none of it leaves again.
# Drops are counted, so that silence means refusal and not a lost route.
nothing_passes()
{
	local name=$1 n=$2 before

	before=$(drops)
	capture_start "$name.ue" ue eth0 udp and src host $GATEWAY
	capture_start "$name.core" core eth0 udp and src host $GATEWAY_CORE
	ue_sends "$name" "$n" 20 --rtcp 5 && finish "$name.us"
	peer "$name.plain" ue send $UE $((4000 + 2 * n)) $GATEWAY \
		"${PORT[$name.access]}" "" 20 --ssrc aa --rtcp 5
	finish "$name.plain"
	core_sends "$name" "$n" 20 --rtcp 5 && finish "$name.cs"
	wait_until 5 dropped $((before + 60)) || return
	capture_stop "$name.ue" "$name.core"
	[ "$(captured "$name.ue") $(captured "$name.core")" = "0 0" ]
}

drops()
{
	cli -j drop-reasons | jq '[.reasons[] | select(.verdict == "drop") |
		.count] | add // 0'
}

dropped()
{
	[ "$(drops)" -ge "$1" ]
}

captured()
{
	tcpdump -Z root -r "$LAB_DIR/$1.pcap" 2>/dev/null | wc -l
}

without_keys()
{
	secure none 1 "" "" && nothing_passes none 1
}

without_local()
{
	keys r && secure r 2 "" "$(crypto r ue)" && nothing_passes r 2
}

without_remote()
{
	keys l && secure l 3 "$(crypto l gateway)" "" && nothing_passes l 3
}

# A key that is taken away closes what was open.
taken_away()
{
	keys t && secure t 4 "$(crypto t gateway)" "$(crypto t ue)" &&
		call t 4 100 && order "C=${CONTEXT[t]}{MF=${ACCESS_SIDE[t]}{M{ST=1{
		R{$(sdp $UE 4008 RTP/SAVP)}}}}}" && nothing_passes t 4
}

# Plain media does not pass where secure media is due.
plain_refused()
{
	keys p && secure p 5 "$(crypto p gateway)" "$(crypto p ue)" &&
		core_receives p 5 20 --idle 500 || return
	peer p.plain ue send $UE 4010 $GATEWAY "${PORT[p.access]}" "" 20
	finish p.plain
	! finish p.cr 5
	[ "$(field p.cr received)" = 0 ]
}

# Nor does the UE ever get anything plain: all it hears, it can open.
secure_only()
{
	ue_receives p 5 50 && core_sends p 5 50 && finish p.cs &&
		finish p.ur && [ "$(field p.ur unauthentic)" = 0 ]
}

# What is secure at the UE never comes to a plain side unopened, under a key
# that the gateway does not have.
foreign_key()
{
	keys foreign
	PORT[foreign.access]=${PORT[p.access]}
	core_receives p 5 20 --idle 500 || return
	ue_sends foreign 5 20 && finish foreign.us
	! finish p.cr 5
	[ "$(field p.cr received) $(field p.cr corrupt)" = "0 0" ]
}

# Two branches of a forked call may not encrypt with one key.
one_key_twice()
{
	refused 449 "C=\${A=\${M{ST=1{O{MO=SR,ipdc/realm=\"access\"},
		L{$(sdp '$' '$' RTP/SAVP "$(crypto p gateway)")},
		R{$(sdp $UE 4030 RTP/SAVP "$(crypto foreign ue)")}}}}}"
}

plan 21
iq_lab iqsecrets
# Iq over IPv6, for a change.
ALG=$ALG6 GATEWAY_IQ=$GATEWAY_IQ6
iq_config
check "controller listens" mgc_start || bail "controller"
check "gateway starts" gateway_start || bail "gateway starts"
before=$(in_use)
check "it registers" wait_until 10 registered || bail "registration"
check "keys are used in all ways" use_keys
check "the search would find them" search_finds k
check "no answer has one" holds_no_key "$LAB_DIR/answers"
check "fingerprints tell them apart" fingerprints
check "the journal knows the call" journal_is_used
check "and no key" holds_no_key "$LAB_DIR/journal"
check "no log has one" holds_no_key "$LAB_DIR/gateway.err" "$LAB_DIR/gateway.out"
check "no command line or environment" holds_no_key \
	"/proc/${PID[gateway]}/cmdline" "/proc/${PID[gateway]}/environ"
check "the daemon's memory keeps none" no_key_in_memory ip/1/access
check "RTP/SAVP without keys: nothing passes" without_keys
check "without the key to seal with: nothing passes" without_local
check "without the key to open with: nothing passes" without_remote
check "a key taken away closes both ways" taken_away
check "plain RTP does not pass into a secure side" plain_refused
check "a secure side sends nothing plain" secure_only
check "SRTP under a foreign key is not passed on" foreign_key
check "two branches with one key are refused" one_key_twice
order 'C=*{W-S=*{AT{}}}' > "$LAB_DIR/check.txt"
check "nothing is left" nothing_is_left "$before"
ktap_end
