#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Keys, addresses and SSRCs that change in mid-call, without losing one
# packet: rollover counters after RFC 3711 3.3.1 and RFC 4568 7.1.4.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/ktap.sh

add_call()
{
	succeed context.add "$(context "$@")"
}

# Gives call $1 new keys on both ways: appended to its key files, told to
# the gateway. The peers go on to them when asked or when they must.
change_keys()
{
	local name=$1 ue gateway

	ue=$(random_key)
	gateway=$(random_key)
	echo "$SUITE $ue" >> "$LAB_DIR/$name.ue.key"
	echo "$SUITE $gateway" >> "$LAB_DIR/$name.gateway.key"
	(umask 077; jq -cn --arg name "$name" --arg suite $SUITE --arg ue "$ue" \
		--arg gateway "$gateway" '{context: $name, terminations: [
		{termination: 0, srtp: {receive: {suite: $suite, key: $ue},
		 send: {suite: $suite, key: $gateway}}}]}' \
		> "$LAB_DIR/$name.change")
}

forwarded()
{
	request stream.show "{\"context\": \"$1\"}" |
		jq '[.result.streams[].packets] | min'
}

at_least()
{
	[ "$(forwarded "$1")" -ge "$2" ]
}

# Peers read both keys at the start; the gateway learns of the new ones in
# mid-call, after the sequence numbers wrapped (65000 + 536).
rekey_mid_call()
{
	local name=$1 n=$2

	add_call "$name" "$n" && change_keys "$name" || return
	call_start "$name" "$n" 2400 --rate 400 --seq 65000 --rtcp 20 || return
	wait_until 5 at_least "$name" 900 || return
	succeed context.change "$(cat "$LAB_DIR/$name.change")" || return
	kill -USR1 "${PID[$name.us]}"
	call_finish "$name" || return
	[ "$(field "$name.us" keys_used)" = 2 ] &&
		[ "$(field "$name.ur" keys_used)" = 2 ]
}

# Part of a call between port $3 of the UE and the gateway.
part()
{
	local name=$1 n=$2 port=$3

	shift 3
	core_receives "$name" "$n" "$@" || return
	start_on "$name.ur" ue "$LAB_TOOLS/rtp_peer" receive \
		--local "$UE:$port" --rtcp-local "$UE:$((port + 1))" \
		--remote "$GATEWAY:$((30000 + 2 * n))" \
		--rtcp-remote "$GATEWAY:$((30001 + 2 * n))" \
		--key "$LAB_DIR/$name.gateway.key" --count "$@"
	wait_listening "$name.ur" || return
	start_on "$name.us" ue "$LAB_TOOLS/rtp_peer" send \
		--local "$UE:$port" --rtcp-local "$UE:$((port + 1))" \
		--remote "$GATEWAY:$((30000 + 2 * n))" \
		--rtcp-remote "$GATEWAY:$((30001 + 2 * n))" \
		--key "$LAB_DIR/$name.ue.key" --count "$@"
	core_sends "$name" "$n" "$@" && call_finish "$name"
}

move_ue()
{
	succeed context.change "{\"context\": \"$1\", \"terminations\": [
		{\"termination\": 0, \"remote\": {\"port\": $2}}]}"
}

set_gate()
{
	succeed context.change "{\"context\": \"$1\", \"terminations\": [
		{\"termination\": 0, \"gate\": \"$2\"},
		{\"termination\": 1, \"gate\": \"$2\"}]}"
}

nothing_arrives()
{
	! call "$1" "$2" 50 --seq 2000 --ssrc cc --idle 300 > /dev/null &&
		[ "$(field "$1.cr" received) $(field "$1.ur" received)" = "0 0" ]
}

# The UE's new address comes with new keys: both ends start at rollover
# counter 0, although the indices before had passed it.
new_address_new_keys()
{
	local side

	change_keys moved
	for side in ue gateway; do
		sed -i 1d "$LAB_DIR/moved.$side.key"
	done
	succeed context.change "$(jq -c '.terminations[0].remote = {port: 4060}' \
		"$LAB_DIR/moved.change")"
}

plan 13
SUITE=AES_CM_128_HMAC_SHA1_80
gateway_lab rekey
gateway_config
check "gateway starts" gateway_start || bail "gateway starts"

check "new keys, same address: counters are kept, nothing lost" \
	rekey_mid_call rekeyed 0
SUITE=AES_CM_128_HMAC_SHA1_32
context short 1 $SUITE > "$LAB_DIR/short.json"
check "two SSRCs in turn, each over a sequence wrap" eval \
	'succeed context.add "$(cat "$LAB_DIR/short.json")" &&
	call short 1 3000 --seq 65400 --ssrc a1,b2,a1 --rate 1500'
check "eight SSRCs, the first ones again at the end" eval \
	'add_call many 2 &&
	call many 2 3000 --seq 65500 --ssrc 1,2,3,4,5,6,7,8,1,2 --rate 1500'

SUITE=AES_CM_128_HMAC_SHA1_80
check "a call is held" eval 'add_call held 3 && call held 3 500 --seq 1 &&
	set_gate held closed'
check "on hold nothing passes" nothing_arrives held 3
check "and resumed from another port: same key, indices go on" eval \
	'set_gate held open && move_ue held 4050 &&
	part held 3 4050 500 --seq 501 --first 500'
check "the old port is refused" eval \
	'ue_sends held 3 10 --ssrc dd; finish held.us;
	[ "$(request stream.show "{\"context\": \"held\"}" |
	jq -r ".result.streams[0].last_drop")" = source-mismatch ]'

check "a call passes rollover counter 0" eval \
	'add_call moved 4 && call moved 4 1000 --seq 65000 --rate 1000'
check "new address and new keys are accepted" new_address_new_keys
check "both directions start at rollover counter 0" \
	part moved 4 4060 500 --seq 100
check "a context removed ends with its counters" eval \
	'[ "$(request context.remove "{\"context\": \"moved\"}" |
	jq "[.result.streams[].packets] | min")" -ge 1500 ]'
equal "and is gone" "$(request context.show '{"context": "moved"}' |
	jq -r .error.code)" ENOENT
ktap_end
