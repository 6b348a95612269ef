#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the H.248 codec reads and writes, as two independent decoders see it:
# Erlang's megaco (its terms are compared) and tshark.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/ktap.sh

LAB_DIR=$(mktemp -d) || exit 1
trap 'rm -rf "$LAB_DIR"' EXIT
PRINT=build/tests/interop/h248_print
JUDGE=tests/interop/h248_megaco.escript

# Every message of the fixtures and of the codec's unit test.
collect()
{
	mkdir "$LAB_DIR/all" "$LAB_DIR/long" "$LAB_DIR/compact"
	cp tests/unit/data/h248/*.txt tests/fuzz/corpus/h248/grammar-* \
		"$LAB_DIR/all"
	rm "$LAB_DIR"/all/bad-*
}

write_both()
{
	"$PRINT" long "$LAB_DIR/all" "$LAB_DIR/long" &&
		"$PRINT" compact "$LAB_DIR/all" "$LAB_DIR/compact"
}

# -- megaco --------------------------------------------------------------------

judge()
{
	escript "$JUDGE" "$@"
}

# Some of the grammar is not megaco's: it is asked first what it takes.
most_are_taken()
{
	local number

	mkdir "$LAB_DIR/taken"
	number=$(judge take "$LAB_DIR/all" "$LAB_DIR/taken") || return 1
	echo "megaco takes $number messages"
	for file in tests/unit/data/h248/*.txt; do
		case $file in */bad-*) continue ;; esac
		[ -e "$LAB_DIR/taken/${file##*/}" ] || return 1
	done
	[ "$number" -ge 75 ]
}

megaco_reads()
{
	judge same "$LAB_DIR/taken" "$LAB_DIR/$1"
}

# What megaco writes, we read, and megaco reads what we make of that.
megaco_writes()
{
	local theirs=$LAB_DIR/megaco-$1 ours=$LAB_DIR/ours-$1 number

	mkdir "$theirs" "$ours"
	number=$(judge encode "$1" "$LAB_DIR/taken" "$theirs") || return 1
	echo "megaco writes $number messages"
	[ "$number" -ge 70 ] && "$PRINT" "$1" "$theirs" "$ours" &&
		judge same "$theirs" "$ours"
}

megaco_refuses()
{
	mkdir "$LAB_DIR/bad" "$LAB_DIR/none"
	cp tests/unit/data/h248/bad-* "$LAB_DIR/bad"
	[ "$(judge take "$LAB_DIR/bad" "$LAB_DIR/none")" = 0 ]
}

# -- tshark --------------------------------------------------------------------

# capture FOLDER FILE...: one datagram a message, port 2944 of the gateway.
capture()
{
	local file

	for file; do
		od -Ax -tx1 -v "$file"
	done | text2pcap -q -u 2944,2944 - "$LAB_DIR/capture.pcap"
}

frames()
{
	tshark -r "$LAB_DIR/capture.pcap" -Y "$1" -T fields -e frame.number \
		2>/dev/null | wc -l
}

# All are H.248 with a message in them, none is malformed or draws an error.
# Of what Iq does not carry tshark knows less than all, so these are the
# fixtures only.
dissects()
{
	local sent=$#

	capture "$@" || return 1
	echo "$sent sent, $(frames megaco.version) dissected, $(frames \
		'_ws.malformed or _ws.expert.severity >= warning') complained of"
	[ "$(frames megaco.version)" = "$sent" ] &&
		[ "$(frames '_ws.malformed or _ws.expert.severity >= warning')" = 0 ]
}

# The same judgement of what is cut short: it must be able to fail.
complains()
{
	head -c 200 "$LAB_DIR/compact/o1-reserve-core-c.txt" > "$LAB_DIR/cut"
	! dissects "$LAB_DIR/cut"
}

plan 9
collect
if [ ! -x "$PRINT" ] && ! make -s "$PRINT" > "$LAB_DIR/make.log" 2>&1; then
	sed 's/^/# /' "$LAB_DIR/make.log"
	bail "$PRINT does not build"
fi
check "all messages are written in both forms" write_both || bail "nothing to judge"
if ! judge present 2> /dev/null; then
	for test in "takes the fixtures" "refuses what is to be refused" \
		"reads the long form" "reads the compact form" \
		"writes long and is understood" "writes compact and is understood"; do
		skip "megaco $test" "no erlang-megaco"
	done
else
	check "megaco takes the fixtures" most_are_taken
	check "megaco refuses what is to be refused" megaco_refuses
	check "megaco reads the long form" megaco_reads long
	check "megaco reads the compact form" megaco_reads compact
	check "megaco writes long and is understood" megaco_writes long
	check "megaco writes compact and is understood" megaco_writes compact
fi
if ! command -v tshark > /dev/null || ! command -v text2pcap > /dev/null; then
	skip "tshark dissects both forms" "no tshark"
	skip "tshark complains of a message cut short" "no tshark"
else
	check "tshark dissects both forms" dissects \
		"$LAB_DIR"/{long,compact}/*.txt
	check "tshark complains of a message cut short" complains
fi
ktap_end
