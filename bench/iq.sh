#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Calls over Iq against a running srtpgated: how many a second, what one
# costs, and a restart under many of them. As root, in namespaces of its own:
#
#     ue --- access  gateway  core --- core
#                      iq 10.77.3.1
#                       |
#                      eth0 10.77.3.2
#                      alg: bench_iq
#
# Appends its rows (result.h) to RESULTS.
#
#	bench/iq.sh RESULTS

set -eu
results=$1
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib/lab.sh
. scripts/lib/lab.sh
# shellcheck source=scripts/lib/gateway.sh
. scripts/lib/gateway.sh

HELD=${HELD:-50000}
ALG=10.77.3.2:2944
GATEWAY_IQ=10.77.3.1:2944
BENCH=$LAB_BUILD/bench/bench_iq
CPU_WORK=1 CPU_REST=0

skip()
{
	printf 'skip\t%s\t%s\n' "$1" "$2" >> "$results"
}

# Addresses 10.77.N.101 to .104, on interface IF of the gateway.
addresses()
{
	local i

	for i in 101 102 103 104; do
		on gateway ip addr add "10.77.$1.$i/24" dev "$2"
	done
}

list()
{
	echo "\"10.77.$1.101\", \"10.77.$1.102\", \"10.77.$1.103\", \"10.77.$1.104\""
}

# iq_gateway STREAMS: writes the configuration.
iq_gateway()
{
	cat > "$LAB_DIR/srtpgated.conf" <<- CONF
		user = "nobody";
		group = "nogroup";
		control = "$LAB_DIR/control.sock";
		pin = "$LAB_BPF/srtpgate";
		streams = $1;
		iq = { local = "${GATEWAY_IQ%:*}"; controllers = [ "${ALG%:*}" ];
		       journal = "$LAB_DIR/journal/iq.db"; repeat = 100; };
		realms = (
		  { name = "access"; interface = "access";
		    addresses = [ $(list 1) ];
		    ports = { min = 10000; max = 59999; }; },
		  { name = "core"; interface = "core";
		    addresses = [ $(list 2) ];
		    ports = { min = 10000; max = 59999; }; }
		);
	CONF
}

gateway_run()
{
	start_on gateway gateway taskset -c $CPU_WORK \
		"$LAB_BUILD/srtpgated" -c "$LAB_DIR/srtpgated.conf"
	wait_until 30 said_or_gone gateway ready && running gateway && return
	sed 's/^/# srtpgated: /' "$LAB_DIR/gateway.err" >&2
	return 1
}

gateway_anew()
{
	gateway_stop TERM
	"$LAB_BUILD/srtpgated" -c "$LAB_DIR/srtpgated.conf" --flush \
		2>> "$LAB_DIR/flush"
	rm -f "$LAB_DIR/journal/"*
	iq_gateway "$1"
	gateway_run
}

bench_iq()
{
	on alg taskset -c $CPU_REST "$BENCH" "$@"
}

# A call's messages through both codecs; sets MEGACO_CALL, ns.
measure_codec()
{
	local message

	mkdir "$LAB_DIR/messages"
	bench_iq sample $ALG $GATEWAY_IQ "$LAB_DIR/messages"
	read -r message MEGACO_CALL < <(taskset -c $CPU_REST \
		bench/megaco.escript "$LAB_DIR/messages")
	bench_iq codec "$results" "$LAB_DIR/messages" "$message"
}

# Media of the first call held, each packet of which is checked.
media_start()
{
	start_on media.cr core "$LAB_TOOLS/rtp_peer" receive \
		--local $CORE:10000 --remote "10.77.2.101:$2" --count "$3" \
		--idle 10000
	wait_listening media.cr
	start_on media.us ue "$LAB_TOOLS/rtp_peer" send \
		--local $UE:10000 --remote "10.77.1.101:$1" \
		--key "$LAB_DIR/keys/ue.key" --count "$3" --rate 1000
}

contexts()
{
	request status | jq .result.contexts
}

at_home()
{
	request status | jq '.result | 50 * .at_home / .contexts'
}

# They leave home with the last change, and are back two seconds later.
are_at_home()
{
	[ "$(at_home)" = 100 ]
}

# Seconds from the start of a daemon that was killed to its first answer,
# while media of one call goes on. Then every call is changed and ended.
measure_restart()
{
	local access core start kept streams=$((2 * HELD + 200000))

	mkdir -m 700 "$LAB_DIR/keys"
	# A change takes fresh slots; those it leaves rest for two seconds.
	gateway_anew $streams
	bench_iq hold "$results" $ALG $GATEWAY_IQ "${PID[gateway]}" $streams \
		"$HELD" "$LAB_DIR/keys" > "$LAB_DIR/ports"
	read -r access core < "$LAB_DIR/ports"
	wait_until 8 are_at_home || true
	printf 'row\tiq-streams-at-home\t%.1f\t%%\t-\t0\tvalue>=99\n' \
		"$(at_home)" >> "$results"
	media_start "$access" "$core" 8000
	wait_until 5 flows core eth0
	stop gateway KILL || true
	start audit on alg taskset -c $CPU_REST "$BENCH" audit $ALG $GATEWAY_IQ
	start=$(date +%s.%N)
	gateway_run
	finish audit 40
	kept=$(contexts)
	if ! finish media.us || ! finish media.cr || [ "$kept" != "$HELD" ]; then
		echo "# a restart kept $kept of $HELD contexts; media:" \
			"$(tail -n 1 "$LAB_DIR/media.cr.out")" >&2
		return 1
	fi
	bench_iq release $ALG $GATEWAY_IQ "$HELD" "$LAB_DIR/keys"
	if [ "$(contexts)" != 0 ]; then
		echo "# calls were ended, and $(contexts) contexts are left" >&2
		return 1
	fi
	awk -v from="$start" -v thousands=$((HELD / 1000)) '{
		printf "row\tiq-restart-%dk\t%.3f\ts\t-\t0\tvalue<=2\n",
			thousands, $1 - from }' "$LAB_DIR/audit.out" >> "$results"
}

# Packets have come in: more than a few, so it is not ARP.
flows()
{
	[ "$(on "$1" cat "/sys/class/net/$2/statistics/rx_packets")" -gt 100 ]
}

gateway_lab biq
lab_node alg
lab_wire alg eth0 gateway iq
on alg ip addr add "${ALG%:*}/24" dev eth0
on gateway ip addr add "${GATEWAY_IQ%:*}/24" dev iq
addresses 1 access
addresses 2 core
mkdir "$LAB_DIR/journal"
chown nobody:nogroup "$LAB_DIR/journal"

if ! erl -noshell -eval 'ok = application:load(megaco), halt().' \
	> /dev/null 2>&1; then
	for row in h248-message iq-calls-per-second; do
		skip $row "erlang-megaco is not installed; see scripts/deps.sh"
	done
	exit 0
fi
iq_gateway 300000
gateway_run
measure_codec
bench_iq calls "$results" $ALG $GATEWAY_IQ "${PID[gateway]}" "$MEGACO_CALL"
measure_restart
