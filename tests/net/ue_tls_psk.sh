#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# MSRP's TLS with keys of a ticket: between terminals of two domains, and
# between them and OpenSSL's programs.
#
#	alice, a [kms.a.example] 10.9.0.1 --- 10.9.0.2 [kms.b.example] b, bob

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/ktap.sh
. scripts/lib/kms.sh
. scripts/lib/ue.sh

RULES='{ from = [ "*@a.example", "*@b.example" ]; groups = true; }'
ADDRESS=10.9.0.2:2855

# msrp ADDRESS [PROTOCOL]: a description of a session.
msrp()
{
	cat <<-end
	v=0
	o=- 1 1 IN IP4 $1
	s=-
	c=IN IP4 $1
	t=0 0
	m=message 2855 ${2:-TCP/TLS/MSRP} *
	a=accept-types:text/plain
	a=path:msrps://$1:2855/x;tcp
	end
}

# session NAME [OPTION...]: keys for alice and bob, with options of accept
# and complete.
session()
{
	local name=$LAB_DIR/$1

	shift
	msrp 10.9.0.1 | ue alice offer -s "$name.state" bob@b.example \
		> "$name.offer" || return
	msrp 10.9.0.2 > "$name.own"
	ue bob accept -k "$name.bob" "$@" "$name.offer" "$name.own" \
		> "$name.answer" || return
	ue alice complete -k "$name.alice" "$@" "$name.state" "$name.answer"
}

listening()
{
	on b ss -Hltn "sport = :2855" | grep -q .
}

# bob_listens INPUT COMMAND...: in the background.
bob_listens()
{
	start_on bob b "$BASH" -c 'exec "${@:2}" < "$1"' - "$@"
	wait_until 10 listening
}

ue_bob()
{
	echo "$LAB_BUILD/srtpgate-ue" -c "$LAB_DIR/ue-bob/conf"
}

# alice_connects KEYS: for a while, at most.
alice_connects()
{
	on a timeout 20 "$LAB_BUILD/srtpgate-ue" -c "$LAB_DIR/ue-alice/conf" \
		tls-psk connect "$1" $ADDRESS > "$LAB_DIR/to.alice" \
		2> "$LAB_DIR/alice.err"
}

# talk ALICE-KEYS BOB-KEYS: each sends the other something.
talk()
{
	# shellcheck disable=SC2046
	bob_listens "$LAB_DIR/from.bob" $(ue_bob) tls-psk listen "$2" \
		$ADDRESS
	alice_connects "$1" < "$LAB_DIR/from.alice" || {
		cat "$LAB_DIR/alice.err"
		finish bob 10
		return 1
	}
	finish bob 10
}

crossed()
{
	cmp "$LAB_DIR/from.alice" "$LAB_DIR/bob.out" &&
		cmp "$LAB_DIR/from.bob" "$LAB_DIR/to.alice"
}

# hex NAME WHO: identity and key for OpenSSL's programs, -psk in hexadecimal.
hex()
{
	local identity key

	read -r identity key < "$LAB_DIR/$1.$2"
	echo "-psk_identity $identity -psk $(base64 -d <<< "$key" |
		od -An -v -tx1 | tr -d ' \n')"
}

# To a server of OpenSSL's: what alice sends comes back reversed.
to_openssl()
{
	# shellcheck disable=SC2046
	bob_listens "$LAB_DIR/from.bob" openssl s_server -quiet -rev -nocert -naccept 1 \
		-accept 2855 $(hex one bob) "$@"
	# It does not say its end, but begins to speak only after ours.
	{ echo olleh; wait_until 10 eval '[ -s "$LAB_DIR/to.alice" ]'; } |
		alice_connects "$LAB_DIR/one.alice"
	stop bob > /dev/null
	cat "$LAB_DIR/to.alice"
}

# bob has nothing to say, but the last word.
from_openssl()
{
	# shellcheck disable=SC2046
	bob_listens "$LAB_DIR/held" $(ue_bob) tls-psk listen \
		"$LAB_DIR/one.bob" $ADDRESS
	# shellcheck disable=SC2046
	on a openssl s_client -quiet -no_ign_eof -connect $ADDRESS \
		$(hex one alice) "$@" <<< hello > "$LAB_DIR/to.alice" 2>&1
	finish bob 10 || echo "status $?"
	cat "$LAB_DIR/bob.out"
}

# The other side dies in the middle of it.
cut_off()
{
	# shellcheck disable=SC2046
	bob_listens "$LAB_DIR/held" $(ue_bob) tls-psk listen \
		"$LAB_DIR/one.bob" $ADDRESS
	start_on alice a "$BASH" -c 'exec "${@:2}" < "$1"' - "$LAB_DIR/hello" \
		"$LAB_BUILD/srtpgate-ue" -c "$LAB_DIR/ue-alice/conf" tls-psk \
		connect "$LAB_DIR/one.alice" $ADDRESS
	echo hello >&8
	wait_until 10 said bob hello
	stop alice KILL
	finish bob 10
	sed -n 's/^srtpgate-ue: error: //p' "$LAB_DIR/bob.err"
}

refused()
{
	! "$@" > "$LAB_DIR/refused.out" 2> "$LAB_DIR/refused.err" ||
		echo "it went through"
	sed 's/^srtpgate-ue: error: //' "$LAB_DIR/refused.err"
}

plan 22
ue_lab uetls "$RULES"
{ kms_start a && kms_start b; } ||
	bail "srtpgate-kms does not start: $(cat "$LAB_DIR"/[ab].err)"
{
	ue_make alice a a alice@bsf alice@a.example <<< '' &&
	ue_make bob b b bob@bsf bob@b.example <<< \
		'accept = { servers = [ "kms.*.example" ]; };'
} || bail "no stores"
# Inputs that do not end.
mkfifo "$LAB_DIR/held" "$LAB_DIR/hello"
exec 9<> "$LAB_DIR/held" 8<> "$LAB_DIR/hello"
head -c 3000000 /dev/urandom > "$LAB_DIR/from.alice"
head -c 100000 /dev/urandom > "$LAB_DIR/from.bob"

equal "keys of an offer of MSRP" "$(session one 2>&1)" bob@b.example
check "both have the same" cmp "$LAB_DIR/one.alice" "$LAB_DIR/one.bob"
equal "for their owner only" \
	"$(stat -c %a "$LAB_DIR/one.alice" "$LAB_DIR/one.bob" | sort -u)" 600
check "m= stays as it is" grep -q "^m=message 2855 TCP/TLS/MSRP \*" \
	"$LAB_DIR/one.answer"
check "a session" talk "$LAB_DIR/one.alice" "$LAB_DIR/one.bob"
check "carries octets both ways" crossed
check "a second one with the same keys" talk "$LAB_DIR/one.alice" \
	"$LAB_DIR/one.bob"
equal "a second offer" "$(session two 2>&1)" bob@b.example
check "has other keys" eval '! cmp -s "$LAB_DIR/one.bob" "$LAB_DIR/two.bob"'
equal "which do not go together" "$(talk "$LAB_DIR/two.alice" \
	"$LAB_DIR/one.bob" | grep -o 'does not have the key')" \
	"does not have the key"
equal "the callee says so, too" "$(grep -o 'does not have the key' \
	"$LAB_DIR/bob.err")" "does not have the key"

for version in tls1_2 tls1_3; do
	equal "to openssl s_server, $version" "$(to_openssl -$version)" hello
	equal "from openssl s_client, $version" "$(from_openssl -$version)" \
		hello
done
equal "a suite without forward secrecy is refused" \
	"$(from_openssl -tls1_2 -cipher PSK-AES128-CBC-SHA), $(grep -o \
		'no suite in common' "$LAB_DIR/bob.err")" \
	"status 1, no suite in common"
echo 'tls = { plain_psk = true; };' >> "$LAB_DIR/ue-bob/conf"
equal "unless it is configured" \
	"$(from_openssl -tls1_2 -cipher PSK-AES128-CBC-SHA)" hello
equal "a connection that is cut off is told from an end" "$(cut_off)" \
	"the connection was cut off: something may be missing"
equal "keys in JSON" "$(session three -F json > /dev/null
	jq -r '.peer, (.key | length), .identity' "$LAB_DIR/three.bob")" \
	"alice@a.example
24
$(jq -r .identity "$LAB_DIR/three.alice")"

msrp 10.9.0.2 TCP/MSRP > "$LAB_DIR/plain"
equal "an offer of MSRP without TLS is no use" \
	"$(refused ue alice offer -s "$LAB_DIR/x" bob@b.example \
		"$LAB_DIR/plain" | grep -o 'no m= line')" "no m= line"
equal "nor is an answer" "$(refused ue alice complete -k "$LAB_DIR/x" \
	"$LAB_DIR/two.state" <(sed s/TLS.// "$LAB_DIR/two.answer") |
	grep -o 'no m= line')" "no m= line"
equal "keys that others may read are refused" \
	"$(chmod 644 "$LAB_DIR/one.alice"
	refused ue alice tls-psk connect "$LAB_DIR/one.alice" $ADDRESS |
		grep -c 'chmod 600')" 1
ktap_end
