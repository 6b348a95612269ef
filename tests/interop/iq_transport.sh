#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# H.248 messages over UDP and TCP between this code and Erlang's megaco_udp
# and megaco_tcp, each as the side that begins.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/ktap.sh

END=$LAB_BUILD/tests/interop/h248_end
MEGACO=tests/interop/iq_transport.escript

listening()
{
	wait_until 20 said "$1" '^listening' || { cat "$LAB_DIR/$1".*; false; }
}

# call PROTOCOL COUNT SIZE: we begin.
we_call()
{
	on host timeout 60 "$END" "$1" 127.0.0.1:3000 127.0.0.2:2944 "$2" "$3"
}

megaco_calls()
{
	on host timeout 60 escript "$MEGACO" call "$1" 127.0.0.3 2944 "$2" "$3"
}

both_sides()
{
	local protocol=$1

	start_on megaco host escript "$MEGACO" echo "$protocol" 127.0.0.2 2944
	start_on ours host "$END" "$protocol" 127.0.0.3:2944
	check "$protocol: megaco listens" listening megaco
	check "$protocol: and megaco answers us" we_call "$protocol" 200 700
	check "$protocol: to long messages too" we_call "$protocol" 20 60000
	check "$protocol: this code listens" listening ours
	check "$protocol: and answers megaco" megaco_calls "$protocol" 200 700
	check "$protocol: to long messages too" \
		megaco_calls "$protocol" 20 60000
	stop megaco
	stop ours
}

lab_open iq-transport
plan 12
if ! escript "$MEGACO" present 2> /dev/null; then
	for ((i = 0; i < 12; i++)); do
		skip "megaco as the other end" "no erlang-megaco"
	done
	ktap_end
fi
if [ ! -x "$END" ] && ! make -s "${END#"$LAB_TOP"/}" > "$LAB_DIR/make.log" 2>&1; then
	sed 's/^/# /' "$LAB_DIR/make.log"
	bail "$END does not build"
fi
lab_node host
both_sides udp
both_sides tcp
ktap_end
