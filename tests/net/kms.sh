#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The key management server as a program: Annex A over curl, its commands,
# reload, roll-over of ticket keys with two replicas, TLS, audit, metrics, and
# what it may do.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/ktap.sh
. scripts/lib/kms.sh

RULES='{ from = [ "*@a.example" ]; groups = true; }'

# http_status OPTIONS...: of a request to alice's server.
http_status()
{
	on a curl -s -m 10 -o /dev/null -w '%{http_code}' "$@"
}

calls()
{
	on a "$BASH" -c '. scripts/lib/lab.sh; . scripts/lib/kms.sh; kms_call "$@"' \
		calls "$alice" "$bob" "$@" 2>&1 | tr '\n' ' '
}

metric()
{
	on a curl -s http://127.0.0.1:9465/metrics |
		awk -v name="$1" 'index($0, name " ") == 1 { print $NF }'
}

has_no_privileges()
{
	local status=/proc/${PID[a]}/status

	[ "$(awk '/^Uid/ { print $2 }' "$status")" = "$(id -u nobody)" ] &&
		grep -q '^CapEff:	0*$' "$status" &&
		grep -q '^CapBnd:	0*$' "$status" &&
		grep -q '^NoNewPrivs:	1' "$status" &&
		grep -q '^Seccomp:	2' "$status" &&
		grep -q '^Max core file size *0 *0' "/proc/${PID[a]}/limits"
}

no_key_in()
{
	local file

	for file in "$LAB_DIR"/a/*.key; do
		! grep -qF "$(head -c 40 "$file")" "$@" || return
	done
	! grep -qF "$(awk '!/^#/ { print $3; exit }' "$LAB_DIR/a/ticket-keys")" "$@"
}

plan 41
lab_open kms
lab_node a
store="store = { path = \"$LAB_DIR/a/users.db\"; };"
printf "$store"'tls = { listen = "0.0.0.0:8443"; certificate = "%s"; key = "%s"; };' \
	"$LAB_DIR/tls.pem" "$LAB_DIR/tls.key" | kms_make a a.example
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
	-subj /CN=kms.a.example -addext subjectAltName=DNS:kms.a.example \
	-keyout "$LAB_DIR/tls.key" -out "$LAB_DIR/tls.pem" 2> /dev/null
kms_account a alice@bsf alice@a.example
kms_account a bob@bsf bob@b.example
kms_policy a "$RULES"
alice=$(kms_user a alice@bsf alice@a.example)
bob=$(kms_user a bob@bsf bob@b.example)
export LAB_DIR LAB_TOOLS LAB_BUILD

equal "check" "$(kms a check)" "1 rules, 2 accounts, 1 ticket keys, 0 peers"
printf 'naf:%s\n' "$(openssl rand -hex 32)" |
	kms a user add nobody@bsf 0 sip:nobody@a.example
kms_start a || bail "srtpgate-kms does not start: $(cat "$LAB_DIR/a.err")"
equal "a ticket is issued and resolved" "$(calls '*@b.example')" \
	"issued resolved bob@b.example "
check "it runs without any privilege" has_no_privileges

# Carol has bootstrapped, and needs no restart to be known.
ks=$(openssl rand -hex 32)
printf 'naf:%s\n' "$ks" | kms a user add carol@bsf +3600 sip:carol@a.example
printf '%b' "$(sed 's/../\\x&/g' <<< "$ks")" | base64 -w 0 > "$LAB_DIR/a/carol@bsf.key"
alice_was=$alice
alice=$(kms_user a carol@bsf carol@a.example)
check "a user is added to the store, and gets a ticket" wait_until 10 eval \
	'[ "$(calls bob@b.example)" = "issued resolved bob@b.example " ]'
kms a user remove carol@bsf
check "he is removed, and gets none" wait_until 10 eval \
	'[ "$(calls bob@b.example)" = "error 0 " ]'
alice=$alice_was

url=http://127.0.0.1:$KMS_PORT/keymanagement
type="Content-Type: application/mikey"
equal "404: another path" "$(http_status "${url}2")" 404
equal "405: GET" "$(http_status "$url?requesttype=ticketrequest")" 405
equal "405: PUT" "$(http_status -X PUT -d x "$url")" 405
equal "415: another type" "$(http_status -d AAAA \
	"$url?requesttype=ticketrequest")" 415
equal "400: no requesttype" "$(http_status -H "$type" -d AAAA "$url")" 400
equal "400: an unknown one" "$(http_status -H "$type" -d AAAA \
	"$url?requesttype=ticketfoo")" 400
equal "400: no base64" "$(http_status -H "$type" -d 'A#' \
	"$url?requesttype=ticketrequest")" 400
equal "400: an empty body" "$(http_status -H "$type" -X POST \
	"$url?requesttype=ticketrequest")" 400
equal "400: no MIKEY" "$(http_status -H "$type" -d AAAA \
	"$url?requesttype=ticketrequest")" 400
equal "413: a huge body" "$(head -c 100000 /dev/zero | tr '\0' A |
	http_status -H "$type" --data-binary @- \
	"$url?requesttype=ticketrequest")" 413
equal "400: huge headers" "$(http_status -H "$type" -d AAAA \
	-H "X: $(head -c 20000 /dev/zero | tr '\0' A)" \
	"$url?requesttype=ticketrequest")" 400
equal "more parameters, headers and media type parameters do no harm" \
	"$(CURL_I="curl -s -m 20 -H From:alice@a.example -H User-Agent:3gpp-gba" \
	   URL_I="$url?version=1" calls bob@b.example)" \
	"issued resolved bob@b.example "

equal "TLS" "$(URL_I=https://kms.a.example:8443/keymanagement
	CURL_I="curl -s -m 20 --cacert $LAB_DIR/tls.pem --resolve kms.a.example:8443:127.0.0.1"
	export URL_I CURL_I; calls bob@b.example)" \
	"issued resolved bob@b.example "
equal "TLS 1.1 is refused" "$(http_status -k --tls-max 1.1 --tlsv1.0 \
	--ciphers DEFAULT@SECLEVEL=0 https://127.0.0.1:8443/keymanagement)" 000

kms_policy a '{ from = [ "*@a.example" ]; to = [ "carol@b.example" ]; }'
check "reload" kms_reload a "reloaded: 1 rules"
equal "the new policy refuses" "$(calls bob@b.example)" "error 15 "
echo "rules = (" > "$LAB_DIR/a/policy"
check "a bad policy is told of" kms_reload a "from before go on"
equal "and the one before goes on" "$(calls bob@b.example)" "error 15 "
check "check finds it too" "$BASH" -c \
	"! '$LAB_BUILD/srtpgate-kms' -c '$LAB_DIR/a/conf' check"
kms_policy a "$RULES"
kms_reload a "reloaded: 1 rules"

# The new key is everywhere before it seals; old tickets go on.
equal "a new ticket key, for later" "$(kms a key add 3600)" "key 2"
equal "it does not seal yet" "$(kms a key list | grep -c 'seals')" 1
kms_reload a "2 ticket keys"
equal "key 1 seals" "$(metric srtpgate_kms_ticket_key)" 1
mv "$LAB_DIR/a/audit" "$LAB_DIR/a/audit.1"
kms_reload a "reloaded: 1 rules"
sed 's/8080/8081/; /^store/d; s/metrics[^;]*;//' "$LAB_DIR/a/conf" \
	> "$LAB_DIR/b.conf"
start_on b a "$LAB_BUILD/srtpgate-kms" -c "$LAB_DIR/b.conf" -r 1
wait_until 10 said b "ready:"
equal "what one replica issues another resolves" \
	"$(URL_R=http://127.0.0.1:8081/keymanagement
	export URL_R; calls bob@b.example)" "issued resolved bob@b.example "
equal "the audit log, opened again, has both" \
	"$(jq -r '.event + " " + (.replica | tostring)' "$LAB_DIR/a/audit" |
		tr '\n' ' ')" "issued 0 resolved 1 "
equal "who, for whom, by which rule and key" \
	"$(kms_audit a 'select(.event == "resolved") |
		[.psk, .requester, .initiator, .recipients[], .rule, (.key | tostring)] |
		join(" ")')" "bob@bsf bob@b.example alice@a.example bob@b.example 1 1"
check "no key in logs" no_key_in "$LAB_DIR/a/audit" "$LAB_DIR/a/audit.1" \
	"$LAB_DIR/a.err"
equal "metrics count what the audit log has" "$(metric \
	'srtpgate_kms_exchanges_total{result="issued"}') $(metric \
	'srtpgate_kms_errors_total{error="Invalid TPpar"}')" \
	"$(cat "$LAB_DIR"/a/audit* | jq -r .event | grep -c issued) 2"
chmod 644 "$LAB_DIR/a/ticket-keys"
equal "a ring that others may read is refused" \
	"$(kms a check 2>&1 | grep -c 'chmod 600')" 1
chmod 600 "$LAB_DIR/a/ticket-keys"
equal "users and a BSF at once are refused" "$({ cat "$LAB_DIR/a/conf"
	echo 'bsf = { };'; } > "$LAB_DIR/two.conf"
	"$LAB_BUILD/srtpgate-kms" -c "$LAB_DIR/two.conf" check 2>&1 |
		grep -c 'not from both')" 1
equal "wrong usage" "$(kms a key burn 2>&1 | grep -c usage)" 1
equal "status shows what is counted" \
	"$(on a "$LAB_BUILD/srtpgate-kms" -c "$LAB_DIR/a/conf" status -j |
		jq '.srtpgate_kms_exchanges_total.issued, .srtpgate_kms_ticket_key,
		    .srtpgate_kms_users' | tr '\n' ' ')" \
	"$(metric 'srtpgate_kms_exchanges_total{result="issued"}') 1 1 "
# Of what was bad one was a query at all: "no MIKEY".
equal "how long answers took, of all queries" \
	"$(metric srtpgate_kms_exchange_seconds_count)" "$(on a curl -s \
		http://127.0.0.1:9465/metrics | awk '/^srtpgate_kms_(exchanges|errors)_total{/ {
			if ($0 !~ /"bad"/) sum += $NF } END { print sum + 1 }')"
equal "top shows rates" "$(on a "$LAB_BUILD/srtpgate-kms" -c "$LAB_DIR/a/conf" \
	top -i 0.2 -n 2 | grep -c 'issued .* 0\.0$')" 2
kill -TERM "${PID[a]}"
check "it stops in order" finish a 10
check "and said so" said a stopped
equal "status says that it is gone" "$(on a "$LAB_BUILD/srtpgate-kms" \
	-c "$LAB_DIR/a/conf" status 2>&1 | grep -c 'no server answers at')" 1
ktap_end
