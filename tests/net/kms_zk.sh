#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Zk: alice at a.example calls bob at b.example, and each has a server of his
# own.
#
#	a [kms.a.example] 10.9.0.1 --- 10.9.0.2 [kms.b.example] b

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/ktap.sh
. scripts/lib/kms.sh

RULES='{ from = [ "*@a.example" ]; groups = true; }'

calls()
{
	URL_R=http://10.9.0.2:$KMS_PORT/keymanagement on a "$BASH" -c \
		'. scripts/lib/lab.sh; . scripts/lib/kms.sh; kms_call "$@"' \
		calls "$alice" "$bob" "$@" 2>&1 | tr '\n' ' '
}

# restart NAME ZK...: with another configuration of Zk.
restart()
{
	local name=$1

	shift
	stop "$name"
	sed -i '/^zk = /,$d' "$LAB_DIR/$name/conf"
	kms_zk "$@" >> "$LAB_DIR/$name/conf"
	kms_start "$name"
}

zk_status()
{
	on b curl -s -m 10 -o /dev/null -w '%{http_code}' \
		--cacert "$LAB_DIR/ca.pem" --resolve kms.a.example:8444:10.9.0.1 \
		-H 'Content-Type: application/mikey' -d AQsFAAAAAAAAAQ== "$@"
}

waiting()
{
	on b curl -s -m 5 127.0.0.1:9465/metrics |
		grep -q "^srtpgate_kms_waiting $1$"
}

audit()
{
	jq -r "select(.event == \"$2\") | $3" "$LAB_DIR/$1/audit" | tail -n 1
}

plan 24
lab_open zk
lab_node a b
lab_wire a eth0 b eth0
on a ip address add 10.9.0.1/24 dev eth0
on b ip address add 10.9.0.2/24 dev eth0
kms_authority ca
kms_authority other
kms_certificate a kms.a.example ca
kms_certificate b kms.b.example ca
kms_certificate c kms.c.example ca
kms_certificate false kms.b.example other
(umask 077; openssl rand -base64 32 > "$LAB_DIR/zk.key")
kms_zk a kms.b.example 10.9.0.2:8444 '*@b.example' | kms_make a a.example
kms_zk b kms.a.example 10.9.0.1:8444 '*@a.example' | kms_make b b.example
kms_account a alice@bsf alice@a.example
kms_account b bob@bsf bob@b.example
kms_policy a "$RULES"
kms_policy b "$RULES"
alice=$(kms_user a alice@bsf alice@a.example)
bob=$(kms_user b bob@bsf bob@b.example)
export LAB_DIR LAB_TOOLS LAB_BUILD

{ kms_start a && kms_start b; } ||
	bail "srtpgate-kms does not start: $(cat "$LAB_DIR"/[ab].err)"
equal "bob's server asks alice's" "$(calls '*@b.example')" \
	"issued resolved bob@b.example "
calls '*@b.example' > /dev/null
equal "and asks again on the same connection" "$(on a ss -Htn state established \
	"( sport = :8444 )" | wc -l)" 1
equal "alice's says for whom it was" \
	"$(audit a resolved '[.peer, .psk, .recipient] | join(" ")')" \
	"kms.b.example kms.b.example bob@b.example"
equal "bob's says whose it was" \
	"$(audit b resolved '[.psk, .recipient, .kms] | join(" ")')" \
	"bob@bsf bob@b.example kms.a.example"
equal "a ticket for somebody else is refused" "$(calls carol@b.example)" \
	"issued error 7 "
kms_policy a '{ from = [ "*@a.example" ]; to = [ "*@b.example" ]; groups = true; }'
kms_policy b '{ allow = false; }'
kill -HUP "${PID[b]}"
check "bob's reads a policy" wait_until 10 said b "reloaded"
equal "bob's own policy counts, too" "$(calls bob@b.example)" "issued error 15 "
kms_policy b "$RULES"
kill -HUP "${PID[b]}"
wait_until 10 eval '[ "$(grep -c reloaded "$LAB_DIR/b.err")" = 2 ]'

equal "tickets are not requested on Zk" "$(zk_status \
	--cert "$LAB_DIR/b.pem" --key "$LAB_DIR/b.key" \
	'https://kms.a.example:8444/keymanagement?requesttype=ticketrequest')" 400
equal "nobody without a certificate" "$(zk_status \
	'https://kms.a.example:8444/keymanagement?requesttype=ticketresolve')" 000
equal "nobody of another authority" "$(zk_status \
	--cert "$LAB_DIR/false.pem" --key "$LAB_DIR/false.key" \
	'https://kms.a.example:8444/keymanagement?requesttype=ticketresolve')" 000
equal "nobody who is no peer" "$(zk_status \
	--cert "$LAB_DIR/c.pem" --key "$LAB_DIR/c.key" \
	'https://kms.a.example:8444/keymanagement?requesttype=ticketresolve')" 403

restart a c kms.b.example 10.9.0.2:8444 '*@b.example'
equal "alice's must have her server's name" "$(calls bob@b.example)" \
	"issued http 503 "
check "and bob's says why" said b \
	"certificate of the key management server kms.a.example at 10.9.0.1:8444 is not accepted: hostname mismatch"
restart a a kms.b.example 10.9.0.2:8444 '*@c.example'
equal "bob's may not speak for others' users" "$(calls bob@b.example)" \
	"issued error 7 "
restart a a kms.b.example 10.9.0.2:8444 '*@b.example'
equal "and may again" "$(calls bob@b.example)" "issued resolved bob@b.example "
# It takes connections, and says nothing.
restart b b kms.a.example 10.9.0.1:8499 '*@a.example'
start_on mute a socat -u TCP-LISTEN:8499,fork,reuseaddr OPEN:/dev/null
wait_until 5 on b socat -u OPEN:/dev/null TCP:10.9.0.1:8499
equal "a server that does not answer: 503" "$(calls bob@b.example)" \
	"issued http 503 "
check "and says how long it waited" said b \
	"kms.a.example at 10.9.0.1:8499 did not answer within 2 s"
calls bob@b.example > /dev/null
equal "once" "$(grep -c 'did not answer' "$LAB_DIR/b.err")" 1
check "its status says so, too" eval \
	'on b "$LAB_BUILD/srtpgate-kms" -c "$LAB_DIR/b/conf" status |
		grep -q "kms.a.example DOES NOT ANSWER"'
start caller calls bob@b.example
check "a question waits" wait_until 5 waiting 1
kill -TERM "${PID[b]}"
wait_until 5 said b stopping
kill -TERM "${PID[b]}"
check "a second signal waits for nobody's answer" finish b 1
restart b b kms.a.example 10.9.0.1:8498 '*@a.example'
calls bob@b.example > /dev/null
check "and where nobody listens" said b \
	"kms.a.example does not answer at 10.9.0.1:8498"
restart b b kms.x.example 10.9.0.1:8444 '*@a.example'
equal "a server that nobody knows is not asked" "$(calls bob@b.example)" \
	"issued error 14 "
check "no key in logs" eval '! grep -qF -f <(head -c 40 "$LAB_DIR/zk.key") \
	"$LAB_DIR"/[ab].err "$LAB_DIR"/[ab]/audit'
ktap_end
