#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Key stream ahead of the packet: the process that makes it, under calls, when
# it dies, when a key goes, when the daemon ends, and without it.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/ktap.sh

RATE=200
BPFTOOL=${BPFTOOL:-/usr/sbin/bpftool}

counted()
{
	cli -j status | jq ".keystream.$1"
}

another()
{
	[ "$(processes srtpgate-ahead | wc -l)" = 1 ] &&
		[ "$(processes srtpgate-ahead)" != "$1" ]
}

# Maps that are not pinned; the attached program knows them: find_maps NAMES
find_maps()
{
	local program id

	program=$("$BPFTOOL" -j link show pinned "$LAB_MAPS/link-access" |
		jq .prog_id)
	for id in $("$BPFTOOL" -j prog show id "$program" | jq '.map_ids[]'); do
		grep -qw "$("$BPFTOOL" -j map show id "$id" | jq -r .name)" \
			<<< "$1" && echo "$id"
	done
}

# Entries of which more than one word, the sequence word, is not zero: NAMES
filled()
{
	local id

	for id in $(find_maps "$1"); do
		"$BPFTOOL" -j map dump id "$id"
	done | jq -s '[.[][].value | select([range(0; length; 8) as $i |
		select(any(.[$i:$i + 8][]; . != "0x00"))] | length > 1)] | length'
}

is_empty()
{
	[ "$(filled "keystream powers")" = 0 ]
}

# Most packets of a call find it, but for the first ones: most_find_it NAME SSRC
most_find_it()
{
	local before found

	before=$(counted hits)
	call "$1" 0 400 --rate $RATE --ssrc "$2" || return
	found=$(($(counted hits) - before))
	echo "found by $found of 800"
	[ "$found" -ge 600 ]
}

# Tables are there when the suite needs any: has_tables SUITE
has_tables()
{
	case $1 in
	*GCM) [ "$(filled powers)" -gt 0 ] ;;
	*) [ "$(filled powers)" = 0 ] ;;
	esac
}

# Each its own keys, one after another on the same ports.
suite_finds_it()
{
	succeed context.add "$(context "$1" 0 "$1")" && most_find_it "$1" 5eed0001 &&
		has_tables "$1" && succeed context.remove '{"context": "'"$1"'"}'
}

survives()
{
	local old n

	call_start speech 0 600 --rate $RATE || return
	for n in 1 2; do
		old=$(processes srtpgate-ahead)
		kill -KILL "$old" && wait_until 5 another "$old" || return
	done
	call_finish speech
}

if [ "$(nproc)" -lt 2 ]; then
	echo "TAP version 13"
	echo "1..0 # SKIP there is one CPU, so packets make their own"
	exit 0
fi
plan 20
gateway_lab keystream
gateway_config 'keystream_memory = 1;'
check "gateway starts" gateway_start || bail "gateway starts"
equal "its process runs" "$(counted state)" '"running"'
check "it is confined" is_confined "$(processes srtpgate-ahead)" 4
check "its keeper is confined" is_confined "$(processes srtpgate-keep-a)" 4
check "nothing is made when nothing is said" is_empty

for suite in AES_CM_128_HMAC_SHA1_80 AES_CM_128_HMAC_SHA1_32 \
	AES_256_CM_HMAC_SHA1_80 AEAD_AES_128_GCM AEAD_AES_256_GCM; do
	check "$suite: most packets find their key stream" \
		suite_finds_it "$suite"
done
check "no key, no key stream" wait_until 15 is_empty

succeed context.add "$(context speech 0)" > "$LAB_DIR/add.txt"
check "killed twice under a call: every packet is right" survives
equal "both were counted, and said" \
	"$(counted restarted) $(grep -c 'killed by signal 9' "$LAB_DIR/gateway.err")" \
	"2 2"
check "it works again" most_find_it speech 5eed0002
check "key stream is there" eval '! is_empty'
check "the daemon ends" gateway_stop
check "it is gone" wait_until 5 is_empty
check "a call goes on without" call speech 0 200 --rate $RATE \
	--ssrc 5eed0003

gateway_config 'keystream = "none";'
check "without it the gateway starts" gateway_start
equal "nobody makes any" "$(counted state) $(processes srtpgate-ahead)" '"off" '
ktap_end
