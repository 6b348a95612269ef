#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The daemon is killed under calls that a controller set up: no packet is
# lost, repeats get the very answer of before, the audit tells the truth, and
# what nobody knows of is removed. Then it dies again and again under a load of
# orders, also amid its changes of maps and journal: the controller, repeating
# what was not answered, and the gateway believe the same in the end.
#
# KILLS (default 12), SEED.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/media.sh
. scripts/lib/iq.sh
. scripts/lib/ktap.sh

: "${KILLS:=12}" "${SEED:=$RANDOM}"
SECONDS_OF_CALL=10
RATE=100

set_up()
{
	local n

	for n in 0 1 2; do
		originate call-$n $n &&
			call_start call-$n $n $((SECONDS_OF_CALL * RATE)) \
				--rate $RATE --rtcp 50 || return
	done
}

# The access side alone, with both its keys: no stream has them yet.
half()
{
	keys half
	order "C=\${A=\${M{ST=1{O{MO=SR,ipdc/realm=\"access\"},
		L{$(sdp '$' '$' RTP/SAVP "$(crypto half gateway)")},
		R{$(sdp $UE 4020 RTP/SAVP "$(crypto half ue)")}}},
		E=3{hangterm/thb{timerx=900}}}}" || return
	CONTEXT[half]=$(answered_context)
	PORT[half.access]=$(answered_port 1)
}

other_half()
{
	order "C=${CONTEXT[half]}{A=\${M{ST=1{O{MO=SR,ipdc/realm=\"core\"},
		L{$(sdp '$' '$' RTP/AVP)},R{$(sdp $CORE 5020 RTP/AVP)}}}}}" ||
		return
	PORT[half.core]=$(answered_port 1)
	call half 10 300 --rtcp 20
}

audit()
{
	order 'C=*{AV=*{AT{M,E,SG}}}' > "$LAB_DIR/$1" || return
	sed -i 's/P=[0-9]*//' "$LAB_DIR/$1"
}

kill_gateway()
{
	kill -KILL "${PID[gateway]}"
	finish gateway 5 || [ $? = 137 ]
}

# Packets forwarded so far, without asking the daemon.
forwarded()
{
	cli -j stream show "${CONTEXT[call-0]}/1" 2> /dev/null |
		jq '[.streams[].packets] | add'
}

more_than()
{
	[ "$(forwarded)" -gt "$1" ]
}

packets_flow()
{
	local before

	before=$(forwarded)
	[ "$before" -gt 0 ] && wait_until 3 more_than "$before"
}

# An order given while nobody is there is carried out once somebody is; or it
# is answered by 505, because it came before the reply to the registration.
outstanding()
{
	local order="C=${CONTEXT[call-2]}{MF=${CORE_SIDE[call-2]}{M{ST=1{O{ds/dscp=22}}}}}"

	start waiting bash -c 'printf "%s" "$1" |
		socat -t 30 - "UNIX-CONNECT:$2"' - "$order" "$LAB_DIR/mgc.sock"
	packets_flow && gateway_start &&
		finish waiting "$GATEWAY_SECONDS" || return
	cat "$LAB_DIR/waiting.out"
	wait_until "$GATEWAY_SECONDS" registered || return
	! grep -q 'ER=505' "$LAB_DIR/waiting.out" || order "$order" || return
	order "C=${CONTEXT[call-2]}{AV=${CORE_SIDE[call-2]}{AT{M}}}" &&
		grep -q ds/dscp=22 "$LAB_DIR/answer"
}

same_answer()
{
	ask /again > /dev/null
	[ -s "$LAB_DIR/answer-before" ] &&
		cmp "$LAB_DIR/answer" "$LAB_DIR/answer-before"
}

reregistered()
{
	grep -q 'SC=ROOT{SV{MT=DC,RE="900' "$LAB_DIR/mgc.out" && registered
}

# A journal that is lost: what the data plane still has is nobody's.
without_journal()
{
	gateway_stop && rm -f "$LAB_DIR"/iq/journal* && gateway_start &&
		wait_until "$GATEWAY_SECONDS" restarted
}

restarted()
{
	[ "$(grep -c 'SC=ROOT{SV{MT=RS' "$LAB_DIR/mgc.out")" = 2 ]
}

# Death between two changes of the maps or two writes of the journal: there
# it hurts most, and there no killing from outside hits.
die_at()
{
	start die strace -qq -f -e trace="$1" \
		-e inject="$1:signal=SIGKILL:when=$2" -p "${PID[gateway]}"
	wait_until 10 gone gateway && finish gateway 5 || [ $? = 137 ]
	finish die 5
}

kill_often()
{
	local i

	for i in $(seq "$KILLS"); do
		echo "round $i"
		running fuzz || break
		if ! wait_until "$GATEWAY_SECONDS" \
			said gateway 'registered with'; then
			cat "$LAB_DIR/gateway.err"
			return 1
		fi
		case $((i % 3)) in
		0)	sleep "0.$((RANDOM % 9))$((RANDOM % 10))"
			kill_gateway ;;
		1)	die_at bpf $((1 + RANDOM % 60)) ;;
		2)	die_at pwrite64 $((1 + RANDOM % 20)) ;;
		esac
		gateway_start || return
	done
	[ "$i" = "$KILLS" ]
}

# Until agreed() ends it.
load()
{
	stop mgc KILL
	RANDOM=$SEED
	start_on fuzz alg "$LAB_TOOLS/mgc" fuzz --local $ALG:2944 \
		--gateway $GATEWAY_IQ:2944 --seed "$SEED" --callers 24 \
		--seconds 3600 --valid
	wait_until 5 said fuzz listening && gateway_stop && gateway_start &&
		wait_until "$GATEWAY_SECONDS" said fuzz MT=
}

# The load must have gone on across the kills to say anything.
agreed()
{
	kill -TERM "${PID[fuzz]}"
	finish fuzz 60 &&
		tail -n 1 "$LAB_DIR/fuzz.out" | tee /dev/stderr |
		jq -e ".succeeded > 100 and .registrations > $KILLS / 2" && return
	grep -v '^request' "$LAB_DIR/fuzz.out"
	cat "$LAB_DIR/gateway.err"
	return 1
}

plan 24
iq_lab iqrestart
iq_config
echo "# SEED=$SEED"
sed -i 's/30000/10000/; s/30199/31999/; s/streams = 64/streams = 8192/' \
	"$LAB_DIR/srtpgated.conf"
check "controller listens" mgc_start || bail "controller"
check "gateway starts" gateway_start || bail "gateway starts"
before=$(in_use)
check "it registers: Restart, cold" eval '
	wait_until "$GATEWAY_SECONDS" registered &&
	said mgc "SC=ROOT{SV{MT=RS,RE=.901"' || bail "registration"
check "three calls with media" set_up || bail "no calls"
check "and half a call, with keys" half
check "the audit knows them" audit audit-before
order "C=${CONTEXT[call-1]}{MF=${CORE_SIDE[call-1]}{M{ST=1{L{$(sdp '$' '$' RTP/AVP)},O{MO=SR}}}}}" \
	> "$LAB_DIR/check.txt"
cp "$LAB_DIR/answer" "$LAB_DIR/answer-before"
check "killed" kill_gateway
check "packets flow without it" packets_flow
check "it starts again" gateway_start
check "it registers: Disconnected, 900" \
	wait_until "$GATEWAY_SECONDS" reregistered
check "a repeated request gets the same octets" same_answer
check "the audit tells the same as before" eval \
	'audit audit-after && diff "$LAB_DIR/audit-before" "$LAB_DIR/audit-after"'
check "killed again" kill_gateway
check "an order in between is carried out afterwards" outstanding
for n in 0 1 2; do
	check "call-$n: every packet arrived, both ways" call_finish call-$n
done
check "the half call has kept its keys" other_half
check "without its journal the gateway begins anew" without_journal
check "and nothing is left of what nobody knows of" nothing_is_left "$before"
check "random orders" load || bail "no load"
check "the daemon dies $KILLS times under them" kill_often
check "the audit at the end is what the controller believes" agreed
check "nothing is left" nothing_is_left "$before"
ktap_end
