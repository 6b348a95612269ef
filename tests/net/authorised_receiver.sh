#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The gateway as an authorised receiver: alice and bob have agreed on keys
# that only they and their servers know, and the gateway that their media pass
# opens them, because a server lets it; or does not, and the call goes on.
#
#	[kms.a.example] a --- b [kms.b.example]
#	                |     |
#	      10.9.1.1  gateway  10.9.2.1     besides ue and core, gateway.sh
#
# alice's terminal is the UE; what bob's would send and receive is at the core.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/media.sh
. scripts/lib/kms.sh
. scripts/lib/ue.sh
. scripts/lib/ktap.sh

RULES='{ from = [ "*@a.example" ]; groups = true; }'

# -- servers and terminals

# agw SERVER RESOLVES REFORK: what that server lets the gateway have.
agw()
{
	local psk=$LAB_DIR/agw.$1.key

	sed -i '/"agw"/d' "$LAB_DIR/$1/accounts"
	kms_account "$1" agw agw@a.example "resolves = [ $2 ]; refork = $3;"
	[ -e "$psk" ] || cp -p "$LAB_DIR/$1/agw.key" "$psk"
	cp "$psk" "$LAB_DIR/$1/agw.key"
	kms_policy "$1" "$RULES"
}

# receiver SERVER ADDRESS [OPTIONS]: of the gateway's configuration.
receiver()
{
	gateway_config "metrics = \"$METRICS\"; kms = { name = \"kms.$1.example\";
		address = \"$2\"; account = \"agw\"; identity = \"agw@a.example\";
		key_file = \"$LAB_DIR/agw.$1.key\"; timeout = 2; skew = 3600; ${3:-} };"
}

restart()
{
	gateway_stop TERM
	receiver "$@"
	gateway_start
}

servers()
{
	lab_node a b
	lab_wire a eth0 b eth0
	lab_wire gateway kmsa a eth1
	lab_wire gateway kmsb b eth1
	on a ip address add 10.9.0.1/24 dev eth0
	on b ip address add 10.9.0.2/24 dev eth0
	on a ip address add 10.9.1.2/24 dev eth1
	on b ip address add 10.9.2.2/24 dev eth1
	on gateway ip address add 10.9.1.1/24 dev kmsa
	on gateway ip address add 10.9.2.1/24 dev kmsb
	kms_authority ca
	kms_certificate a kms.a.example ca
	kms_certificate b kms.b.example ca
	(umask 077; openssl rand -base64 32 > "$LAB_DIR/zk.key")
	kms_zk a kms.b.example 10.9.0.2:8444 '*@b.example' |
		sed 's/peers = ( {/& refork = true;/
			$ a tls = { listen = "0.0.0.0:8443"; certificate = "'"$LAB_DIR"'/a.pem"; key = "'"$LAB_DIR"'/a.key"; };' |
		kms_make a a.example
	kms_zk b kms.a.example 10.9.0.1:8444 '*@a.example' |
		kms_make b b.example
	kms_account a alice@bsf alice@a.example
	kms_account b bob@bsf bob@b.example
	agw a '"*@a.example"' false
	agw b '"*@b.example"' true
	kms_start a && kms_start b &&
		ue_make alice a a alice@bsf alice@a.example \
			<<< "mki = $MKI;" &&
		ue_make bob b b bob@bsf bob@b.example \
			<<< "mki = $MKI; accept = { servers = [ \"kms.a.example\" ]; };"
}

# keys_of CALL TERMINAL: for rtp_peer, what it sends and receives with.
keys_of()
{
	local way

	for way in send receive; do
		(umask 077; awk -v way=$way \
			'$3 == way { print $5, $6, $7; exit }' \
			"$LAB_DIR/$1.$2" > "$LAB_DIR/$1.$way.key")
	done
	mv "$LAB_DIR/$1.send.key" "$LAB_DIR/$1.ue.key"
	mv "$LAB_DIR/$1.receive.key" "$LAB_DIR/$1.gateway.key"
}

# -- contexts

# mikey CALL [PARTY] [MEMBERS]: srtp of the side of that party.
mikey()
{
	jq -n --rawfile offer "$LAB_DIR/$1.offer" \
		--rawfile answer "$LAB_DIR/$1.answer" \
		--arg party "${2:-offerer}" --argjson mki "$MKI" \
		'{mikey: {offer: $offer, answer: $answer, party: $party,
			mki: $mki}}'
}

# passing CALL N [FILTER]: a context that passes SRTP through.
passing()
{
	context "$1" "$2" |
		jq ".opaque = true | del(.terminations[].srtp) | ${3:-.}" \
		> "$LAB_DIR/$1.json"
	keys_of "$1" alice
	succeed context.add "$(cat "$LAB_DIR/$1.json")" > /dev/null
}

# opening CALL [PARTY]: the change that asks for its keys.
opening()
{
	jq -n --arg name "$1" --argjson srtp "$(mikey "$@")" \
		'{context: $name, opaque: false,
		  terminations: [{termination: 0, srtp: $srtp}]}'
}

# asked CALL: opens it, and says what the gateway answers.
asked()
{
	request context.change "$(opening "$1")" |
		jq -r 'if .result then "opened" else .error.code + " " + .error.message end'
}

# From end to end, $3 packets that the core cannot read and bob can.
end_to_end()
{
	peer "$1.cr" core receive "$CORE" $((5000 + 2 * $2)) \
		"$GATEWAY_CORE" "$(port "$1" core "$2")" \
		"$LAB_DIR/$1.ue.key" "$3" --ssrc "$4"
	wait_listening "$1.cr" && ue_sends "$1" "$2" "$3" --ssrc "$4" &&
		finish "$1.us" && finish "$1.cr"
}

# speak CALL N: ffmpeg at both sides, captured.
speak()
{
	local port=$((30000 + 2 * $2)) suite=AES_CM_128_HMAC_SHA1_80

	speech "$LAB_DIR/spoken.wav" en-us "The court may hear this."
	call_capture "$1"
	ffmpeg_receive hear-core core audio $CORE $((5000 + 2 * $2)) \
		"$LAB_DIR/$1.core.wav" 1001
	ffmpeg_receive hear-ue ue audio $UE $((4000 + 2 * $2)) \
		"$LAB_DIR/$1.ue.wav" 1002 $suite \
		"$(cut -d' ' -f2 "$LAB_DIR/$1.gateway.key")"
	ffmpeg_send speak-ue ue audio "$LAB_DIR/spoken.wav" $GATEWAY \
		$port $((port + 1)) 1001 $suite \
		"$(cut -d' ' -f2 "$LAB_DIR/$1.ue.key")"
	ffmpeg_send speak-core core audio "$LAB_DIR/spoken.wav" \
		$GATEWAY_CORE $port $((port + 1)) 1002
	sent speak-ue 30
	sent speak-core 30
	hang_up hear-core
	hang_up hear-ue
	call_captured "$1"
} > "$LAB_DIR/speak.txt" 2>&1

operation()
{
	cli -j stream show "$1" | jq -r '[.streams[].operation] | join(" ")'
}

MKI=true
plan 42
gateway_lab receiver
servers || bail "no servers: $(cat "$LAB_DIR"/[ab].err)"
equal "alice calls bob" "$(ue_call alice bob one 2>&1)" bob@b.example
receiver a 10.9.1.2:8080
check "the gateway starts" gateway_start || bail "gateway"
check "their call passes it" passing one 1
check "end to end" end_to_end one 1 50 a1

equal "nothing is opened that is not configured" "$(asked one)" \
	"EPERM neither party of the call is in kms.users of srtpgated.conf, so it stays closed"
check "restart" restart a 10.9.1.2:8080 'users = [ "alice@a.example" ];'
equal "nor forked keys" "$(asked one | cut -d, -f1)" \
	"EPERM the keys of the call are forked"
ALLOWED='users = [ "alice@a.example" ]; refork = true;'
check "restart" restart a 10.9.1.2:8080 "$ALLOWED"
equal "nor what the server does not allow" "$(asked one | cut -d\; -f1)" \
	"EACCES the key management server kms.a.example refuses: Invalid ID"
check "the server's audit log has it" eval \
	'[ "$(jq -r "select(.refork and .psk == \"agw\") | .event" \
		"$LAB_DIR/a/audit")" = refused ]'
stop a
equal "the server is down" "$(asked one)" \
	"EAGAIN the key management server kms.a.example does not answer at 10.9.1.2:8080"
start_on mute a socat -u TCP-LISTEN:8080,fork,reuseaddr OPEN:/dev/null
wait_until 5 on a socat -u OPEN:/dev/null TCP:127.0.0.1:8080
equal "or mute" "$(asked one)" \
	"EAGAIN the key management server kms.a.example at 10.9.1.2:8080 did not answer within 2 s"
stop mute
equal "the call was never touched" "$(operation one)" "opaque opaque"
check "and goes on" end_to_end one 1 50 a2

agw a '"*@a.example"' true
check "the server is back, and allows it" kms_start a
equal "the call is opened" "$(cli context open -k one "$LAB_DIR/one.offer" \
	"$LAB_DIR/one.answer" 2>&1)" "context one opened"
equal "one way and the other" "$(operation one)" "open seal"
capture_start sealed ue eth0 "dst port $((4000 + 2 + 1))"
check "alice and the core, both ways, to the last bit" call one 1 100 --rtcp 20
capture_stop sealed
# In front of MKI and tag: bob, who has the key, too, begins at 0.
read -r _ _ mki < "$LAB_DIR/one.gateway.key"
equal "SRTCP has indices that bob does not use" \
	"$(tshark -r "$LAB_DIR/sealed.pcap" -T fields -e udp.payload 2> /dev/null |
		sed -E "s/.*(.{8})$mki.{20}\$/\1/" | head -n 2 | tr '\n' ' ')" \
	"c0000000 c0000001 "
equal "a call that has its keys gets the same" "$(asked one)" opened
check "the server's audit log says for whom" eval \
	'[ "$(jq -r "select(.event == \"resolved\" and .refork) | .psk + .recipient" \
		"$LAB_DIR/a/audit" | sort -u)" = agwbob@b.example ]'
check "the gateway's says who asked, and for what" grep -Eq \
	'keys of the call from "alice@a.example" to "bob@b.example", for context "one", asked by user 0, process [0-9]+ of kms.a.example as agw \(ticket [0-9a-f]{16}, CSB [0-9]+\): opened' \
	"$LAB_DIR/gateway.err"
equal "the metrics, too" \
	"$(metric 'srtpgate_receiver_requests_total{result="opened"}') $(metric \
		'srtpgate_receiver_requests_total{result="unavailable"}') $(metric \
		srtpgate_receiver_pending)" "2 2 0"

# Programs that know nothing of MKIs.
if command -v ffmpeg espeak-ng sox > /dev/null; then
	MKI=false
	sed -i 's/mki = true/mki = false/' "$LAB_DIR"/ue-*/conf
	ue_call alice bob three > /dev/null 2>&1
	passing three 3 '.terminations[].source = "address"'
	equal "a call without MKIs is opened" "$(asked three)" opened
	speak three 3
	check "alice speaks by ffmpeg, and the core has it bit-exact" \
		call_compare three up
	check "and hears the core, bit-exact" call_compare three down
	MKI=true
	sed -i 's/mki = false/mki = true/' "$LAB_DIR"/ue-*/conf
else
	skip "a call without MKIs is opened" "no ffmpeg"
	skip "alice speaks by ffmpeg, and the core has it bit-exact" "no ffmpeg"
	skip "and hears the core, bit-exact" "no ffmpeg"
fi

# bob is behind the gateway: his server sends the ticket to alice's.
ue_call alice bob two > /dev/null 2>&1
check "restart" restart b 10.9.2.2:8080 'users = [ "*@b.example" ]; refork = true;'
context two 2 > "$LAB_DIR/two.json"
keys_of two bob
check "bob's side, by the other server" eval 'succeed context.add "$(jq \
	--argjson srtp "$(mikey two answerer)" \
	".terminations[0].srtp = \$srtp" "$LAB_DIR/two.json")"'
check "has his keys" call two 2 100

# Nothing of these changes anything.
before=$(cli -j context show | jq -c '.contexts[].terminations')
for file in offer answer; do
	sed -E '/^a=key-mgmt/ { s/A(.{7})$/B\1/; t; s/.(.{7})$/A\1/ }' \
		"$LAB_DIR/one.$file" \
		> "$LAB_DIR/one.bent"
	cp "$LAB_DIR/one.$file" "$LAB_DIR/one.straight"
	mv "$LAB_DIR/one.bent" "$LAB_DIR/one.$file"
	equal "an $file that was changed on its way" \
		"$(asked one | cut -d: -f1)" "EBADMSG the call's keys"
	mv "$LAB_DIR/one.straight" "$LAB_DIR/one.$file"
done
mv "$LAB_DIR/one.answer" "$LAB_DIR/one.straight"
cp "$LAB_DIR/two.answer" "$LAB_DIR/one.answer"
equal "an answer to another call" "$(asked one | cut -d' ' -f1)" EINVAL
mv "$LAB_DIR/one.straight" "$LAB_DIR/one.answer"
# Of 2010, for an hour.
for file in offer:TRANSFER_INIT answer:TRANSFER_RESP; do
	awk -v name="${file#*:}" '$1 == name { print $2 }' \
		tests/unit/data/mikey/mode1-128.txt | xxd -r -p |
		base64 -w 0 | sed 's/^/mikey /' > "$LAB_DIR/old.${file%:*}"
done
opening old | sed 's/"old"/"one"/' > "$LAB_DIR/old.json"
equal "a ticket beyond its life" "$(request context.change \
	"$(cat "$LAB_DIR/old.json")" | jq -r .error.message)" \
	"the call's ticket: the ticket is not valid any more; see docs/authorised-receiver.md"
equal "nothing of that has changed anything" \
	"$(cli -j context show | jq -c '.contexts[].terminations')" "$before"

# With TLS, inside the system call filter; b's certificate vouches for nobody.
restart a 10.9.1.2:8443 "$ALLOWED authority = \"$LAB_DIR/ca.pem\";"
equal "over TLS" "$(asked one)" opened
restart a 10.9.1.2:8443 "$ALLOWED authority = \"$LAB_DIR/b.pem\";"
equal "not with a certificate that nobody vouches for" \
	"$(asked one | cut -d: -f1,2)" \
	"EAGAIN the certificate of the key management server kms.a.example at 10.9.1.2:8443 is not accepted"
chmod 644 "$LAB_DIR/agw.a.key"
check "nor with a key that others may read" eval \
	'! restart a 10.9.1.2:8443 2> /dev/null && grep -q "chmod 600" "$LAB_DIR/gateway.err"'
chmod 600 "$LAB_DIR/agw.a.key"

# While one waits, others do not; and there is a limit.
restart a 10.9.1.2:8499 "$ALLOWED pending = 1;"
start_on mute a socat -u TCP-LISTEN:8499,fork,reuseaddr OPEN:/dev/null
wait_until 5 on a socat -u OPEN:/dev/null TCP:127.0.0.1:8499
(asked one > "$LAB_DIR/waits") &
waits=$!
check "one request waits" wait_until 5 eval \
	'[ "$(metric srtpgate_receiver_pending)" = 1 ]'
equal "a second one does not" "$(asked one | cut -d' ' -f1)" EBUSY
check "others are answered" succeed status
wait $waits
equal "and the first, when its time is over" \
	"$(cut -d' ' -f1 "$LAB_DIR/waits")" EAGAIN
check "no key is in a log" eval \
	'! grep -qFf <(for key in "$LAB_DIR"/*.key "$LAB_DIR"/[ab]/*.key; do
		head -c 36 "$key" | grep -oE "[A-Za-z0-9+/]{20,}" ; done) \
		"$LAB_DIR"/*.err "$LAB_DIR"/[ab]/audit'
ktap_end
