#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# One offer, several answers: a call that is forked to two terminals of a
# group, whose keys differ; several streams; suites with longer keys.
#
#	alice, a [kms.a.example] 10.9.0.1 --- 10.9.0.2 [kms.b.example] b,
#	bob, carol

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/ktap.sh
. scripts/lib/kms.sh
. scripts/lib/ue.sh

RULES='{ from = [ "*@a.example" ]; groups = true; }'

# answer NAME CALLEE [SDP]: to the offer NAME.
answer()
{
	{ [ $# -gt 2 ] && cat "$3" || ue_sdp 10.9.0.2 5004; } |
		ue "$2" accept -k "$LAB_DIR/$1.$2" "$LAB_DIR/$1.offer" - \
		> "$LAB_DIR/$1.$2.answer"
}

# complete NAME CALLEE: alice takes that answer.
complete()
{
	ue alice complete -k "$LAB_DIR/$1.alice.$2" "$LAB_DIR/$1.state" \
		"$LAB_DIR/$1.$2.answer" 2>&1
}

same_keys()
{
	[ -s "$LAB_DIR/$1.$2" ] &&
		awk '{ $3 = $3 == "send" ? "receive" : "send"; print }' \
			"$LAB_DIR/$1.alice.$2" | cmp - "$LAB_DIR/$1.$2"
}

# No key of one call is one of another's.
all_differ()
{
	[ -z "$(cut -d ' ' -f 6 "$@" | sort | uniq -d)" ] && [ -s "$1" ]
}

# reconfigure OPTION...: other lines at the end of both configurations.
reconfigure()
{
	sed -i '/^suites/d; /^ticket/d; /^mki/d' "$LAB_DIR"/ue-*/conf
	printf '%s\n' "$@" | tee -a "$LAB_DIR"/ue-*/conf > /dev/null
}

# The suite of a whole call with bob.
suite_of_call()
{
	ue_call alice bob "$1" > "$LAB_DIR/suite.out" 2>&1 || {
		cat "$LAB_DIR/suite.out"
		return
	}
	mv "$LAB_DIR/$1.alice" "$LAB_DIR/$1.alice.bob"
	same_keys "$1" bob && cut -d ' ' -f 5 "$LAB_DIR/$1.bob" | sort -u
}

# carries CALL: libsrtp2 takes 200 packets from alice to bob with its keys.
carries()
{
	(umask 077
	 awk '$3 == "send" { print $5, $6, $7; exit }' \
		"$LAB_DIR/$1.alice.bob" > "$LAB_DIR/$1.out.key"
	 awk '$3 == "receive" { print $5, $6, $7; exit }' \
		"$LAB_DIR/$1.bob" > "$LAB_DIR/$1.in.key")
	start_on "$1.in" b "$LAB_TOOLS/rtp_peer" receive \
		--local 10.9.0.2:5004 --count 200 --key "$LAB_DIR/$1.in.key"
	wait_listening "$1.in" || return
	on a "$LAB_TOOLS/rtp_peer" send --local 10.9.0.1:5004 \
		--remote 10.9.0.2:5004 --count 200 --key "$LAB_DIR/$1.out.key" \
		--ssrc "$(printf %x \
			"$(ue_key "$LAB_DIR/$1.alice.bob" send ssrc)")" || return
	finish "$1.in" 20 || { cat "$LAB_DIR/$1.in.out" && false; }
}

plan 22
ue_lab uefork "$RULES"
{ kms_start a && kms_start b; } ||
	bail "srtpgate-kms does not start: $(cat "$LAB_DIR"/[ab].err)"
ue_make alice a a alice@bsf alice@a.example <<< '' || bail "no store of alice's"
for who in bob carol; do
	ue_make $who b b $who@bsf $who@b.example <<< '' ||
		bail "no store of $who's"
done

# A ticket for all of b.example is in the store before the call.
check "a ticket for a group" ue alice request '*@b.example'
ue_sdp 10.9.0.1 5004 |
	ue alice offer -s "$LAB_DIR/fork.state" bob@b.example \
	> "$LAB_DIR/fork.offer"
equal "serves a call to one of it" "$(ue_audit a issued)" 1
check "bob answers" answer fork bob
check "carol answers, too" answer fork carol
equal "alice takes bob's answer" "$(complete fork bob)" bob@b.example
equal "but nobody else's" "$(complete fork carol | sed 's/.*: //')" \
	'it is not of bob@b.example, and of none of "answers"'
check "and no keys" eval '[ ! -e "$LAB_DIR/fork.alice.carol" ]'
echo 'answers = [ "*@b.example" ];' >> "$LAB_DIR/ue-alice/conf"
equal "unless that is configured, with a warning" "$(complete fork carol)" \
	"srtpgate-ue: warning: carol@b.example answers instead of bob@b.example
carol@b.example"
check "alice and bob have the same keys" same_keys fork bob
check "alice and carol have the same keys" same_keys fork carol
check "bob and carol have no key in common" all_differ \
	"$LAB_DIR/fork.bob" "$LAB_DIR/fork.carol"
equal "each had it resolved" "$(ue_audit b resolved)" 2

# Sound and picture; then bob wants the sound only.
{ ue_sdp 10.9.0.1 5004
	printf 'm=video 5006 RTP/AVPF 96\na=rtpmap:96 H264/90000\n'
} > "$LAB_DIR/both.sdp"
sed 's/^m=video 5006/m=video 0/' "$LAB_DIR/both.sdp" > "$LAB_DIR/half.sdp"
for call in both half; do
	ue alice offer -s "$LAB_DIR/$call.state" bob@b.example \
		"$LAB_DIR/both.sdp" > "$LAB_DIR/$call.offer"
	answer $call bob "$LAB_DIR/$call.sdp"
done
check "two m= lines have four keys" eval 'complete both bob &&
	same_keys both bob && all_differ "$LAB_DIR/both.bob" &&
	[ "$(wc -l < "$LAB_DIR/both.bob")" = 4 ]'
check "one that is refused has none" eval 'complete half bob &&
	same_keys half bob && [ "$(wc -l < "$LAB_DIR/half.bob")" = 2 ]'

reconfigure 'suites = [ "AEAD_AES_128_GCM", "AES_CM_128_HMAC_SHA1_80" ];'
equal "a better suite" "$(suite_of_call gcm)" AEAD_AES_128_GCM
check "carries libsrtp2's packets" carries gcm
sed -i 's/^suites = .*/suites = [ "AES_CM_128_HMAC_SHA1_32", "AES_CM_128_HMAC_SHA1_80" ];/' \
	"$LAB_DIR/ue-bob/conf"
equal "the one that both have" "$(suite_of_call both)" AES_CM_128_HMAC_SHA1_80
sed -i 's/^suites = .*/suites = [ "AES_CM_128_HMAC_SHA1_32" ];/' \
	"$LAB_DIR/ue-bob/conf"
equal "none that both have" "$(suite_of_call none)" "srtpgate-ue: error: m= line \
1 is offered with none of our \"suites\""
reconfigure 'suites = [ "AEAD_AES_256_GCM" ];' 'ticket = { strength = 256; };'
equal "a suite of 256 bits, with a ticket of its own" \
	"$(suite_of_call long) $(ue_audit a issued)" "AEAD_AES_256_GCM 2"
check "it carries them, too" carries long
reconfigure 'mki = true;'
equal "an MKI, if that is wanted" "$(suite_of_call mki) $(ue_key \
	"$LAB_DIR/mki.bob" send mki | wc -c)" "AES_CM_128_HMAC_SHA1_80 9"
check "and with it" carries mki
ktap_end
