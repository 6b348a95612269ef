#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Several keys at once, told apart by their MKIs (RFC 3711 8.1, RFC 4568 6.1):
# libsrtp2 changes from one to the other in mid-call, nobody tells the gateway
# and no packet is lost. What the gateway sends changes when it is told to.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/ktap.sh

# An MKI of $1 octets that ends in $2.
mki()
{
	printf "%0$((2 * $1))x" "$2"
}

# Two keys for each way of call $1, with MKIs of $2 octets.
write_keys()
{
	local side

	for side in ue gateway; do
		(umask 077; for i in 161 7; do
			echo "$SUITE $(random_key "$SUITE") $(mki "$2" $i)"
		done > "$LAB_DIR/$1.$side.key")
	done
}

# The keys in file $1 as the control socket wants them.
keys_of()
{
	jq -Rc 'split(" ") | {suite: .[0], key: .[1], mki: .[2]}' "$1" |
		jq -sc .
}

# Call $1, number $2: receives under both of its keys, sends under the first.
add_call()
{
	context "$1" "$2" "$SUITE" > "$LAB_DIR/$1.json" &&
		write_keys "$1" "$3" || return
	(umask 077; jq -c --argjson ue "$(keys_of "$LAB_DIR/$1.ue.key")" \
		--argjson gateway "$(keys_of "$LAB_DIR/$1.gateway.key")" \
		'.terminations[0].srtp = {receive: $ue, send: $gateway[0]}' \
		"$LAB_DIR/$1.json" > "$LAB_DIR/$1.add"
	jq -cn --argjson gateway "$(keys_of "$LAB_DIR/$1.gateway.key")" \
		--arg name "$1" '{context: $name, terminations: [
		{termination: 0, srtp: {send: $gateway[1]}}]}' \
		> "$LAB_DIR/$1.change")
	succeed context.add "$(cat "$LAB_DIR/$1.add")"
}

packets()
{
	request stream.show "{\"context\": \"$1\"}" |
		jq '[.result.streams[].packets] | min'
}

at_least()
{
	[ "$(packets "$1")" -ge "$2" ]
}

shown()
{
	request context.show "{\"context\": \"$1\"}" |
		jq -c '[.result.terminations[0].srtp.receive[].mki]'
}

path()
{
	request stream.show "{\"context\": \"$1\"}" |
		jq -r '.result.streams[0].path'
}

# Both ways change keys in the middle, over a wrap of the sequence numbers.
change_mid_call()
{
	local name=$1 n=$2

	call_start "$name" "$n" 3000 --rate 500 --seq 65000 --rtcp 20 &&
		wait_until 5 at_least "$name" 800 || return
	kill -USR1 "${PID[$name.us]}"
	succeed context.change "$(cat "$LAB_DIR/$name.change")" || return
	call_finish "$name" || return
	[ "$(field "$name.us" keys_used)" = 2 ]
}

# A key that is withdrawn opens what is in flight, and then nothing.
withdrawn()
{
	local name=$1 n=$2 first

	first=$(keys_of "$LAB_DIR/$name.ue.key" | jq -c '.[1:]')
	succeed context.change "{\"context\": \"$name\", \"terminations\": [
		{\"termination\": 0, \"srtp\": {\"receive\": $first}}]}" ||
		return
	wait_until 5 former_key_ended || return
	ue_sends "$name" "$n" 20 --ssrc dd && finish "$name.us"
	[ "$(request stream.show "{\"context\": \"$name\"}" |
		jq -r '.result.streams[0].last_drop')" = no-key ]
}

former_key_ended()
{
	[ "$(keys_used)" = $((KEYS - 1)) ]
}

keys_used()
{
	request status | jq .result.keys.used
}

# Three receive keys, and a file for each.
add_three()
{
	local i

	context "$1" "$2" $SUITE > "$LAB_DIR/$1.json" || return
	(umask 077; for i in 1 2 3; do
		echo "$SUITE $(random_key) 000$i" > "$LAB_DIR/$1.$i.key"
	done
	cat "$LAB_DIR/$1".[123].key > "$LAB_DIR/$1.all"
	jq -c --argjson keys "$(keys_of "$LAB_DIR/$1.all")" \
		'.terminations[0].srtp.receive = $keys' \
		"$LAB_DIR/$1.json" > "$LAB_DIR/$1.add")
	succeed context.add "$(cat "$LAB_DIR/$1.add")"
}

each_opens()
{
	local i

	core_receives "$1" "$2" 150 || return
	for i in 3 1 2; do
		cp "$LAB_DIR/$1.$i.key" "$LAB_DIR/$1.ue.key"
		ue_sends "$1" "$2" 50 --first $((50 * (i - 1))) --ssrc e$i
		finish "$1.us" || return
	done
	finish "$1.cr"
}

plan 16
gateway_lab mki
gateway_config 'rekey_grace = 1;'
check "gateway starts" gateway_start || bail "gateway starts"

n=0
# libsrtp2 looks for the MKI of SRTCP in front of a tag of SRTP's size, so the
# suites with a tag of 32 bits are no test here.
for length in 1 4 16; do
	SUITE=AES_CM_128_HMAC_SHA1_80
	[ $length != 4 ] || SUITE=AES_256_CM_HMAC_SHA1_80
	name=mki-$length
	check "MKIs of $length octets" add_call "$name" $n $length
	equal "are shown" "$(shown "$name")" \
		"[\"$(mki $length 161)\",\"$(mki $length 7)\"]"
	check "keys change in mid-call" change_mid_call "$name" $n
	n=$((n + 1))
done
SUITE=AES_CM_128_HMAC_SHA1_80
check "MKIs of 128 octets are the slow path's" eval \
	'add_call mki-128 3 128 && [ "$(path mki-128)" = slow ]'
check "three keys at once" add_three three 8
check "a restart keeps them" eval 'gateway_stop && gateway_start'
check "one of two keys is withdrawn" eval 'add_call gone 6 4 &&
	KEYS=$(keys_used) && withdrawn gone 6'
equal "the third key is no former one, and stays" "$(shown three)" \
	'["0001","0002","0003"]'
check "each of the three opens" each_opens three 8
ktap_end
