#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The operator's command against a running and a stopped daemon: what it
# shows is what happened, captures decode, secrets stay in files.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/ktap.sh

# Without any output jq would be content.
json()
{
	local out

	out=$(cli -j "${@:2}") && [ -n "$out" ] && jq -ce "$1" <<< "$out"
}

# The command shows from the maps what the daemon shows from memory.
same_context()
{
	local ours theirs

	ours=$(json .terminations context show call) &&
		theirs=$(succeed context.show '{"context": "call"}' |
			jq -ce .terminations) &&
		[ "$(jq -S . <<< "$ours")" = "$(jq -S . <<< "$theirs")" ] ||
		{ echo "ours:   $ours"; echo "theirs: $theirs"; return 1; }
}

same_streams()
{
	local strip='.streams | map(del(.context, .from, .to, .last_seen_ms))'
	local ours theirs

	ours=$(json "$strip" stream show call) &&
		theirs=$(succeed stream.show '{"context": "call"}' |
			jq -ce "$strip") &&
		[ "$(jq -S . <<< "$ours")" = "$(jq -S . <<< "$theirs")" ] ||
		{ echo "ours:   $ours"; echo "theirs: $theirs"; return 1; }
}

# change_source JSON: who may send to termination 0.
change_source()
{
	echo '{"terminations": [{"termination": 0, "source": '"$1"'}]}' |
		cli context change call > "$LAB_DIR/change.txt"
}

# Dropped packets: from a port that is not the remote's.
strangers()
{
	local i

	for ((i = 0; i < $1; i++)); do
		printf '\200\0%030d' "$i" |
			on ue socat -u - "UDP:$GATEWAY:30000" || return 1
	done
}

# Both halves of a pcap: what came is SRTP, what left is what the core sees.
decodes()
{
	local fields='-e frame.number -e ip.checksum.status
		-e udp.checksum.status -e rtp.ssrc'

	# shellcheck disable=SC2086
	tshark -r "$LAB_DIR/call.pcap" -d udp.port==30000,rtp \
		-o ip.check_checksum:TRUE -o udp.check_checksum:TRUE \
		-T fields $fields 2>/dev/null > "$LAB_DIR/fields.txt"
	cat "$LAB_DIR/fields.txt"
	[ "$(awk -F '\t' '$2 == 1 && $3 == 1 && $4 != ""' \
		"$LAB_DIR/fields.txt" | wc -l)" = 40 ]
}

# Payload of the first packet that core received according to the capture,
# and according to tcpdump on the core's own interface.
same_as_on_the_wire()
{
	local ours
	ours=$(tshark -r "$LAB_DIR/call.pcap" -Y "ip.dst == $CORE" -T fields \
		-e udp.payload 2>/dev/null | head -n 1)
	[ -n "$ours" ] && tshark -r "$LAB_DIR/wire.pcap" -T fields \
		-e udp.payload 2>/dev/null | grep -qx "$ours"
}

capturing()
{
	json '.capture == "call"' status
}

not_capturing()
{
	json '.capture == null' status
}

# The screen is taken and, however top ends, given back.
top_on_a_terminal()
{
	local screen=$LAB_DIR/screen.txt signal=$1
	local command="TERM=xterm LC_ALL=C.UTF-8 nsenter \
		--net=/run/netns/gateway-$LAB $LAB_BUILD/srtpgate \
		-s $LAB_DIR/control.sock -p $LAB_BPF/srtpgate top -i 0.1"

	rm -f "$screen"
	start top script -qfc "echo \$\$ > $LAB_DIR/top.pid; exec env $command" \
		"$screen"
	wait_until 10 grep -q 0-to-1 "$screen" || return 1
	kill "-$signal" "$(cat "$LAB_DIR/top.pid")"
	finish top 5 || true
	grep -q $'\033\\[?1049h' "$screen" && grep -q $'\033\\[?1049l' "$screen"
}

plain_text()
{
	cli context show > "$LAB_DIR/plain.txt" && cli stream show call \
		>> "$LAB_DIR/plain.txt" && cli status >> "$LAB_DIR/plain.txt" &&
		grep -q call "$LAB_DIR/plain.txt" &&
		! grep -q $'\033' "$LAB_DIR/plain.txt"
}

# Fails and says nothing of the key.
refuses()
{
	! "$@" > "$LAB_DIR/said.txt" 2>&1 &&
		grep -q '^srtpgate: ' "$LAB_DIR/said.txt" &&
		! grep -q "$secret" "$LAB_DIR/said.txt"
}

# As absolute names, and as others.
misses_folders()
{
	local pin

	for pin in nowhere no/where "$LAB_DIR/nowhere"; do
		timeout 10 "$LAB_BUILD/srtpgate" -p "$pin" -j check lo |
			jq -e 'any(.checks[]; .check == "bpffs" and
				.result == "error")' || return
	done
}

plan 36
gateway_lab cli
gateway_config
check "gateway starts" gateway_start || bail "gateway starts"
context call 0 > "$LAB_DIR/call.json"
secret=$(jq -r '.terminations[0].srtp.receive.key' "$LAB_DIR/call.json")

check "JSON in an argument is refused" \
	refuses cli context add "$(cat "$LAB_DIR/call.json")"
tr -d '\n' < "$LAB_DIR/call.json" | sed 's/}$/ /' > "$LAB_DIR/broken.json"
check "broken JSON is refused" refuses cli context add "$LAB_DIR/broken.json"
check "a context is added from a file" cli context add "$LAB_DIR/call.json"
check "twice is refused" refuses cli context add "$LAB_DIR/call.json"
check "status counts it" json '.running and .contexts.used == 1 and
	.streams.used == 2' status
check "status names realms and modes" json '[.interfaces[] |
	select(.realm == .interface and .xdp == "native")] | length == 2' status
check "a call comes through" call call 0 200 --seq 1
check "stream show counts its packets" json '[.streams[] |
	.packets == 200 and .lost == 0 and .path == "fast"] == [true, true]' \
	stream show
check "context show says what the daemon says" same_context
check "stream show says what the daemon says" same_streams
check "not a terminal: no escape sequences" plain_text

strangers 7
check "drop-reasons counts drops by name" json '.reasons |
	map(select(.name == "source-mismatch" and .verdict == "drop"))[0].count
	== 7' drop-reasons
change_source '{"address": "10.77.0.0/16", "ports": [4000, 4999]}'
check "a filter is shown as it was given" json '.terminations[0].source ==
	{"address": "10.77.0.0/16", "ports": [4000, 4999]}' context show call
check "and as the daemon says" same_context
strangers 3
check "strangers of the right network, but of other ports, are dropped" \
	json '.reasons | map(select(.name == "source-mismatch"))[0].count
	== 10' drop-reasons
check "the call comes through the filter" call call 0 200 --seq 201
change_source '"strict"'
check "keys are shown by their fingerprints" json '.terminations[0].srtp |
	[.receive[0], .send] | map(.fingerprint | test("^[0-9a-f]{8}$")) |
	all' context show call
check "a context is changed from standard input" eval \
	'echo "{\"terminations\": [{\"termination\": 0, \"gate\": \"closed\"}]}" |
	cli context change call'
check "stream show says why nothing leaves" json '.streams[0] |
	.path == "none" and .why == "gate closed"' stream show call
echo '{"terminations": [{"termination": 0, "gate": "open"}]}' |
	cli context change call > "$LAB_DIR/change.txt"

capture_start wire core eth0 udp and dst port 5000
call_start call 0 1500 --seq 301 --rate 300
cli -j top -n 2 -i 0.5 > "$LAB_DIR/top.txt"
check "top shows what flows" eval 'jq -se "length == 2 and
	(.[1] | .packet_rate > 300 and .streams[0].packet_rate > 150)" \
	"$LAB_DIR/top.txt"'
check "capture writes packets" \
	cli capture call -c 40 -w "$LAB_DIR/call.pcap"
check "for the owner only" [ "$(stat -c %a "$LAB_DIR/call.pcap")" = 600 ]
check "that decode as RTP with right checksums" decodes
start capture nsenter --net="/run/netns/gateway-$LAB" "$LAB_BUILD/srtpgate" \
	-s "$LAB_DIR/control.sock" -p "$LAB_BPF/srtpgate" capture call
check "status says that a capture runs" wait_until 5 capturing
check "a second capture is refused" refuses cli capture call -c 1
stop capture TERM
check "a capture that is killed ends" not_capturing
check "its packets are paired" eval \
	'grep -q " IN " "$LAB_DIR/capture.out" &&
	grep -q " | " "$LAB_DIR/capture.out"'
check "top gives the terminal back after q or Ctrl-C" top_on_a_terminal INT
check "and after SIGTERM" top_on_a_terminal TERM
call_finish call > "$LAB_DIR/call.txt"
capture_stop wire
check "what was captured is what the core received" same_as_on_the_wire

start capture nsenter --net="/run/netns/gateway-$LAB" "$LAB_BUILD/srtpgate" \
	-s "$LAB_DIR/control.sock" -p "$LAB_BPF/srtpgate" capture call
wait_until 5 capturing
kill -KILL "${PID[capture]}"
finish capture 5
capturing && gateway_stop && gateway_start
check "what a capture left behind goes when the daemon starts" not_capturing

gateway_stop
check "check says so of folders that are not there" misses_folders
check "without a daemon it says so and goes on" eval 'cli -j stream show \
	2> "$LAB_DIR/said.txt" | jq -e ".streams | length == 2" &&
	grep -q "not running" "$LAB_DIR/said.txt"'
gateway_start
check "a context is removed" eval \
	'cli context remove call | grep -q "context call removed"'
check "and is gone" json '.contexts == []' context show
gateway_stop
ktap_end
