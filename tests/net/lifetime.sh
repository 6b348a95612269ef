#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Keys with a lifetime (RFC 4568 6.1): people are warned before the end and at
# the end, once, whatever becomes of the daemon; not one packet more passes;
# and a new key goes on where the old one ended.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/ktap.sh

LIFETIME=1000

# Call $1, number $2, whose access side receives and sends under keys with
# these lifetimes.
add_call()
{
	succeed context.add "$(context "$1" "$2" | jq -c --arg receive "$3" \
		--arg send "$4" 'def life: if test("[^0-9]") then . else
		tonumber end;
		.terminations[0].srtp.receive.lifetime = ($receive | life) |
		.terminations[0].srtp.send.lifetime = ($send | life)')"
}

# What of a key of call $1, stream $2, is in the list of lifetimes: $3.
life()
{
	cli -j stream show "$1" |
		jq -r ".streams[$2].lifetimes[0].$3"
}

daemon_life()
{
	request stream.show "{\"context\": \"$1\"}" |
		jq -r ".result.streams[$2].lifetimes[0].$3"
}

fingerprint()
{
	request context.show "{\"context\": \"$1\"}" |
		jq -r .result.terminations[0].srtp.receive[0].fingerprint
}

# Lines of the log about the key $1 that say $2.
told()
{
	cat "$LAB_DIR"/gateway*.err | grep -c "key $1 has $2"
}

is_told()
{
	[ "$(told "$1" "$2")" = "$3" ]
}

metric()
{
	printf 'GET /metrics HTTP/1.0\r\n\r\n' |
		on gateway socat -t 10 - TCP:127.0.0.1:9464 |
		awk -v name="$1" '$1 == name { print $2 }'
}

# The UE sends $3 packets on, of which the core gets those that pass.
send_more()
{
	core_receives "$1" "$2" "$3" --first "$4" || return
	ue_sends "$1" "$2" "$3" --first "$4" --seq $((4 + $4)) --rate 1000
	finish "$1.us"
	kill -TERM "${PID[$1.cr]}"
	finish "$1.cr"
	field "$1.cr" received
}

# As an upgrade does; its log goes on in a file of its own.
restart()
{
	gateway_stop
	cat "$LAB_DIR/gateway.err" >> "$LAB_DIR/gateway.before.err"
	gateway_start
}

plan 22
gateway_lab lifetime
gateway_config 'metrics = "127.0.0.1:9464"; lifetime_warning = 80;'
check "gateway starts" gateway_start || bail "gateway starts"

check "a call without lifetimes, or with the longest one" \
	add_call endless 0 2^48 281474976710656
equal "is not watched" "$(metric srtpgate_lifetime_contexts)" 0
check "a call with lifetimes" add_call short 1 $LIFETIME 2^31
equal "is" "$(metric srtpgate_lifetime_contexts)" 1
key=$(fingerprint short)
equal "the first packets pass" "$(send_more short 1 700 0)" 700
equal "and are counted" "$(life short 0 packets)" 700
equal "the daemon says the same" "$(daemon_life short 0 packets)" 700
equal "nobody is warned" "$(told "$key" used)" 0
equal "so do the next ones" "$(send_more short 1 200 700)" 200
check "there is a warning" wait_until 5 is_told "$key" used 1
equal "it is in the metrics" "$(metric srtpgate_lifetime_warnings_total)" 1
check "the daemon is replaced" restart
equal "and knows how far the key has got" "$(daemon_life short 0 packets)" 900
equal "what is left passes, and no packet more" \
	"$(send_more short 1 300 900)" 100
equal "for that reason" \
	"$(cli -j stream show short | jq -r '.streams[0].last_drop')" \
	key-expired
check "people are told" wait_until 5 is_told "$key" reached 1
check "once, and were warned once, over another restart" eval 'restart &&
	send_more short 1 10 1200 &&
	[ "$(told "$key" used) $(told "$key" reached)" = "1 1" ]'
equal "the key is shown as expired" "$(life short 0 expired)" true
equal "what is sent has a lifetime of its own" \
	"$(life short 1 use) $(life short 1 lifetime)" "seal 2147483648"

new=$(random_key)
echo "AES_CM_128_HMAC_SHA1_80 $new" > "$LAB_DIR/short.ue.key"
check "a new key" succeed context.change "$(jq -cn --arg key "$new" \
	'{context: "short", terminations: [{termination: 0, srtp: {receive:
	{suite: "AES_CM_128_HMAC_SHA1_80", key: $key}}}]}')"
equal "goes on" "$(send_more short 1 500 2000)" 500
ktap_end
