#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The daemon and the kernel objects it owns: attached links, pinned maps of
# other sizes, a second daemon, a command that works without any daemon.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/ktap.sh

# What the kernel says is attached to an interface: a program's number.
attached()
{
	on gateway ip -d -j link show dev "$1" | jq -es '.[0][0].xdp.prog.id'
}

not_attached()
{
	! attached "$1"
}

flush()
{
	on gateway "$LAB_BUILD/srtpgated" -c "$LAB_DIR/srtpgated.conf" --flush
}

# What another version might have left: a map of our name, not our layout.
pin_foreign_map()
{
	mkdir -p "$LAB_MAPS"
	bpftool map create "$LAB_MAPS/streams" type array key 4 \
		value 8 entries 64 name streams
	cp "$LAB_DIR/srtpgated.conf" "$LAB_DIR/other.conf"
}

unpin()
{
	rm -rf "$LAB_BPF/srtpgate"
}

# Fails to start, at once, with one sentence that contains WORD.
refuses_to_start()
{
	local status=0

	start_on other gateway "$LAB_BUILD/srtpgated" -c "$LAB_DIR/other.conf"
	finish other 10 || status=$?
	cat "$LAB_DIR/other.err"
	[ "$status" != 0 ] && [ "$status" != 124 ] && [ "$status" -lt 128 ] &&
		grep -qi -- "$1" "$LAB_DIR/other.err"
}

other_config()
{
	sed "$1" "$LAB_DIR/srtpgated.conf" > "$LAB_DIR/other.conf"
}

same_program_id()
{
	[ "$(attached access)" = "$(attached core)" ]
}

plan 27
gateway_lab daemon
gateway_config
check "gateway starts" gateway_start || bail "gateway starts"
check "its program is attached to access" attached access
check "and the same one to core" same_program_id
succeed context.add "$(context call 0)" > "$LAB_DIR/add.txt"
check "a call comes through" call call 0 200 --seq 1

other_config "s|control.sock|other.sock|"
check "a second daemon on the same maps is refused" refuses_to_start another
check "the first one goes on" succeed status

first=$(attached access)
gateway_stop
check "a stopped daemon leaves the program attached" attached access
check "a call comes through without a daemon" call call 0 200 --seq 201
check "srtpgate status works without it" cli status
check "srtpgate stream show works without it" cli stream show call
check "srtpgate context show works without it" eval \
	'cli context show | grep -q call'
check "srtpgate drop-reasons works without it" cli drop-reasons
check "a change without it is refused with a sentence" eval \
	'! cli context remove call 2> "$LAB_DIR/refused.txt" &&
	grep -q srtpgated "$LAB_DIR/refused.txt"'

sed -i "s|streams = 64|streams = 128|" "$LAB_DIR/srtpgated.conf"
check "another size in the configuration: it starts" gateway_start
check "keeps the maps that hold calls, and says how to resize" \
	said gateway --flush
check "so that they go on" call call 0 200 --seq 401
gateway_stop

other_config 's|interface = "core"|interface = "nowhere"|'
check "an interface that does not exist is named" refuses_to_start nowhere

echo kept > "$LAB_DIR/kept"
other_config 's|control.sock|kept|'
check "a file where the control socket is to be is named" \
	refuses_to_start "no socket"
equal "and stays" "$(cat "$LAB_DIR/kept")" kept

check "it starts again" gateway_start
equal "the program was replaced in the same link" \
	"$([ "$(attached access)" != "$first" ] && echo new)" new
check "the maps are not flushed under a running daemon" eval \
	'! flush && cli context show | grep -q call'
gateway_stop
check "srtpgated --flush ends all" flush
check "and detaches the program" wait_until 5 not_attached access
check "the gateway starts anew" gateway_start
gateway_stop
unpin
check "links without pins are detached too" wait_until 5 not_attached access
pin_foreign_map
check "a pinned map of another layout is refused" refuses_to_start streams
ktap_end
