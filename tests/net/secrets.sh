#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Keys go in through the control socket and come out nowhere: not in argv,
# logs, answers, /proc, the daemon's memory, or a core dump.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/secrets.sh
. scripts/lib/ktap.sh

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
	grep -qi must "$LAB_DIR/wrong.txt" || return
	sed 1d "$LAB_DIR/wrong.txt" > "$LAB_DIR/rest.txt"
	holds_no_key "$LAB_DIR/rest.txt"
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
KEY=$(cut -d' ' -f2 "$LAB_DIR/secret.ue.key")
check "the search would find a key" search_finds secret
check "added from a file: no key in any command line" no_key_in_argv
check "added from standard input" from_stdin
answers > "$LAB_DIR/answers.txt" 2>&1
check "no answer shows a key" holds_no_key "$LAB_DIR/answers.txt"
check "answers were there to be searched" grep -q secret "$LAB_DIR/answers.txt"
check "no error quotes a key" wrong_place
check "no log has one" holds_no_key "$LAB_DIR/gateway.err" \
	"$LAB_DIR/gateway.out"
check "the daemon's memory keeps none" no_key_in_memory from-stdin
check "it leaves no core dump" no_core_dump
check "it runs as nobody and can gain nothing" unprivileged
ktap_end
