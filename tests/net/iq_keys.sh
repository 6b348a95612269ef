#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# An a=crypto with several inline keys, MKIs and lifetimes (RFC 4568 6.1) over
# Iq: all of them open, the sender changes in mid-call, what seals is changed
# before its end, and the controller is told.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/media.sh
. scripts/lib/iq.sh
. scripts/lib/ktap.sh

LIFETIME=1000 KEYS=2

# In place of iq.sh's: $KEYS keys each, whose MKIs are 1, 2... in four octets.
keys()
{
	local side i

	for side in ue gateway; do
		(umask 077; for ((i = 1; i <= KEYS; i++)); do
			echo "AES_CM_128_HMAC_SHA1_80 $(random_key) 0000000$i"
		done > "$LAB_DIR/$1.$side.key")
	done
}

crypto()
{
	local key mki all=

	while read -r _ key mki; do
		all+="${all:+;}inline:$key|$LIFETIME|$((16#$mki)):4"
	done < "$LAB_DIR/$1.$2.key"
	echo "a=crypto:${3:-1} AES_CM_128_HMAC_SHA1_80 $all"
}

packets()
{
	cli -j stream show "${CONTEXT[$1]}/1" | jq '[.streams[].packets] | max'
}

at_least()
{
	[ "$(packets "$1")" -ge "$2" ]
}

# Keys that open what comes from the UE: what each was used for.
used()
{
	cli -j stream show "${CONTEXT[$1]}/1" |
		jq -c '[.streams[].lifetimes[] | select(.use == "open").packets]'
}

# 700 packets under each key at most, none lost.
change_mid_call()
{
	core_receives "$1" "$2" 1400 &&
		ue_sends "$1" "$2" 1400 --rate 400 || return
	wait_until 10 at_least "$1" 600 || return
	kill -USR1 "${PID[$1.us]}"
	finish "$1.us" && finish "$1.cr" && [ "$(field "$1.us" keys_used)" = 2 ]
}

# The UE sends $3 packets more under its first key; how many passed.
under_first()
{
	core_receives "$1" "$2" "$3" || return
	ue_sends "$1" "$2" "$3" --ssrc "$4" --rate 150
	finish "$1.us"
	kill -TERM "${PID[$1.cr]}"
	finish "$1.cr"
	field "$1.cr" received
}

config()
{
	iq_config 'key_warning = "yes";' "metrics = \"$METRICS\"; ${1:-}"
}

restart()
{
	gateway_stop TERM
	gateway_start && wait_until 10 registered
}

told()
{
	wait_until 5 grep -q "g/cause{Generalcause=$1,Failurecause=\"key [0-9a-f]* has $2" \
		"$LAB_DIR/mgc.out"
}

# "fingerprint packets" of the key that seals what goes to the UE.
seals()
{
	cli -j stream show "${CONTEXT[$1]}/1" |
		jq -r '.streams[].lifetimes[] | select(.use == "seal") |
			"\(.fingerprint) \(.packets)"'
}

# Of all three keys; the order is that of the a=crypto.
sending()
{
	request iq.show "{\"context\": ${CONTEXT[$1]}}" |
		jq -c '[.result.terminations[].streams[0].srtp.send | values |
			.fingerprint, .further[]?.fingerprint]'
}

# The core sends $3 packets, numbered from $4, and the UE, a libsrtp2 that
# knows all keys, gets every one of them.
to_ue()
{
	ue_receives "$1" "$2" "$3" --first "$4" &&
		core_sends "$1" "$2" "$3" --first "$4" --seq $((1 + $4)) \
			--rate 250 --rtcp 10 &&
		finish "$1.cs" && finish "$1.ur"
}

# As a re-INVITE that changes nothing.
again()
{
	order "C=${CONTEXT[$1]}{MF=${ACCESS_SIDE[$1]}{M{ST=1{
		L{$(sdp $GATEWAY "${PORT[$1.access]}" RTP/SAVP "$(crypto "$1" gateway)")},
		R{$(sdp $UE $((4000 + 2 * $2)) RTP/SAVP "$(crypto "$1" ue)")}}}}}"
}

succeeded()
{
	wait_until 5 eval "[ \"\$(metric srtpgate_lifetime_succeeded_total)\" = $1 ]"
}

dies()
{
	gateway_stop KILL
	[ $? = 137 ]
}

# Without a daemon, $3 packets from $4 on: how many the UE gets.
unattended()
{
	ue_receives "$1" "$2" "$3" --first "$4" --idle 1500 || return
	core_sends "$1" "$2" "$3" --first "$4" --seq $((1 + $4)) --rate 250
	finish "$1.cs"
	finish "$1.ur"
	field "$1.ur" received
}

plan 28
iq_lab iqkeys
config
check "controller listens" mgc_start || bail "controller"
check "gateway starts" gateway_start || bail "gateway"
wait_until 10 registered || bail "registration"

ACCESS_MORE=',E=2{g/cause}' check "a call with two keys each way" originate a 1
equal "two of them open" "$(used a)" '[0,0]'
check "the UE changes in mid-call, nothing is lost" change_mid_call a 1
check "the controller has heard nothing" eval \
	'! grep -q g/cause "$LAB_DIR/mgc.out"'
before=$(used a)
check "restart" restart
equal "both keys and their counts are there" "$(used a)" "$before"
left=$((LIFETIME - $(jq '.[0]' <<< "$before")))
equal "the first key has $left packets left" \
	"$(under_first a 1 $((left + 50)) 77)" $left
check "the controller was told before the end" told FT used
check "and at the end" told FP reached
check "a call of four keys is refused" eval 'keys b
	sed -n p "$LAB_DIR/b.ue.key" "$LAB_DIR/b.gateway.key" |
		awk "{ \$3 = \"0000000\" NR; print }" > "$LAB_DIR/c.ue.key"
	cp "$LAB_DIR/b.gateway.key" "$LAB_DIR/c.gateway.key"
	reserve c 3 && ! connect c 3 && answer |
		grep -q "ER=449{\"inline: 4 keys"'
check "these calls end" eval "release a && release c"

# A second between the warning and the end, for a busy machine.
LIFETIME=600 KEYS=3
config "lifetime_warning = 60;"
check "people are to be told earlier" restart
ACCESS_MORE=',E=2{g/cause}' check "a call with three short keys each way" \
	originate d 4
first=$(sending d)
check "each goes on where one comes to its end, nothing is lost" to_ue d 4 1000 0
check "the metrics know of two" succeeded 2
equal "so does the log" "$(grep -c 'key [0-9a-f]* now seals what termination . of' \
	"$LAB_DIR/gateway.err")" 2
check "the controller was told" told FT 'used [6-9][0-9] % of its lifetime; key'
equal "the third one seals" "$(seals d | cut -d' ' -f1)" "$(jq -r '.[2]' <<< "$first")"
before=$(seals d)
check "the same a=crypto once more" again d 4
equal "moves nothing" "$(seals d)" "$before"
check "nor does another daemon" eval 'restart && [ "$(seals d)" = "$before" ]'
check "who dies" dies
left=$((LIFETIME - ${before#* }))
equal "the last key has $left packets left" "$(unattended d 4 $((left + 20)) 1000)" $left
KEYS=2
check "a daemon, a call with two keys, and a daemon who dies" eval \
	'gateway_start && wait_until 10 registered && originate e 5 && dies'
equal "no packet more than the first key is good for" \
	"$(unattended e 5 $((LIFETIME + 50)) 0)" $LIFETIME
check "he is back, and the second key goes on" eval 'gateway_start && succeeded 1 &&
	to_ue e 5 300 $((LIFETIME + 50))'
ktap_end
