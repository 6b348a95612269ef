#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# All of it: two operators, each with a server of its own, that know their users
# from one BSF, on Erlang's Diameter; calls go from the one's to the other's,
# over Zk.
#
#	alice - a [kms.a.example] 10.9.0.1 --- 10.9.0.2 [kms.b.example] b - bob
#		10.9.1.2 \                         / 10.9.2.2
#		 10.9.1.1 [bsf.home.example] bsf 10.9.2.1

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/ktap.sh
. scripts/lib/kms.sh

BSF=tests/interop/zn_bsf.escript
RULES='{ from = [ "*@a.example", "*@b.example" ]; }'
A=10.9.0.1:$KMS_PORT B=10.9.0.2:$KMS_PORT

bsf()
{
	start_on bsf bsf escript "$BSF" bsf 3868
	wait_until 20 said bsf ready
}

# server NAME PEER ADDRESS BSF: its configuration.
server()
{
	{
		# The last question has to wait for the BSF for two seconds.
		kms_zk "$1" "kms.$2.example" "$3:8444" "*@$2.example" |
			sed 's/^timeout = .*/timeout = 10;/'
		cat <<-end
		bsf = {
		  host = "kms.$1.example"; realm = "$1.example";
		  peers = ( { node = "$4"; port = "3868"; } );
		};
		end
	} | kms_make "$1" "$1.example"
	kms_policy "$1" "$RULES"
}

# user IDENTITY DOMAIN: the words of one who bootstrapped and knows his server.
user()
{
	local rand btid

	rand=$({ printf %s "$1"; head -c 16 /dev/zero; } | head -c 16 | base64)
	btid=$rand@bsf.home.example
	escript "$BSF" key "$btid" "kms.$2.example" | xxd -r -p | base64 -w 0 \
		> "$LAB_DIR/$1.key"
	echo "$1,$btid,$LAB_DIR/$1.key,kms.$2.example"
}

# calls INITIATOR RESPONDER URL-HOST URL-HOST: one call, from a's side.
calls()
{
	URL_I=http://$3/keymanagement URL_R=http://$4/keymanagement on a "$BASH" \
		-c '. scripts/lib/lab.sh; . scripts/lib/kms.sh; kms_call "$@"' \
		calls "$1" "$2" "${2%%,*}" 2>&1 | tr '\n' ' '
}

asked()
{
	grep -cF "asked $(cut -d, -f2 <<< "$1")" "$LAB_DIR/bsf.out"
}

of()
{
	tail -n 1 "$LAB_DIR/$1.out" |
		awk -v what="$2" '{ for (i = 1; i < NF; i++)
			if ($i == what) print $(i + 1) }'
}

go_on()
{
	local name before

	for name in ab ba; do
		before=$(of $name calls)
		wait_until 20 more $name $((${before:-0} + 40)) || return 1
	done
	[ "$(of ab failed)$(of ba failed)" = 00 ]
}

more()
{
	[ "$(of "$1" calls)" -ge "$2" ]
}

times_said()
{
	[ "$(grep -c "$2" "$LAB_DIR/$1.err")" = "$3" ]
}

# -- cases ---------------------------------------------------------------------

# Ten times the same, while calls go on; then one that forbids a call.
reloads()
{
	local i

	for i in 1 2 3 4 5 6 7 8 9 10; do
		kill -HUP "${PID[a]}" "${PID[b]}"
		wait_until 10 times_said a reloaded "$i" &&
			wait_until 10 times_said b reloaded "$i" || return 1
	done
	go_on || return 1
	kms_policy b "{ from = [ \"carol@a.example\" ]; allow = false; }, $RULES"
	kill -HUP "${PID[b]}"
	wait_until 10 times_said b reloaded 11 && go_on &&
		[ "$(calls "$carol" "$bob" $A $B)" = "issued error 15 " ]
}

loses_bsf()
{
	stop bsf KILL
	wait_until 10 said a "is lost" && wait_until 10 said b "is lost" &&
		go_on && on a "$LAB_BUILD/srtpgate-kms" -c "$LAB_DIR/a/conf" \
			status | grep -q "BSF NOT REACHABLE, 2 remembered"
}

# Annex A.3: the server knows that it has erred.
strangers_wait()
{
	[ "$(calls "$dave" "$bob" $A $B)" = "http 503 " ] &&
		[ "$(on a curl -s -o /dev/null -w '%{http_code}' http://$A/x)" = 404 ]
}

# However often it was asked meanwhile, and tried again.
told_once()
{
	times_said a "is lost" 1 && times_said a "not reached" 0 &&
		times_said b "is lost" 1 && times_said b "not reached" 0
}

comes_back()
{
	bsf && wait_until 40 times_said a "is reached" 2 &&
		[ "$(calls "$dave" "$bob" $A $B)" = "issued resolved bob@b.example " ] &&
		go_on
}

# The BSF thinks for two seconds; the server is told to stop meanwhile.
answers_last()
{
	start_on last a env URL_I="http://$A/keymanagement" \
		URL_R="http://$B/keymanagement" CURL_I="curl -s -m 20" \
		CURL_R="curl -s -m 20" "$LAB_TOOLS/kms_call" \
		"alice@a.example,slow@bsf.home.example,${alice#*,*,}" "$bob" \
		bob@b.example
	wait_until 10 said bsf "asked slow@bsf.home.example" || return 1
	kill -TERM "${PID[a]}"
	finish last 15
	finish a 15
	said last "error 0" && said a stopped && ! said a "not answered"
}

# -- all -----------------------------------------------------------------------

plan 10
if ! escript "$BSF" present > /dev/null 2>&1; then
	for test in 1 2 3 4 5 6 7 8 9 10; do
		skip "two operators, $test" "no erlang-diameter"
	done
	ktap_end
fi
lab_open whole
lab_node a b bsf
lab_wire a zk b zk
lab_wire a zn bsf to-a
lab_wire b zn bsf to-b
on a ip address add 10.9.0.1/24 dev zk
on b ip address add 10.9.0.2/24 dev zk
on a ip address add 10.9.1.2/24 dev zn
on b ip address add 10.9.2.2/24 dev zn
on bsf ip address add 10.9.1.1/24 dev to-a
on bsf ip address add 10.9.2.1/24 dev to-b
kms_authority ca
kms_certificate a kms.a.example ca
kms_certificate b kms.b.example ca
(umask 077; openssl rand -base64 32 > "$LAB_DIR/zk.key")
server a b 10.9.0.2 10.9.1.1
server b a 10.9.0.1 10.9.2.1
export LAB_DIR LAB_TOOLS LAB_BUILD
alice=$(user alice@a.example a)
carol=$(user carol@a.example a)
dave=$(user dave@a.example a)
bob=$(user bob@b.example b)

bsf || bail "no BSF: $(cat "$LAB_DIR/bsf.out" "$LAB_DIR/bsf.err")"
{ kms_start a && kms_start b; } || bail "no servers: $(cat "$LAB_DIR"/[ab].err)"
wait_until 20 said a "is reached" && wait_until 20 said b "is reached" ||
	bail "the BSF is not reached: $(cat "$LAB_DIR"/[ab].err)"
equal "alice calls bob, each at a server of the own operator" \
	"$(calls "$alice" "$bob" $A $B)" "issued resolved bob@b.example "
equal "bob calls alice" "$(calls "$bob" "$alice" $B $A)" \
	"issued resolved alice@a.example "
start_on ab a "$LAB_TOOLS/kms_load" "$alice" $A "$bob" $B
start_on ba a "$LAB_TOOLS/kms_load" "$bob" $B "$alice" $A
check "they do so again and again" go_on
equal "the BSF was asked once by each server for its user" \
	"$(asked "$alice") $(asked "$bob")" "1 1"
check "policies are read again under load" reloads
check "without the BSF, who is known calls on" loses_bsf
check "who is not known gets 503, and nobody else" strangers_wait
check "each server has said so, once" told_once
check "the BSF is back, and asked" comes_back
stop ab
stop ba
check "who was asked for when the server is stopped gets his answer" answers_last
ktap_end
