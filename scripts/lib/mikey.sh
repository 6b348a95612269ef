# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# MIKEY as tshark sees it, of messages that tests/interop/mikey_plain wrote in
# the terms of RFC 3830: NAME.COUNT has so many next payloads. Needs $LAB_DIR.
#
#   mikey_capture PORT FILE...  makes datagrams of them
#   mikey_fields NAME...        tshark's fields of these
#   mikey_walks FILE...         tshark walks each to its end

mikey_capture()
{
	local port=$1 file

	shift
	for file; do
		od -Ax -tx1 -v "$file"
	done | text2pcap -q -u "40000,$port" - "$LAB_DIR/capture.pcap" \
		2> /dev/null
}

# Of each datagram all that there are of each.
mikey_fields()
{
	local arguments=() name

	for name; do
		arguments+=(-e "$name")
	done
	tshark -r "$LAB_DIR/capture.pcap" -T fields -E aggregator=, \
		"${arguments[@]}" 2> /dev/null
}

# To its last payload, and nothing is malformed.
mikey_walks()
{
	local wanted=() file

	for file; do
		wanted+=("${file##*.}")
	done
	mikey_capture 2269 "$@" || return 1
	mikey_fields mikey.next_payload _ws.malformed |
		awk -F'\t' '{ n = split($1, all, ",")
			print ($2 == "" && all[n] + 0 == 0) ? n : "malformed" }' \
			> "$LAB_DIR/walked"
	printf '%s\n' "${wanted[@]}" > "$LAB_DIR/wanted"
	diff "$LAB_DIR/wanted" "$LAB_DIR/walked"
}
