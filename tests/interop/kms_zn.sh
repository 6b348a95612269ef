#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The client of Zn beside a BSF on Erlang's Diameter, which derives the keys
# itself; beside one that sends nonsense; over TLS; and in tshark's eyes.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/ktap.sh
. scripts/lib/lab.sh

NAF=build/tests/interop/zn_naf
BSF=tests/interop/zn_bsf.escript
ALICE=I1U8vpY3qJ0hiuZNrke/NQ==@bsf.home.example
BOB=AAECAwQFBgcICQoLDA0ODw==@bsf.home.example
END=4000000000

# A BSF on PORT, named so.
bsf()
{
	local port=$1

	shift
	start_on "bsf$port" bsf escript "$BSF" bsf "$port" "$@"
	wait_until 20 said "bsf$port" ready
}

# naf ARGUMENT...: a client, whose questions go into descriptor 9.
naf()
{
	if [ -e /proc/self/fd/9 ]; then
		exec 9>&-
	fi
	stop naf
	rm -f "$LAB_DIR/questions"
	mkfifo "$LAB_DIR/questions"
	nsenter --net="/run/netns/bsf-$LAB" "$NAF" "$@" \
		< "$LAB_DIR/questions" > "$LAB_DIR/naf.out" \
		2> "$LAB_DIR/naf.err" &
	PID[naf]=$!
	exec 9> "$LAB_DIR/questions"
}

up()
{
	wait_until 20 said naf '^up'
}

# ask BTID ANSWER: that is the last answer to it.
ask()
{
	local before

	before=$(grep -cF "$1 " "$LAB_DIR/naf.out")
	echo "$1" >&9
	wait_until 10 answered_more "$1" "$before"
	grep -F "$1 " "$LAB_DIR/naf.out" | tail -n 1
	[ "$(grep -F "$1 " "$LAB_DIR/naf.out" | tail -n 1)" = "$1 $2" ]
}

answered_more()
{
	[ "$(grep -cF "$1 " "$LAB_DIR/naf.out")" -gt "$2" ]
}

good()
{
	ask "$1" "0 $(escript "$BSF" key "$1") $END alice@home.example a&l@home.example"
}

asked()
{
	grep -cF "asked $1" "$LAB_DIR/bsf$2.out"
}

# -- cases ---------------------------------------------------------------------

keys_agree()
{
	naf 3868 && up && good $ALICE && good $BOB
}

refusals()
{
	ask nobody@bsf.home.example ENOENT &&
		ask denied@bsf.home.example EACCES &&
		ask busy@bsf.home.example EAGAIN &&
		ask 'two words' ENOENT && ask 'a@b c' ENOENT
}

# What was answered is asked no more; what was not, is.
remembers()
{
	local before

	before=$(asked $ALICE 3868)
	good $ALICE && [ "$(asked $ALICE 3868)" = "$before" ] &&
		[ "$(asked busy 3868)" = 1 ] &&
		ask busy@bsf.home.example EAGAIN &&
		[ "$(asked busy 3868)" = 2 ]
}

# Two ask while the BSF thinks: it is asked once.
too_slow()
{
	printf 'slow@bsf.home.example\nslow@bsf.home.example\n' >&9
	ask slow@bsf.home.example EAGAIN &&
		[ "$(asked slow 3868)" = 1 ] &&
		[ "$(grep -c '^slow@.* EAGAIN' "$LAB_DIR/naf.out")" = 3 ] &&
		ask never@bsf.home.example EAGAIN && good $ALICE
}

comes_back()
{
	stop bsf3868 KILL
	wait_until 10 said naf '^down' || return 1
	ask carol@bsf.home.example EAGAIN || return 1
	bsf 3868
	wait_until 20 twice_up && ask carol@bsf.home.example ENOENT &&
		said naf 'is lost: the other end closed it' &&
		said naf 'is reached'
}

twice_up()
{
	[ "$(grep -c '^up' "$LAB_DIR/naf.out")" -ge 2 ]
}

# It answers nothing any more, not even watchdogs.
falls_silent()
{
	naf -n 3868 && up && kill -STOP "${PID[bsf3868]}"
	wait_until 10 said naf '^down'
	local status=$?
	kill -CONT "${PID[bsf3868]}"
	[ $status = 0 ] && said naf 'does not answer' &&
		wait_until 10 twice_up && good $ALICE
}

both_busy()
{
	ask busy@bsf.home.example EAGAIN && [ "$(asked busy 3869)" = 1 ]
}

# The second takes over what the first is killed over. "up" may be the first
# alone.
second_helps()
{
	bsf 3869 && naf -n 3868 3869 && up && wait_until 20 both_busy ||
		return 1
	stop bsf3868 KILL
	good $ALICE && [ "$(asked $ALICE 3869)" -ge 1 ]
}

hostile()
{
	local how

	start_on hostile bsf escript "$BSF" hostile 3870
	wait_until 20 said hostile ready && naf -n 3870 && up || return 1
	ask good@b "0 $(printf 'a5%.0s' {1..32}) 0" &&
		ask drip@b "0 $(printf 'a5%.0s' {1..32}) 0" &&
		ask past@b ENOENT || return 1
	for how in short zero long huge cut group nokey key31 twice none time \
		xml doctype others; do
		ask $how@b EAGAIN || return 1
	done
	[ "$(accepted)" = 1 ] &&
		ask good@b "0 $(printf 'a5%.0s' {1..32}) 0"
}

# These end the connection, and a new one is made.
breaks()
{
	local how before

	for how in small odd big http close; do
		before=$(accepted)
		wait_until 10 hears $how && wait_until 10 accepts_after "$before" ||
			return 1
	done
	wait_until 10 ask good@b "0 $(printf 'a5%.0s' {1..32}) 0"
}

# Between two connections nobody hears anything.
hears()
{
	ask "$1@b" EAGAIN && said hostile "asked $1"
}

accepted()
{
	grep -c accepted "$LAB_DIR/hostile.out"
}

accepts_after()
{
	[ "$(accepted)" -gt "$1" ]
}

certificates()
{
	local name

	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=CA \
		-keyout "$LAB_DIR/ca.key" -out "$LAB_DIR/ca.pem"
	for name in bsf.home.example kms.a.example; do
		openssl req -newkey rsa:2048 -nodes -subj "/CN=$name" \
			-keyout "$LAB_DIR/$name.key" -out "$LAB_DIR/$name.csr"
		openssl x509 -req -in "$LAB_DIR/$name.csr" -days 2 \
			-CA "$LAB_DIR/ca.pem" -CAkey "$LAB_DIR/ca.key" \
			-extfile <(echo "subjectAltName=DNS:$name") \
			-out "$LAB_DIR/$name.pem"
	done
}

over_tls()
{
	local kms=$LAB_DIR/kms.a.example bsf=$LAB_DIR/bsf.home.example

	certificates > "$LAB_DIR/openssl" 2>&1 || return 1
	bsf 5658 "$LAB_DIR/ca.pem" "$bsf.pem" "$bsf.key" || return 1
	naf -n -t "$LAB_DIR/ca.pem" "$kms.pem" "$kms.key" bsf.home.example \
		5658 && up && good $ALICE
}

# One for another name, and one that somebody else signed.
tls_refuses()
{
	local kms=$LAB_DIR/kms.a.example

	naf -n -t "$LAB_DIR/ca.pem" "$kms.pem" "$kms.key" other.example 5658
	wait_until 10 said naf 'ostname mismatch' || return 1
	mv "$LAB_DIR/ca.pem" "$LAB_DIR/old.pem"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=CA \
		-keyout "$LAB_DIR/ca.key" -out "$LAB_DIR/ca.pem" 2> /dev/null
	naf -n -t "$LAB_DIR/ca.pem" "$kms.pem" "$kms.key" bsf.home.example 5658
	wait_until 10 said naf 'not reached: ' && ! said naf '^up' &&
		ask $ALICE EAGAIN
}

# -- tshark --------------------------------------------------------------------

frames()
{
	tshark -r "$LAB_DIR/zn.pcap" -Y "$1" -T fields -e frame.number \
		2> /dev/null | wc -l
}

dissects()
{
	capture_stop zn
	echo "$(frames diameter.cmd.code==310) of Zn," \
		"$(frames '_ws.malformed or _ws.expert.severity == error') bad"
	[ "$(frames 'diameter.cmd.code == 310 and diameter.flags.request == 1 and diameter.applicationId == 16777220')" -ge 6 ] &&
		[ "$(frames 'diameter.cmd.code == 257')" -ge 2 ] &&
		[ "$(frames 'diameter.cmd.code == 280')" -ge 2 ] &&
		[ "$(frames '_ws.malformed or diameter.avp.invalid-data')" = 0 ] &&
		[ "$(tshark -r "$LAB_DIR/zn.pcap" -Y 'diameter.cmd.code == 310 and diameter.flags.request == 1' \
			-T fields -e diameter.Origin-Host -e diameter.Destination-Realm \
			2> /dev/null | sort -u)" = "kms.a.example	home.example" ]
}

# -- all -----------------------------------------------------------------------

plan 13
if ! escript "$BSF" present > /dev/null 2>&1; then
	for test in 1 2 3 4 5 6 7 8 9 10 11 12 13; do
		skip "a BSF, $test" "no erlang-diameter"
	done
	ktap_end
fi
[ -x "$NAF" ] || make -s "$NAF" || bail "$NAF does not build"
lab_open zn
lab_node bsf
captured=
if command -v tshark > /dev/null; then
	capture_start zn bsf lo tcp port 3868 && captured=yes
fi
check "a BSF is there" bsf 3868 || bail "no BSF"
check "keys and identities are those that the BSF derived" keys_agree
check "refusals are told apart" refusals
check "what was answered is remembered" remembers
check "a slow BSF is waited for so long and no longer" too_slow
check "a BSF that was killed is asked when it is back" comes_back
check "one that falls silent is noticed" falls_silent
if [ -n "$captured" ]; then
	check "tshark dissects the dialogue" dissects
else
	skip "tshark dissects the dialogue" "no tshark"
fi
check "a second BSF helps" second_helps
check "answers that are none are none" hostile
check "octets that are no Diameter end the connection" breaks
check "over TLS" over_tls
check "a certificate that is not the BSF's is refused" tls_refuses
exec 9>&-
ktap_end
