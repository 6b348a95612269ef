#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The daemon dies, comes back and is upgraded under four calls: no packet is
# lost, no context, and what no context owns is removed.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/ktap.sh

SECONDS_OF_CALL=12
RATE=100

# Everything that a restart must keep: no ages, no counters.
identity()
{
	request context.show | jq -cS '[.result.contexts[] |
		{context, terminations}] | sort_by(.context)'
}

# An endpoint that no context owns: port 30190 of a realm in use.
plant_orphan()
{
	local map=$LAB_BPF/srtpgate/v1/endpoints key value

	key=$(bpftool -j map dump pinned "$map" | jq -r '.[0].key | join(" ")')
	value=$(bpftool -j map dump pinned "$map" |
		jq -r '.[0].value | join(" ")')
	[ -n "$key" ] || return
	# The port is bytes 16 and 17 of the key, in network order.
	# shellcheck disable=SC2046,SC2086
	set -- $key
	ORPHAN="${*:1:16} 0x75 0xee ${*:19:2}"
	# shellcheck disable=SC2086
	bpftool map update pinned "$map" key $ORPHAN value $value
	orphan_is_there
}

orphan_is_there()
{
	# shellcheck disable=SC2086
	bpftool map lookup pinned "$LAB_BPF/srtpgate/v1/endpoints" key $ORPHAN
}

orphan_is_gone()
{
	[ -n "$ORPHAN" ] && ! orphan_is_there
}

packets_flow()
{
	local before after

	before=$(forwarded)
	after=$(wait_until 3 more_than "$before" && forwarded) || return
	[ "$after" -gt "$before" ]
}

# Packets forwarded so far, without asking the daemon.
forwarded()
{
	cli -j stream show call-0 | jq '[.streams[].packets] | add'
}

more_than()
{
	[ "$(forwarded)" -gt "$1" ]
}

plan 16
gateway_lab restart
gateway_config
check "gateway starts" gateway_start || bail "gateway starts"
for n in 0 1 2 3; do
	succeed context.add "$(context call-$n $n)" > "$LAB_DIR/add.txt" ||
		bail "context call-$n is added"
	call_start call-$n $n $((SECONDS_OF_CALL * RATE)) --rate $RATE --rtcp 50
done
before=$(identity)

check "an orphan endpoint is planted" plant_orphan
kill -KILL "${PID[gateway]}"
finish gateway 5
check "packets flow while there is no daemon" packets_flow
check "daemon starts again after kill -9" gateway_start
equal "every context is there as before" "$(identity)" "$before"
check "the orphan is gone" orphan_is_gone

cp "$LAB_BUILD/srtpgated" "$LAB_DIR/srtpgated-next"
check "daemon stops for the upgrade" gateway_stop
check "packets flow between the versions" packets_flow
check "the new binary starts" gateway_start "$LAB_DIR/srtpgated-next"
equal "every context is there after the upgrade" "$(identity)" "$before"

for n in 0 1 2 3; do
	check "call-$n: every packet arrived, both ways" \
		call_finish call-$n 40
done
check "a context that outlived restarts can be removed" \
	succeed context.remove '{"context": "call-3"}'
check "and its port serves a new one" \
	succeed context.add "$(context call-new 3)"
ktap_end
