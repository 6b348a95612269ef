#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A host without XDP, or with it on one side only: calls over Iq and over the
# control socket go through the slow path, and operators see that they do.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/media.sh
. scripts/lib/iq.sh
. scripts/lib/ktap.sh

counted()
{
	cli -j drop-reasons | jq ".slow_path.$1"
}

# Every packet of the last call, both ways, with RTCP, went by the slow path.
all_counted()
{
	equal "$1" "$(counted sent)" "$2"
}

paths()
{
	cli -j stream show "$1" | jq -r '[.streams[].path] | join(" ")'
}

# side_xdp REALM MODE: that realm's "xdp" in the configuration.
side_xdp()
{
	sed -i "s/name = \"$1\";.*interface/name = \"$1\"; xdp = \"$2\"; interface/" \
		"$LAB_DIR/srtpgated.conf"
}

restarted_with()
{
	gateway_stop && side_xdp "$1" "$2" && gateway_start
}

xdp_is_on()
{
	on gateway ip -d link show "$1" | grep -q 'prog/xdp'
}

refused_without_slow_path()
{
	gateway_config 'mode = "none"; slow_path = false;'
	! on gateway "$LAB_BUILD/srtpgated" -n -c "$LAB_DIR/srtpgated.conf" \
		2> "$LAB_DIR/refused.err" &&
		grep -q 'slow_path = true' "$LAB_DIR/refused.err"
}

# The namespace's lookup of sockets is as before.
nothing_is_left_attached()
{
	gateway_stop
	on gateway "$LAB_BUILD/srtpgated" --flush -c "$LAB_DIR/srtpgated.conf" &&
		wait_until 5 no_process_is_left
}

no_process_is_left()
{
	[ -z "$(ip netns pids "gateway-$LAB")" ]
}

plan 17
iq_lab slowhost
check "without XDP and slow path: refused" refused_without_slow_path
iq_config '' 'mode = "none";'
check "gateway starts" gateway_start || bail "gateway starts"
mgc_start > "$LAB_DIR/mgc.txt"
check "it registers" wait_until 10 registered
check "no XDP program is attached" eval '! xdp_is_on access && ! xdp_is_on core'

check "a call is set up over Iq" originate iq 1
check "every packet of it arrives" call iq 1 500 --rtcp 10
all_counted "all of them by the slow path" 1100
check "and is released" release iq

succeed context.add "$(context control 5)" > "$LAB_DIR/add.txt"
check "a call of the control socket: every packet arrives" \
	call control 5 500 --rtcp 10
all_counted "by the slow path, too" 2200
equal "stream show says so" "$(paths control)" "slow slow"

check "XDP on one side" restarted_with access native
check "and only there" eval 'xdp_is_on access && ! xdp_is_on core'
equal "its streams stay in the slow path" "$(paths control)" "slow slow"
check "a call between the two" call control 5 500 --seq 501
check "XDP on both: the streams are the fast path's" eval \
	'restarted_with core native && [ "$(paths control)" = "fast fast" ] &&
	call control 5 500 --seq 1001'
check "srtpgated --flush ends the slow path" nothing_is_left_attached
ktap_end
