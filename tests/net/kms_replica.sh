#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Two servers for the same users, with the same ticket keys, and terminals that
# know both: tickets of one are resolved by the other; one is killed, one is
# stopped, keys are rolled over, and no call fails.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/ktap.sh
. scripts/lib/kms.sh

ONE=127.0.0.1:8080 TWO=127.0.0.1:8081

# server N: the replica of that number, at a port of its own.
server()
{
	start_on "r$1" a "$LAB_BUILD/srtpgate-kms" -c "$LAB_DIR/r$1.conf" -r "$1"
	wait_until 10 said "r$1" "ready:"
}

# of NAME CALLS|FAILED|MOVED: what its terminals count.
of()
{
	tail -n 1 "$LAB_DIR/$1.out" |
		awk -v what="$2" '{ for (i = 1; i < NF; i++)
			if ($i == what) print $(i + 1) }'
}

# Each makes so many calls more from now on.
go_on()
{
	local name before

	for name in x y; do
		before=$(of $name calls)
		wait_until 20 more $name $((${before:-0} + ${1:-200})) ||
			return 1
	done
}

more()
{
	[ "$(of "$1" calls)" -ge "$2" ]
}

none_failed()
{
	[ "$(of x failed)" = 0 ] && [ "$(of y failed)" = 0 ] &&
		! [ -s "$LAB_DIR/x.err" ] && ! [ -s "$LAB_DIR/y.err" ]
}

goes_on()
{
	go_on && none_failed
}

# Each replica issues for one pair of terminals, and resolves for the other.
crossed()
{
	local replica event

	for replica in 0 1; do
		for event in issued resolved; do
			lately ".event == \"$event\" and .replica == $replica" ||
				return 1
		done
	done
}

# lately CONDITION: is true of the last lines of the audit log, now and then.
lately()
{
	[ "$(tail -n 1000 "$LAB_DIR/a/audit" | jq "select($1) | 1" | wc -l)" \
		-gt 50 ]
}

killed()
{
	local before=$(($(of x moved) + $(of y moved)))

	stop r0 KILL
	go_on && none_failed &&
		[ $(($(of x moved) + $(of y moved))) -gt "$before" ]
}

comes_back()
{
	server 0 || return 1
	stop r1 KILL
	go_on && none_failed
}

# What it was asked it answers, and says that it goes.
stopped()
{
	server 1 && stop_in_order 0 && go_on && none_failed
}

stop_in_order()
{
	kill -TERM "${PID[r$1]}"
	finish "r$1" 15 && said "r$1" stopping && said "r$1" stopped &&
		! said "r$1" "not answered"
}

reload()
{
	local n before

	for n in 0 1; do
		before=$(grep -c reloaded "$LAB_DIR/r$n.err")
		kill -HUP "${PID[r$n]}"
		wait_until 10 reloaded "$n" "$before" || return 1
	done
}

reloaded()
{
	[ "$(grep -c reloaded "$LAB_DIR/r$1.err")" -gt "$2" ]
}

# The new key is in both before it seals; the old one opens what it sealed.
rolled_over()
{
	kms a key add 2 > /dev/null && reload && go_on 50 &&
		wait_until 10 sealed_with 2 && reload && go_on && none_failed
}

sealed_with()
{
	[ "$(on a curl -s http://127.0.0.1:9465/metrics |
		awk '/^srtpgate_kms_ticket_key / { print $2 }')" = "$1" ] &&
		lately ".event == \"resolved\" and .key == $1"
}

plan 9
lab_open replica
lab_node a
kms_make a a.example < /dev/null
kms_account a alice@bsf alice@a.example
kms_account a bob@bsf bob@b.example
kms_policy a '{ from = [ "*@a.example" ]; groups = true; }'
alice=$(kms_user a alice@bsf alice@a.example)
bob=$(kms_user a bob@bsf bob@b.example)
cp "$LAB_DIR/a/conf" "$LAB_DIR/r0.conf"
sed "s/:8080/:8081/; s/ metrics[^;]*;//" "$LAB_DIR/a/conf" > "$LAB_DIR/r1.conf"

{ server 0 && server 1; } || bail "no servers: $(cat "$LAB_DIR"/r?.err)"
start_on x a "$LAB_TOOLS/kms_load" "$alice" "$ONE,$TWO" "$bob" "$TWO,$ONE"
start_on y a "$LAB_TOOLS/kms_load" "$alice" "$TWO,$ONE" "$bob" "$ONE,$TWO"
check "terminals that know two servers call" goes_on
check "what one issued the other resolved" crossed
check "a new ticket key, under load" rolled_over
check "one is killed" killed
check "it is back, and the other is killed" comes_back
check "one is stopped in order" stopped
server 0
check "it is back" goes_on
stop x && stop y
check "at the end no call had failed" none_failed
check "no key in logs" eval '! grep -qF "$(head -c 40 "$LAB_DIR/a/alice@bsf.key")" \
	"$LAB_DIR"/*.err "$LAB_DIR/a/audit"'
ktap_end
