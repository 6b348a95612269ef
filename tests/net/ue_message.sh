#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Protected messages between two domains, each with a key management server
# of its own: to one, to a group, from a mailbox, and whose are not opened.
#
#	alice, a [kms.a.example] --- [kms.b.example] b, bob, carol

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/ktap.sh
. scripts/lib/kms.sh
. scripts/lib/ue.sh

RULES='{ from = [ "alice@a.example" ]; groups = true; deferred = true;
	own_tickets = true; },
	{ from = [ "*@a.example" ]; groups = true; }'
BEFORE='the message was opened before, or another under its ticket, which is good for one'
TEXT='Content-Type: text/plain

The bill is paid.'

# protect NAME ARGUMENT...: alice's message, in a file.
protect()
{
	local name=$1

	shift
	printf %s "$TEXT" | ue alice message protect "$@" > "$LAB_DIR/$name"
}

# opened WHO NAME OPTION...: the text, or why not.
opened()
{
	local who=$1 name=$2

	shift 2
	ue "$who" message open "$@" < "$LAB_DIR/$name" 2> "$LAB_DIR/why" ||
		sed -n 's/^srtpgate-ue: error: //p' "$LAB_DIR/why"
}

forget()
{
	rm -f "$LAB_DIR/ue-$1/store/messages"
}

# What bob opens of $LAB_DIR/NAME with octet $2 changed: nothing, or the text.
with_octet()
{
	local old new

	cp "$LAB_DIR/$1" "$LAB_DIR/changed"
	old=$(dd if="$LAB_DIR/changed" bs=1 skip="$2" count=1 status=none |
		od -An -tu1)
	new=$(printf '\\%03o' $((old ^ 1)))
	printf "$new" | dd of="$LAB_DIR/changed" bs=1 seek="$2" count=1 \
		conv=notrunc status=none
	forget bob
	ue bob message open < "$LAB_DIR/changed" 2> /dev/null
}

tampering()
{
	local size at text opened=0 refused=0

	size=$(stat -c %s "$LAB_DIR/$1")
	for ((at = 0; at < size; at += 23)); do
		text=$(with_octet "$1" "$at") && opened=$((opened + 1)) ||
			refused=$((refused + 1))
		[ -z "$text" ] || [ "$text" = "$TEXT" ] ||
			{ echo "octet $at: $text"; return 1; }
	done
	echo "$refused refused, $opened in headers"
	[ "$refused" -gt 40 ]
}

# A message that says to be under the ticket of a call of alice's.
under_a_call()
{
	ue_sdp 10.9.0.1 5004 | ue alice offer -s "$LAB_DIR/state" \
		bob@b.example | sed -n 's/^a=key-mgmt:mikey //p' |
		tr -d '\r' > "$LAB_DIR/transfer"
	sed "/^Content-Type: application.mikey/,/^--/ {
		/^[A-Za-z0-9+\/=]\{20,\}/d
		/^.\$/ r $LAB_DIR/transfer
	}" "$LAB_DIR/one"
}

audit()
{
	jq -r "select(.event == \"$2\") | $3" "$LAB_DIR/$1/audit" | tail -n 1
}

past()
{
	[ "$(date +%s)" -gt "$1" ]
}

# policy NAME RULES: read by a server that runs.
policy()
{
	local before

	before=$(grep -c reloaded "$LAB_DIR/$1.err")
	kms_policy "$1" "$2"
	kill -HUP "${PID[$1]}"
	wait_until 10 eval \
		"[ \"\$(grep -c reloaded '$LAB_DIR/$1.err')\" -gt $before ]"
}

plan 39
ue_lab uemessage "$RULES"
kms_account a dave@bsf dave@a.example
kms_policy a "$RULES"
{ kms_start a && kms_start b; } ||
	bail "srtpgate-kms does not start: $(cat "$LAB_DIR"/[ab].err)"
ACCEPT='accept = { servers = [ "kms.*.example" ]; };'
{
	ue_make alice a a alice@bsf alice@a.example <<< '' &&
	ue_make dave a a dave@bsf dave@a.example <<< '' &&
	ue_make bob b b bob@bsf bob@b.example <<< "$ACCEPT" &&
	ue_make carol b b carol@bsf carol@b.example <<< "$ACCEPT"
} || bail "no stores"

check "a message to bob" protect one bob@b.example
equal "he opens it" "$(opened bob one)" "$TEXT"
check "and is told who sent it" grep -q "^srtpgate-ue: sent .* by alice@a.example\$" \
	"$LAB_DIR/why"
equal "but once" "$(opened bob one)" "$BEFORE"
equal "also from a mailbox" "$(opened bob one -d)" \
	"$BEFORE"
check "what remembers it is his alone" eval \
	'[ "$(stat -c %a "$LAB_DIR/ue-bob/store/messages")" = 600 ]'
forget bob
equal "in JSON" "$(ue bob message open -j < "$LAB_DIR/one" |
	jq -r '.from, .proven, (.message | @base64d)')" "alice@a.example
true
$TEXT"
equal "carol does not" "$(opened carol one)" \
	"the offer is refused: the ticket is not for us"
equal "with flags D, E, H, I and J" "$(audit a issued .flags)" DEHIJNO
check "a second message" protect two bob@b.example
equal "is opened" "$(opened bob two)" "$TEXT"
equal "under the same ticket" "$(ue_audit a issued)" 1
equal "but bob's server was asked each time" "$(ue_audit b resolved)" 5

check "a message to all of b.example" protect group -t list@a.example \
	'*@b.example'
equal "bob opens it" "$(opened bob group)" "$TEXT"
equal "carol opens it" "$(opened carol group)" "$TEXT"
check "a server that does not let carol" policy b \
	"{ to = [ \"carol@b.example\" ]; allow = false; }, $RULES"
forget carol
equal "read it" "$(opened carol group | grep -o 'error 15')" "error 15"
check "may change its mind" policy b "$RULES"
equal "and she reads it" "$(opened carol group)" "$TEXT"

# -- mailboxes -------------------------------------------------------------
sed -i 's/^skew = 3600;/skew = 2;/' "$LAB_DIR/ue-bob/conf"
equal "a server whose tickets do not live so long" "$(printf %s "$TEXT" |
	ue alice message protect -l 86500 bob@b.example 2>&1 |
	grep -o 'ends too soon')" "ends too soon"
issued=$(ue_audit a issued)
sed -i 's/^skew/ticket = { lifetime = 600; };\n&/' "$LAB_DIR/ue-alice/conf"
# shellcheck disable=SC2046
ue alice tickets remove $(ue alice tickets -j | jq -r .[].id)
protect short bob@b.example
check "a message that waits" protect mail -l 7200 bob@b.example
equal "has a ticket that lives longer" "$(($(ue_audit a issued) - issued))" 2
then=$(($(date +%s) + 3))
stop a
wait_until 10 past "$then"
equal "is too old" "$(opened bob mail)" \
	"the timestamp is too far from our clock"
kms_start a
equal "but not from a mailbox, by a server that was not there when it came" \
	"$(opened bob mail -d)" "$TEXT"
equal "once" "$(opened bob mail -d)" "$BEFORE"
sed -i 's/^skew = 2;/skew = 3600;/' "$LAB_DIR/ue-bob/conf"

# -- what is refused -------------------------------------------------------
equal "a server without a rule for messages" "$(printf %s "$TEXT" |
	ue dave message protect bob@b.example 2>&1 |
	grep -o '[A-O]* instead of [A-O]*')" "DEFHIJKNO instead of DEHIJNO"
under_a_call > "$LAB_DIR/call"
equal "a ticket of a call" "$(opened bob call | grep -o 'flag F')" "flag F"
equal "from somebody else than it should be" \
	"$(opened bob group -f dave@a.example | grep -o 'somebody else')" \
	"somebody else"
equal "a text without headers" "$(printf 'text' |
	ue alice message protect bob@b.example 2>&1 | grep -c 'MIME headers')" 1
forget bob
sed -i 's/^accept = {/& from = [ "*@c.example" ];/' "$LAB_DIR/ue-bob/conf"
equal "a stranger" "$(opened bob group | grep -o '"accept.from"')" \
	'"accept.from"'
sed -i 's/ from = [^;]*;//' "$LAB_DIR/ue-bob/conf"

# -- mode 3: a ticket of alice's own making ----------------------------------
sed -i 's/^ticket = {/& own = true;/' "$LAB_DIR/ue-alice/conf"
check "a message under a ticket that alice made" protect own carol@b.example
equal "is refused by default" "$(opened carol own |
	grep -o '"own_tickets" is false')" '"own_tickets" is false'
sed -i 's/^accept = {/& own_tickets = true;/' "$LAB_DIR/ue-carol/conf"
equal "and taken where that is allowed" "$(opened carol own)" "$TEXT"
sed -i 's/ own = true;//' "$LAB_DIR/ue-alice/conf"

printf 'Content-Type: application/resource-lists+xml\n\n<to/>' \
	> "$LAB_DIR/uris"
check "a list for servers goes in the clear" protect list -u "$LAB_DIR/uris" \
	bob@b.example
check "as it is" grep -q '^<to/>' "$LAB_DIR/list"
check "no octet changed on the way makes another text" tampering list
check "no text and no key on the way, in logs and in stores" eval \
	'! grep -raqE "bill is paid|$(head -c 40 "$LAB_DIR/a/alice@bsf.key")" \
		"$LAB_DIR"/{one,two,group,mail,list,[ab].err,ue-*/store,[ab]/audit}'
equal "an end" "$(forget bob; opened bob list)" "$TEXT"
ktap_end
