#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The engine changes under a call: from the kernel module to the program's
# own, upon which the module is removed, and back. No packet is lost.
#
# SRTP_KFUNCS=file	srtp_kfuncs.ko of the running kernel; tests/vm/module.sh
#			has one for the kernels that it boots

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/ktap.sh

SECONDS_OF_CALL=300	# at most; it ends when all is done
RATE=20

if [ ! -e "${SRTP_KFUNCS:-}" ]; then
	echo "1..0 # SKIP SRTP_KFUNCS is not the module of this kernel;" \
		"tests/vm/module.sh runs this"
	exit 0
fi

engine()
{
	cli -j status | jq -r '.engine.name'
}

forwarded()
{
	cli -j stream show call | jq '[.streams[].packets] | add'
}

more_than()
{
	[ "$(forwarded)" -gt "$1" ]
}

# Twenty more in both directions together, from now on.
packets_flow()
{
	wait_until 20 more_than $(($(forwarded) + 20))
}

# What was sent until now has to arrive.
every_packet_arrived()
{
	local job

	for job in us cs ur cr; do
		stop "call.$job"
	done
	tail -n 1 "$LAB_DIR"/call.{us,cs,ur,cr}.out
	cli drop-reasons
	[ "$(field call.us sent)" -gt 60 ] &&
		[ "$(field call.cr received)" = "$(field call.us sent)" ] &&
		[ "$(field call.ur received)" = "$(field call.cs sent)" ]
}

remove_module()
{
	rmmod srtp_kfuncs 2>/dev/null
}

restart_with()
{
	gateway_stop && gateway_config "engine = \"$1\";" && gateway_start
}

plan 16
gateway_lab engine
rmmod srtp_kfuncs 2>/dev/null
check "the module is loaded" insmod "$SRTP_KFUNCS" || bail "no module"
gateway_config
check "gateway starts" gateway_start || bail "gateway starts"
equal "it uses the module" "$(engine)" kfunc
succeed context.add "$(context call 0)" > "$LAB_DIR/add.txt" ||
	bail "context call is added"
check "a call begins" \
	call_start call 0 $((SECONDS_OF_CALL * RATE)) --rate $RATE --rtcp 10
check "packets flow through the module" packets_flow
check "it cannot be removed meanwhile" bash -c '! rmmod srtp_kfuncs'

check "the gateway starts without it" restart_with bpf
equal "and says so" "$(engine)" bpf
check "then the module goes" wait_until 20 remove_module
check "packets flow without" packets_flow
check "the gateway starts and finds none" restart_with auto
equal "and says why" "$(cli -j status | jq -r .engine.because)" \
	"the module is not loaded; modprobe srtp_kfuncs and restart srtpgated"

insmod "$SRTP_KFUNCS" || bail "the module comes back"
check "the gateway starts and finds it again" restart_with auto
equal "and uses it" "$(engine)" kfunc
check "packets flow through it" packets_flow
check "every packet arrived, both ways" every_packet_arrived
gateway_stop
wait_until 20 remove_module
ktap_end
