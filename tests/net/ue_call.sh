#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Calls between terminals of two domains, each with a key management server
# of its own: keys that only the two have, media of other programs with them,
# and who is refused.
#
#	alice, a [kms.a.example] 10.9.0.1 --- 10.9.0.2 [kms.b.example] b, bob

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/ktap.sh
. scripts/lib/kms.sh
. scripts/lib/ue.sh
. scripts/lib/media.sh

RULES='{ from = [ "*@a.example", "*@b.example" ]; groups = true;
	own_tickets = true; }'

# What one sends the other receives, and the two directions differ.
same_keys()
{
	local up

	up=$(ue_key "$LAB_DIR/$1.alice" send key)
	[ -n "$up" ] && [ "$up" != "$(ue_key "$LAB_DIR/$1.alice" receive key)" ] &&
		awk '{ $3 = $3 == "send" ? "receive" : "send"; print }' \
			"$LAB_DIR/$1.alice" | cmp - "$LAB_DIR/$1.bob"
}

# refused COMMAND...: it fails, and this is what it says.
refused()
{
	! "$@" > "$LAB_DIR/refused.out" 2> "$LAB_DIR/refused.err" &&
		[ ! -s "$LAB_DIR/refused.out" ] || echo "it went through"
	sed 's/^srtpgate-ue: error: //' "$LAB_DIR/refused.err"
}

# bob_refuses FILTER: an offer of alice's, edited on its way.
bob_refuses()
{
	ue_sdp 10.9.0.1 5004 |
		ue alice offer -s "$LAB_DIR/edited.state" bob@b.example |
		sed "$1" > "$LAB_DIR/edited.offer"
	ue_sdp 10.9.0.2 5004 > "$LAB_DIR/edited.own"
	rm -f "$LAB_DIR/edited.keys"
	refused ue bob accept -k "$LAB_DIR/edited.keys" \
		"$LAB_DIR/edited.offer" "$LAB_DIR/edited.own"
	[ ! -e "$LAB_DIR/edited.keys" ] || echo "and gave keys away"
}

# alice_refuses FILTER: bob's answer of the last call, edited on its way.
alice_refuses()
{
	sed "$1" "$LAB_DIR/one.answer" > "$LAB_DIR/edited.answer"
	rm -f "$LAB_DIR/edited.keys"
	refused ue alice complete -k "$LAB_DIR/edited.keys" \
		"$LAB_DIR/one.state" "$LAB_DIR/edited.answer"
	[ ! -e "$LAB_DIR/edited.keys" ] || echo "and gave keys away"
}

# Another character for one that is not at the end, where bits are spare.
SPOIL='s/^\(a=key-mgmt.*\)A\(.\{20,400\}\)$/\1B\2/'

raw()
{
	sox "$1" -t s16 - 2> /dev/null
}

# Each of them has its own G.711, and rounds as it likes.
ffmpeg_reference()
{
	ffmpeg -nostdin -loglevel error -i "$1" -c:a pcm_mulaw "$LAB_DIR/m.wav"
	ffmpeg -nostdin -loglevel error -i "$LAB_DIR/m.wav" -c:a pcm_s16le "$2"
}

gstreamer_reference()
{
	gst-launch-1.0 -q filesrc "location=$1" ! wavparse ! audioconvert ! \
		mulawenc ! mulawdec ! wavenc ! filesink "location=$2"
}

# talk WAY SENDER RECEIVER FROM TO ADDRESS: speech in SRTP, one way.
talk()
{
	local caller=$LAB_DIR/one.$4 callee=$LAB_DIR/one.$5 node=a to=b

	[ "$4" = alice ] || node=b to=a
	"$3_receive" "$1.in" $to audio "$6" 5004 "$LAB_DIR/$1.wav" \
		"$(ue_key "$callee" receive ssrc)" \
		"$(ue_key "$callee" receive suite)" \
		"$(ue_key "$callee" receive key)" || return
	"$2_send" "$1.out" $node audio "$LAB_DIR/speech.wav" "$6" 5004 5005 \
		"$(ue_key "$caller" send ssrc)" \
		"$(ue_key "$caller" send suite)" \
		"$(ue_key "$caller" send key)"
	sent "$1.out" 10
	hang_up "$1.in"
}

# Sample for sample; only silence may fill up the last packet.
bit_exact()
{
	"$2_reference" "$LAB_DIR/speech.wav" "$LAB_DIR/$1.ref.wav"
	raw "$LAB_DIR/$1.ref.wav" > "$LAB_DIR/$1.ref"
	cmp -n "$(stat -c %s "$LAB_DIR/$1.ref")" "$LAB_DIR/$1.ref" \
		<(raw "$LAB_DIR/$1.wav")
}

plan 36
ue_lab uecall "$RULES"
{ kms_start a && kms_start b; } ||
	bail "srtpgate-kms does not start: $(cat "$LAB_DIR"/[ab].err)"
ue_make alice a a alice@bsf alice@a.example <<< '' || bail "no store of alice's"
ue_make bob b b bob@bsf bob@b.example <<< \
	'accept = { servers = [ "kms.*.example" ]; };' || bail "no store of bob's"

check "a store is made once" eval '! ue alice init'
equal "a call" "$(ue_call alice bob one 2>&1)" bob@b.example
check "both have the same keys, one each way" same_keys one
equal "keys are for their owner only" \
	"$(stat -c %a "$LAB_DIR/one.alice" "$LAB_DIR/one.bob" "$LAB_DIR/one.state" |
		sort -u)" 600
check "the answer has RTP/SAVP" grep -q "^m=audio 5004 RTP/SAVP 0" \
	"$LAB_DIR/one.answer"
equal "each has the ticket" "$(ue alice tickets -j | jq -r .[].role) $(
	ue bob tickets -j | jq -r '.[] | .role, .resolved_as' | tr '\n' ' ')" \
	"initiator responder bob@b.example "
equal "one was requested, one resolved" \
	"$(ue_audit a issued) $(ue_audit b resolved)" "1 1"

equal "a second call with the same ticket" "$(ue_call alice bob two 2>&1)" \
	bob@b.example
check "has other keys" eval \
	'same_keys two && ! cmp -s "$LAB_DIR/one.bob" "$LAB_DIR/two.bob"'
equal "and asked nobody" "$(ue_audit a issued) $(ue_audit b resolved)" "1 1"
equal "both counted it" "$(ue alice tickets -j | jq .[].uses) $(
	ue bob tickets -j | jq .[].uses)" "2 2"
equal "keys for GStreamer are the same in hexadecimal" \
	"$(ue alice complete -F hex -k fd:3 "$LAB_DIR/two.state" \
		"$LAB_DIR/two.answer" 3>&1 > "$LAB_DIR/out" |
		awk '$3 == "send" { print $6 }')" \
	"$(hex_key "$(ue_key "$LAB_DIR/two.alice" send key)")"
equal "and in JSON" "$(ue alice complete -F json -k fd:3 "$LAB_DIR/two.state" \
		"$LAB_DIR/two.answer" 3>&1 > "$LAB_DIR/out" |
		jq -r '.peer, (.streams[] | select(.direction == "receive") | .key)')" \
	"bob@b.example
$(ue_key "$LAB_DIR/two.alice" receive key)"

ue_sdp 10.9.0.1 5004 |
	ue alice offer -j -s "$LAB_DIR/json.state" bob@b.example \
	> "$LAB_DIR/offer.json"
jq -j .sdp "$LAB_DIR/offer.json" > "$LAB_DIR/json.offer"
ue_sdp 10.9.0.2 5004 |
	ue bob accept -j -k fd:3 "$LAB_DIR/json.offer" - \
	> "$LAB_DIR/answer.json" 3> "$LAB_DIR/json.bob"
equal "and so can all of it be" "$(jq -r .ticket.uses "$LAB_DIR/offer.json") $(
	jq -r '.peer, .sdp' "$LAB_DIR/answer.json" |
	grep -cE "^alice@a.example|^a=key-mgmt:mikey A")" "3 2"
equal "check" "$(ue bob check)" \
	"bob@b.example, 1 tickets, asks kms.b.example at 127.0.0.1:8080"

if command -v ffmpeg > /dev/null && command -v gst-launch-1.0 > /dev/null; then
	speech "$LAB_DIR/speech.wav" en-gb "Nobody else can hear this"
	talk up ffmpeg gstreamer alice bob 10.9.0.2
	check "speech of ffmpeg reaches GStreamer bit-exact" bit_exact up ffmpeg
	talk down gstreamer ffmpeg bob alice 10.9.0.1
	check "and the other way round" bit_exact down gstreamer
else
	skip "speech of ffmpeg reaches GStreamer bit-exact" "no ffmpeg or GStreamer"
	skip "and the other way round" "no ffmpeg or GStreamer"
fi

ue_sdp 10.9.0.2 5004 > "$LAB_DIR/own"
equal "an offer is answered once" "$(refused ue bob accept \
	"$LAB_DIR/two.offer" "$LAB_DIR/own")" \
	"the call is refused: the message was seen before"
equal "an offer with another MIKEY message" "$(bob_refuses "$SPOIL" |
	sed 's/:.*//')" "the offer is refused"
equal "without one" "$(bob_refuses /key-mgmt/d)" \
	"the offer is refused: it has no a=key-mgmt"
equal "with m= unprotected" "$(bob_refuses s/SAVP/AVP/)" \
	"m= line 1 would not be protected"
equal "with one more m=" "$(bob_refuses '$ a m=video 6000 RTP/SAVP 96')" \
	"m= line 2 has no keys in MIKEY"
equal "with keys for SDES, too" "$(bob_refuses \
	'$ a a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA' | grep -c a=crypto)" 1
equal "of somebody else than the caller" "$(refused ue bob accept \
	-f mallory@a.example "$LAB_DIR/two.offer" "$LAB_DIR/own")" \
	"the offer is refused: the ticket is of somebody else than the caller"
equal "an answer with another MIKEY message" "$(alice_refuses "$SPOIL" |
	sed 's/:.*//')" "the answer is refused"
equal "without one" "$(alice_refuses /key-mgmt/d)" \
	"the answer is refused: it has no a=key-mgmt"
equal "with m= unprotected" "$(alice_refuses s/SAVP/AVP/)" \
	"m= line 1 is answered unprotected"
equal "to another offer" "$(refused ue alice complete "$LAB_DIR/two.state" \
	"$LAB_DIR/one.answer" | sed 's/:.*//')" "the answer is refused"

sed -i 's/^skew = .*/skew = 1;/' "$LAB_DIR"/ue-*/conf
wait_until 10 eval '[ "$(stat -c %Y "$LAB_DIR/one.answer")" -lt $(($(date +%s) - 2)) ]'
equal "an old answer" "$(alice_refuses '')" \
	"the answer is refused: the timestamp is too far from our clock"
equal "an old offer" "$(refused ue bob accept "$LAB_DIR/two.offer" \
	"$LAB_DIR/own")" \
	"the offer is refused: the timestamp is too far from our clock"
sed -i 's/^skew = .*/skew = 3600;/' "$LAB_DIR"/ue-*/conf

# Mode 3: alice makes the ticket, and bob has to want such ones.
echo 'ticket = { own = true; };' >> "$LAB_DIR/ue-alice/conf"
ue alice tickets remove "$(ue alice tickets -j | jq -r .[].id)"
equal "her own ticket is refused by default" \
	"$(ue_call alice bob three 2>&1 | grep -o 'made the ticket himself')" \
	"made the ticket himself"
sed -i 's/^accept = {/& own_tickets = true;/' "$LAB_DIR/ue-bob/conf"
equal "and taken where that is allowed" "$(ue_call alice bob three 2>&1)" \
	bob@b.example
check "with the same keys" same_keys three
equal "no ticket was requested for it" "$(ue_audit a issued)" 1
check "no key and no identity is readable in the stores" eval \
	'! grep -rqaE "alice|bob|example" "$LAB_DIR"/ue-*/store'
check "no key in what was said" eval \
	'! cat "$LAB_DIR"/[ab].err "$LAB_DIR"/*.answer "$LAB_DIR"/*.offer |
	 grep -qFf <(awk "{ print \$6 }" "$LAB_DIR"/{one,two}.alice)'
ktap_end
