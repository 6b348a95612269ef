#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Who gets no keys: by a server's policy, by the terminal's, because a
# ticket's time is over, it is somebody else's, or good for one call only;
# and the store, with its key and with a passphrase.
#
#	alice, mallory, a [kms.a.example] 10.9.0.1 --- 10.9.0.2
#	[kms.b.example] b, bob, carol

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/ktap.sh
. scripts/lib/kms.sh
. scripts/lib/ue.sh

RULES='{ from = [ "*@a.example" ]; to = [ "*@a.example", "*@b.example" ];
	groups = true; own_tickets = true; }'

# What a command says that fails.
says()
{
	! "$@" > "$LAB_DIR/says.out" 2> "$LAB_DIR/says.err" ||
		echo "it went through"
	sed 's/^srtpgate-ue: error: //' "$LAB_DIR/says.err"
}

# offer NAME CALLER CALLEE [OPTION...]
offer()
{
	local name=$1 caller=$2 callee=$3

	shift 3
	ue_sdp 10.9.0.1 5004 | ue "$caller" offer -s "$LAB_DIR/$name.state" \
		"$@" "$callee" > "$LAB_DIR/$name.offer"
}

accept()
{
	says ue "$2" accept -k "$LAB_DIR/$1.keys" "$LAB_DIR/$1.offer" \
		"$LAB_DIR/own"
}

# set NAME OPTION: instead of the line that begins with the same word.
set_option()
{
	sed -i "/^${2%% *}/d" "$LAB_DIR/ue-$1/conf"
	echo "$2" >> "$LAB_DIR/ue-$1/conf"
}

pass()
{
	ue alice -p 3 "$@" 3<<< "$PASSPHRASE"
}

plan 33
tls='tls = { listen = "0.0.0.0:8443"; certificate = "%s"; key = "%s"; };\n'
ue_lab uerefuse "$RULES"
# shellcheck disable=SC2059
printf "$tls" "$LAB_DIR/a.pem" "$LAB_DIR/a.key" >> "$LAB_DIR/a/conf"
echo "store = { path = \"$LAB_DIR/a/users.db\"; };" >> "$LAB_DIR/a/conf"
kms_account a mallory@bsf mallory@a.example
kms_policy a "$RULES"
# The store is there when the server starts.
btid=$(openssl rand -base64 16)@bsf.a.example
(umask 077; echo "ks:$(openssl rand -hex 32):alice@ims.a.example" > "$LAB_DIR/ks")
kms a user add "$btid" +3600 sip:alice@a.example < "$LAB_DIR/ks"
{ kms_start a && kms_start b; } ||
	bail "srtpgate-kms does not start: $(cat "$LAB_DIR"/[ab].err)"
for who in alice mallory; do
	ue_make $who a a $who@bsf $who@a.example <<< '' ||
		bail "no store of $who's"
done
for who in bob carol; do
	ue_make $who b b $who@bsf $who@b.example <<< '' ||
		bail "no store of $who's"
done
ue_sdp 10.9.0.2 5004 > "$LAB_DIR/own"

# -- servers --
equal "a callee whom the server allows nobody" \
	"$(says ue alice request dave@c.example)" \
	'kms.a.example refuses with "Invalid TPpar", error 15'
equal "an identity that is another's" "$(set_option mallory \
	'identities = [ "alice@a.example" ];'
	says ue mallory request bob@b.example)" \
	'kms.a.example refuses with "Invalid ID", error 7'
set_option bob 'accept = { own_tickets = true; };'
check "a ticket made in another's name" offer forged mallory bob@b.example \
	-t "$(ue mallory make bob@b.example)"
equal "is not resolved" "$(accept forged bob)" \
	'kms.b.example refuses with "Invalid TICKET", error 14'
set_option mallory 'credential = { id = "who@bsf"; key_file = "'"$LAB_DIR"'/ue-mallory/naf"; };'
equal "who is not known learns no reason" \
	"$(says ue mallory request bob@b.example)" \
	'kms.a.example refuses with "Auth failure", error 0, or somebody on the way does'
check "a ticket of alice's for carol" offer carols alice carol@b.example
equal "is not for bob" "$(accept carols bob)" \
	"the offer is refused: the ticket is not for us"
set_option bob 'identities = [ "carol@b.example" ];'
equal "not even when he lies" "$(accept carols bob)" \
	'kms.b.example refuses with "Invalid ID", error 7'
set_option bob 'identities = [ "bob@b.example" ];'

# -- terminals --
check "an offer" offer good alice bob@b.example
set_option bob 'accept = { from = [ "*@c.example" ]; };'
equal "of whom bob does not accept" "$(accept good bob)" \
	'the offer is refused: the caller is none of "accept.from"'
set_option bob 'accept = { servers = [ "kms.b.example" ]; };'
equal "with a ticket of no server of his" "$(accept good bob)" \
	"the offer is refused: the ticket's server is none of \"accept.servers\""
check "none of these was asked about, or gave keys" eval \
	'[ "$(ue_audit b resolved)" = 0 ] && ! ls "$LAB_DIR"/*.keys'
set_option bob 'accept = { lifetime = 3600; };'
equal "with a ticket that lives too long" "$(accept good bob)" \
	'the offer is refused: the ticket lives longer than "accept.lifetime"'
set_option bob 'accept = { };'

# -- time and number --
short=$(ue alice request -l 3 bob@b.example)
offer short alice bob@b.example -t "$short" || echo "# no offer"
wait_until 10 eval '[ "$(date +%s)" -gt "$(ue alice tickets show "$short" -j |
	jq .end)" ]'
equal "a ticket whose time is over is refused" "$(accept short bob |
	grep -c 'the offer is refused: .*ticket')" 1
equal "and not used" "$(says offer late alice bob@b.example -t "$short")" \
	"ticket $short does not fit this call"
check "prune forgets it" eval 'ue alice tickets prune &&
	! ue alice tickets show "$short"'
once=$(ue alice request -1 bob@b.example)
check "a ticket for one call" offer once alice bob@b.example -t "$once"
equal "is good for one" "$(says offer again alice bob@b.example -t "$once")" \
	"ticket $once does not fit this call"
check "its callee does not keep it" eval 'ue bob accept "$LAB_DIR/once.offer" \
	"$LAB_DIR/own" && [ "$(ue bob tickets -j)" = "[]" ]'

# -- the way to the server --
sed -i 's/8080"; timeout = 5;/8443"; authority = "'"${LAB_DIR//\//\\/}"'\/ca.pem"; timeout = 5;/' \
	"$LAB_DIR/ue-alice/conf"
check "over TLS" ue alice request bob@b.example
sed -i 's/\/ca.pem/\/b.pem/' "$LAB_DIR/ue-alice/conf"
equal "with another authority" "$(says ue alice request bob@b.example |
	grep -c certificate)" 1
sed -i 's/8443"; authority = "[^"]*/8099"; authority = "/' \
	"$LAB_DIR/ue-alice/conf"
equal "a server that is not there" "$(says ue alice request bob@b.example)" \
	"the key management server kms.a.example does not answer at 127.0.0.1:8099"

sed -i 's/127.0.0.1:8099"/127.0.0.1:8099 127.0.0.1:8080"/' \
	"$LAB_DIR/ue-alice/conf"
check "but its replica is" ue alice request bob@b.example

# -- rules for calls --
sed -i 's/127.0.0.1:8099 //' "$LAB_DIR/ue-alice/conf"
before=$(ue_audit a issued)
set_option alice 'calls = ( { to = [ "bob@*" ]; ticket = "fresh"; }, { recipients = [ "*@b.example" ]; } );'
offer fresh1 alice bob@b.example && offer fresh2 alice bob@b.example
equal "one who gets a fresh ticket for each call" \
	"$(($(ue_audit a issued) - before))" 2
offer group1 alice carol@b.example && offer group2 alice dora@b.example
equal "one ticket for all others" "$(($(ue_audit a issued) - before)) $(
	ue alice tickets -j |
	jq -r '.[] | select(.recipients[0] == "*@b.example") | .uses')" "3 2"
equal "of whom the callee must be one" \
	"$(says offer other alice mallory@a.example | grep -c recipients)" 1

# -- a user of a BSF, who has Ks --
set_option alice "credential = { id = \"$btid\"; key_file = \"$LAB_DIR/ks\"; };"
check "a NAF-Key that is derived" ue alice request bob@b.example
chmod 644 "$LAB_DIR/ks"
equal "from a file that others may read, not" \
	"$(says ue alice request bob@b.example | grep -c 'chmod 600')" 1
chmod 600 "$LAB_DIR/ks"

# -- the store --
id=$(ue alice tickets -j | jq -r '.[0].id')
octet=$(od -An -tu1 -j 100 -N 1 "$LAB_DIR/ue-alice/store/$id.ticket")
# shellcheck disable=SC2059
printf "\\x$(printf %x $((octet ^ 1)))" | dd bs=1 seek=100 conv=notrunc \
	of="$LAB_DIR/ue-alice/store/$id.ticket" 2> /dev/null
equal "a ticket that was changed is not read" "$(says ue alice tickets show \
	"$id" | grep -c 'was changed')" 1
cp "$LAB_DIR/ue-bob/key" "$LAB_DIR/ue-alice/key"
equal "the key of another store" "$(says ue alice tickets | grep -c \
	'another key')" 1
set_option alice 'store = { path = "'"$LAB_DIR"'/ue-alice/store2"; };'
PASSPHRASE="correct horse" pass init
check "a passphrase" eval 'PASSPHRASE="correct horse" pass tickets'
equal "another one" "$(PASSPHRASE="battery staple" says pass tickets |
	grep -c 'another key or passphrase')" 1
equal "none" "$(says ue alice tickets | grep -c 'must name a descriptor')" 1
ktap_end
