#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Keys go in through the control socket and come out nowhere: not in argv,
# logs, answers, /proc, the daemon's memory, or a core dump.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/ktap.sh

KEY=

# The key as base64, and as it would look in hexadecimal or in bytes.
spellings()
{
	printf '%s\n' "$KEY"
	base64 -d <<< "$KEY" | od -An -v -tx1 | tr -d ' \n'
	echo
}

holds_no_key()
{
	! grep -qaiF -f <(spellings) "$@"
}

# Command lines of everything that ran while the context was added. The
# command waits for its file until its own was seen.
no_key_in_argv()
{
	mkfifo "$LAB_DIR/context.fifo"
	start_on add gateway "$LAB_BUILD/srtpgate" \
		--control "$LAB_DIR/control.sock" context add \
		"$LAB_DIR/context.fifo"
	wait_until 10 seen context.fifo || return
	start feed cp "$LAB_DIR/context.json" "$LAB_DIR/context.fifo"
	while running add; do
		seen context.fifo
	done
	finish feed 5 && finish add 5 && holds_no_key "$LAB_DIR/argv.txt"
}

# Collects all command lines; has $1 been in one?
seen()
{
	cat /proc/[0-9]*/cmdline 2>/dev/null >> "$LAB_DIR/argv.txt"
	tr '\0' ' ' < "$LAB_DIR/argv.txt" | grep -qa "context add .*$1"
}

from_stdin()
{
	jq -c '.context = "from-stdin" | del(.terminations[].local)' \
		"$LAB_DIR/context.json" | cli context add -
}

answers()
{
	request context.show
	request stream.show '{"context": "secret"}'
	request status
	cli context show
	cli context show secret
	cli stream show secret
	cli status
}

# A request with a key in the wrong place is quoted nowhere.
wrong_place()
{
	echo '{"id":1,"method":"context.add","params":{"'"$KEY"'":1}}' |
		raw_request > "$LAB_DIR/wrong.txt"
	echo '{"id":1,"method":"context.add","params":"'"$KEY"'"' |
		raw_request >> "$LAB_DIR/wrong.txt"
	jq '.terminations[0].srtp.receive.key |= . + "A"' \
		"$LAB_DIR/context.json" | cli context add - \
		>> "$LAB_DIR/wrong.txt" 2>&1
	grep -qi must "$LAB_DIR/wrong.txt" &&
		holds_no_key <(sed 1d "$LAB_DIR/wrong.txt")
}

# Every writable region of the daemon's memory.
memory()
{
	local pid=${PID[gateway]} range start end

	while read -r range _; do
		start=$((16#${range%-*}))
		end=$((16#${range#*-}))
		dd if="/proc/$pid/mem" bs=64K iflag=skip_bytes,count_bytes \
			skip=$start count=$((end - start)) status=none
	done < <(grep ' rw' "/proc/$pid/maps") 2>/dev/null
}

no_key_in_memory()
{
	local hex

	memory > "$LAB_DIR/memory"
	# What must be there shows that the search searches.
	grep -qa from-stdin "$LAB_DIR/memory" || return
	holds_no_key "$LAB_DIR/memory" || return
	# The 30 bytes themselves.
	hex=$(base64 -d <<< "$KEY" | od -An -v -tx1 | tr -d '\n' |
		sed 's/ /\\x/g')
	! LC_ALL=C grep -qaP "$hex" "$LAB_DIR/memory"
}

no_core_dump()
{
	grep -E '^Max core file size +0 +0 ' "/proc/${PID[gateway]}/limits" &&
		[ "$(stat -c %U "/proc/${PID[gateway]}/environ")" = root ]
}

unprivileged()
{
	[ "$(ps -o user= -p "${PID[gateway]}")" = nobody ] &&
		grep -E '^NoNewPrivs:\s+1$' "/proc/${PID[gateway]}/status"
}

plan 11
gateway_lab secrets
gateway_config
check "gateway starts" gateway_start || bail "gateway starts"
context secret 0 > "$LAB_DIR/context.json"
KEY=$(jq -r '.terminations[0].srtp.receive.key' "$LAB_DIR/context.json")
check "the search would find a key" eval \
	'! holds_no_key "$LAB_DIR/context.json"'
check "added from a file: no key in any command line" no_key_in_argv
check "added from standard input" from_stdin
answers > "$LAB_DIR/answers.txt" 2>&1
check "no answer shows a key" holds_no_key "$LAB_DIR/answers.txt"
check "answers were there to be searched" grep -q secret "$LAB_DIR/answers.txt"
check "no error quotes a key" wrong_place
check "no log has one" holds_no_key "$LAB_DIR/gateway.err" \
	"$LAB_DIR/gateway.out"
check "the daemon's memory keeps none" no_key_in_memory
check "it leaves no core dump" no_core_dump
check "it runs as nobody and can gain nothing" unprivileged
ktap_end
