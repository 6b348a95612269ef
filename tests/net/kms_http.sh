#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The key management server's HTTP as clients other than ours speak it, and as
# nobody should: in pieces, in chunks, several at once, slowly, too many.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/ktap.sh
. scripts/lib/kms.sh

SERVER=127.0.0.1:$KMS_PORT
HOST=$'Host: kms.a.example\r\n'
TIMEOUT=2

# say [OPTION...]: standard input to the server, its answer's status lines.
say()
{
	on a socat -t 10 "$@" - "TCP:$SERVER,shut-none" |
		awk '/^HTTP/ { printf "%s ", $2 } /^Connection: close/ { print "closed" }'
}

calls()
{
	CURL_I="curl -s -m 20 $*" on a "$BASH" -c \
		'. scripts/lib/lab.sh; . scripts/lib/kms.sh; kms_call "$@"' \
		calls "$alice" "$bob" bob@b.example 2>&1 | tr '\n' ' '
}

# An octet each half second is no request, and no reason to wait for it.
dribble()
{
	local i

	printf 'POST /keymanagement HTTP/1.1\r\nX: '
	for i in {1..10}; do
		printf x
		sleep 0.5
	done
}

# dribbling COMMAND...: while it lasts COMMAND succeeds.
dribbling()
{
	dribble 2> /dev/null |
		on a socat -t 0 - "TCP:$SERVER" > /dev/null 2>&1 &
	wait_until 5 connections 1 && "$@"
}

connections()
{
	[ "$(on a ss -Htn state established "( sport = :$KMS_PORT )" | wc -l)" = "$1" ]
}

a_call()
{
	[ "$(calls)" = "issued resolved bob@b.example " ]
}

# More than it takes at once; those who say nothing make room.
crowd()
{
	on a "$BASH" -c 'for i in {1..150}; do
			exec {fd}<> /dev/tcp/127.0.0.1/$1 || exit 1
		done
		curl -s -m 20 -o /dev/null -w "%{http_code}" http://127.0.0.1:$1/x' \
		crowd "$KMS_PORT"
}

plan 15
lab_open http
lab_node a
echo "timeout = $TIMEOUT; connections = 20;" | kms_make a a.example
kms_account a alice@bsf alice@a.example
kms_account a bob@bsf bob@b.example
kms_policy a '{ from = [ "*@a.example" ]; }'
alice=$(kms_user a alice@bsf alice@a.example)
bob=$(kms_user a bob@bsf bob@b.example)
export LAB_DIR LAB_TOOLS LAB_BUILD
kms_start a || bail "srtpgate-kms does not start: $(cat "$LAB_DIR/a.err")"

ok="issued resolved bob@b.example "
equal "a body in chunks" "$(calls -H Transfer-Encoding:chunked)" "$ok"
equal "one that waits for 100 Continue" \
	"$(calls -H Expect:100-continue --expect100-timeout 15)" "$ok"
equal "HTTP/1.0" "$(calls -0)" "$ok"
equal "through a proxy that speaks to us as to a proxy" \
	"$(calls -x "http://$SERVER")" "$ok"
two=$'GET /x HTTP/1.1\r\n'$HOST$'\r\nGET /keymanagement HTTP/1.1\r\n'$HOST
equal "two at once are answered in order" \
	"$(say <<< "$two"$'Connection: close\r\n\r')" "404 405 closed"
equal "octet by octet" \
	"$(say -b 1 <<< "$two"$'Connection: close\r\n\r')" "404 405 closed"
equal "behind what is refused nothing is read" \
	"$(say <<< $'GET\r\n\r\n'"$two"$'\r')" "400 closed"
equal "lines that end in LF" \
	"$(say <<< $'GET /x HTTP/1.1\nHost: a\nConnection: close\n')" "404 closed"
equal "a length besides chunks" "$(say << end
POST /keymanagement?requesttype=ticketrequest HTTP/1.1$(printf '\r')
Host: a$(printf '\r')
Content-Length: 4$(printf '\r')
Transfer-Encoding: chunked$(printf '\r')
$(printf '\r')
0$(printf '\r')
$(printf '\r')
end
)" "400 closed"
# Closed while it still writes a client may not see the 400.
for octet in '\0' A; do
	equal "no HTTP at all, but $octet" "$(head -c 20000 /dev/zero |
		tr '\0' "$octet" | say 2> /dev/null |
		sed '/^400 closed$/d'; echo nothing)" nothing
done
check "who sends an octet now and then delays nobody" \
	dribbling a_call
equal "more than it takes at once" "$(crowd)" 404
check "and then others" a_call
kill -TERM "${PID[a]}"
check "it stops at once when nobody asks" finish a 3
ktap_end
