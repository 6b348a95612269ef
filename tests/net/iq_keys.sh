#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# An a=crypto with several inline keys, MKIs and lifetimes (RFC 4568 6.1) over
# Iq: all of them open, the sender changes in mid-call, and the controller is
# told when one comes to its end.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/media.sh
. scripts/lib/iq.sh
. scripts/lib/ktap.sh

LIFETIME=1000

# In place of iq.sh's: two keys each, whose MKIs are 1 and 2 in four octets.
keys()
{
	local side i

	for side in ue gateway; do
		(umask 077; for i in 1 2; do
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

plan 13
iq_lab iqkeys
iq_config 'key_warning = "yes";'
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
check "the call ends" eval 'release a && release c'
ktap_end
