#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Streams that never start, start, stop and come back: each is told once, in
# the log, to who looks, and in the metrics; a restart tells nothing again.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/ktap.sh

# silence CONTEXT 0|1: what the command says of that stream.
silence()
{
	cli -j stream show "$1" 2>/dev/null | jq -r ".streams[$2].silence"
}

is()
{
	[ "$(silence "$1" "$2")" = "$3" ]
}

# told CONTEXT TEXT: lines of the log.
told()
{
	grep "context \"$1\"" "$LAB_DIR/gateway.err" | grep -c -- "$2"
}

metric_is()
{
	[ "$(metric "$1")" = "$2" ]
}

upward() # SEQUENCE: of the first of 50
{
	core_receives call 0 50 && ue_sends call 0 50 --seq "$1" &&
		finish call.us && finish call.cr
}

change() # JSON of the termination's members
{
	echo "{\"terminations\": [{\"termination\": 0, $1}]}" |
		cli context change call
}

plan 25
gateway_lab silence
gateway_config "silence = 2; metrics = \"$METRICS\";"
check "gateway starts" gateway_start || bail "gateway starts"
context call 0 > "$LAB_DIR/call.json"
context other 1 > "$LAB_DIR/other.json"
check "a call is added" cli context add "$LAB_DIR/call.json"
equal "at first nothing is missed" "$(silence call 0)" null

check "what never starts is noticed" wait_until 10 is call 0 never-started
check "both ways" wait_until 10 is call 1 never-started
equal "it is told once" "$(told call '0-to-1: nothing came')" 1
check "the metrics count both" wait_until 10 metric_is \
	'srtpgate_streams_silent{state="never-started"}' 2
equal "status does" "$(cli -j status | jq -c .silent)" \
	'{"never_started":2,"stopped":0}'
check "the table says so" grep -q 'fast, never-started' \
	<(cli stream show call)

check "media comes" upward 1
check "and is noticed" wait_until 10 is call 0 null
equal "that is told once" "$(told call '0-to-1: packets come again')" 1
check "then it stops" wait_until 10 is call 0 stopped
equal "which is told once" "$(told call '0-to-1: nothing has come')" 1
check "it comes again" upward 51
check "and is noticed again" wait_until 10 is call 0 null
check "stops again" wait_until 10 is call 0 stopped
equal "twice each in the metrics" "$(metric \
	'srtpgate_silence_changes_total{to="stopped"}') $(metric \
	'srtpgate_silence_changes_total{to="resumed"}')" "2 2"

check "the gate is closed" change '"gate": "closed"'
check "which is no silence" wait_until 10 is call 0 null
equal "and is no news" "$(told call '0-to-1: packets come again')" 2

# A call that falls silent under the next daemon shows that it looks.
gateway_stop
check "a restart" gateway_start
cli context add "$LAB_DIR/other.json" > "$LAB_DIR/add.txt"
check "the next call is watched" wait_until 10 is other 0 never-started
equal "of what was silent before" "$(silence call 1)" never-started
equal "nothing is told again" "$(told call '')" 0
ktap_end
