# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The laboratory of gateway.sh with a media gateway controller, and calls that
# it sets up over Iq. Needs lab.sh, gateway.sh and media.sh.
#
#     ue --- access   gateway   core --- core
#                       iq 10.77.3.1, fd77:3::1
#                        |
#                       eth0 10.77.3.2, fd77:3::2
#                       alg
#
#   iq_lab NAME                   four namespaces
#   iq_config [IQ LINES [LINES]]  writes $LAB_DIR/srtpgated.conf; for IPv6 set
#                                 ALG and GATEWAY_IQ to ALG6 and GATEWAY_IQ6
#   megaco_start compact|pretty   Erlang's megaco is the controller
#   mgc_start [ADDRESS]           ours, tests/net/tools/mgc.c, is; MGC names
#                                 one of several, CONTROLLERS has their list
#   order ACTIONS                 a transaction; its answer to stdout and to
#                                 $LAB_DIR/answer; fails unless all went well
#   refused CODE ACTIONS          succeeds when it fails so
#
# Of the last answer:
#   answered_context, answered_termination N, answered_port N
#
# Calls: N gives the hosts their ports, as in gateway.sh; the gateway chooses
# its own. What it chose is in PORT, CONTEXT, ACCESS_SIDE and CORE_SIDE.
#   keys NAME [SUITE]     fresh ones, for ue_sends and the like
#   reserve NAME N        the core's side, as for an offer of the UE
#   connect NAME N        both sides, as for the answer from the core
#   originate NAME N      keys and both of these
#   release NAME
#
#   in_use, nothing_is_left "$BEFORE"
#
# Options of reserve and connect, as variables:
#   SUITE, MEDIA (audio), FORMATS (0), MAP (of a=rtpmap), CORE_CONTROL,
#   ACCESS_CONTROL (more of LocalControl), CORE_MORE, ACCESS_MORE (more
#   descriptors)

ALG=10.77.3.2 GATEWAY_IQ=10.77.3.1 MGC=mgc
ALG6=fd77:3::2 GATEWAY_IQ6=fd77:3::1
declare -A CONTEXT=() ACCESS_SIDE=() CORE_SIDE=()

iq_lab()
{
	gateway_lab "$1"
	lab_node alg
	lab_wire alg eth0 gateway iq
	on alg ip addr add $ALG/24 dev eth0
	on alg ip addr add $ALG6/64 dev eth0 nodad
	on gateway ip addr add $GATEWAY_IQ/24 dev iq
	on gateway ip addr add $GATEWAY_IQ6/64 dev iq nodad
}

# Timers are short: what takes a real network seconds must not here.
iq_config()
{
	gateway_config "iq = { local = \"$GATEWAY_IQ\";
		controllers = [ ${CONTROLLERS:-\"$ALG\"} ]; journal = \"$LAB_DIR/iq/journal\";
		repeat = ${REPEAT:-100}; repeat_most = 1000; give_up = 5;
		${1:-}
	}; ${2:-}"
	mkdir -p "$LAB_DIR/iq"
	chown nobody:nogroup "$LAB_DIR/iq"
}

# -- the controller ------------------------------------------------------------

megaco_start()
{
	rm -f "$LAB_DIR/mgc.sock"
	start_on mgc alg escript "$LAB_TOP/tests/interop/iq_mgc.escript" \
		"$1" $ALG 2944 "$LAB_DIR/mgc.sock"
	wait_until 20 said mgc listening
}

mgc_start()
{
	rm -f "$LAB_DIR/$MGC.sock"
	start_on "$MGC" alg "$LAB_TOOLS/mgc" serve \
		--local "$(host_in_url "${1:-$ALG}"):2944" \
		--gateway "$(host_in_url $GATEWAY_IQ):2944" --socket "$LAB_DIR/$MGC.sock"
	wait_until 5 said "$MGC" listening
}

# The gateway has had the reply: before, it answers orders by 505.
registered()
{
	request iq.show | jq -e '.result.state == "registered"'
}

# ask TEXT: what the controller has to say to it.
ask()
{
	printf '%s' "$1" | socat -t 30 - "UNIX-CONNECT:$LAB_DIR/$MGC.sock" |
		tr -d '\r' | tee "$LAB_DIR/answer"
}

order()
{
	ask "$1"
	grep -q 'P=[0-9]*{' "$LAB_DIR/answer" &&
		! grep -q 'ER=' "$LAB_DIR/answer"
}

refused()
{
	ask "$2"
	grep -q "ER=$1{" "$LAB_DIR/answer"
}

# All lines of the last answer as one, SDP's and others'.
answer()
{
	tr '\n' ' ' < "$LAB_DIR/answer"
}

answered_context()
{
	answer | grep -o 'C=[0-9]*{' | head -n 1 | tr -dc 0-9
}

# The Nth termination that was added or changed.
answered_termination()
{
	answer | grep -oE '(A|MF|AV)=ip/[^{},]*' | cut -d= -f2 | sed -n "$1p" |
		tr -d ' '
}

answered_port()
{
	answer | grep -oE 'm=[a-z]+ [0-9]+' | cut -d' ' -f2 | sed -n "$1p"
}

# -- descriptors ---------------------------------------------------------------

# sdp ADDRESS PORT PROTOCOL [ATTRIBUTE...]; "$6": one of IPv6.
sdp()
{
	local family=IP4 address=$1

	case $1 in *:*) family=IP6 ;; '$6') family=IP6 address='$' ;; esac
	printf '\nv=0\nc=IN %s %s\nm=%s %s %s %s\n' $family "$address" \
		"${MEDIA:-audio}" "$2" "$3" "${FORMATS:-0}"
	[ -z "${MAP:-}" ] || echo "a=rtpmap:$FORMATS $MAP"
	shift 3
	[ $# = 0 ] || printf '%s\n' "$@"
}

# crypto NAME ue|gateway [TAG]: a=crypto with the newest of these keys.
crypto()
{
	local suite key

	read -r suite key < <(tail -n 1 "$LAB_DIR/$1.$2.key")
	echo "a=crypto:${3:-1} $suite inline:$key"
}

keys()
{
	local side suite=${2:-AES_CM_128_HMAC_SHA1_80}

	for side in ue gateway; do
		(umask 077; echo "$suite $(random_key "$suite")" \
			> "$LAB_DIR/$1.$side.key")
	done
}

# more_keys NAME [SUITE]: below the first ones, of their suite unless another
# is said; crypto takes these from now on.
more_keys()
{
	local side suite

	for side in ue gateway; do
		suite=${2:-$(cut -d' ' -f1 "$LAB_DIR/$1.$side.key" | head -n 1)}
		echo "$suite $(random_key "$suite")" >> "$LAB_DIR/$1.$side.key"
	done
}

# -- calls ------------------------------------------------------------------------

reserve()
{
	order "C=\${A=ip/1/\$/\${M{ST=1{O{MO=IN,ipdc/realm=\"core\"${CORE_CONTROL:-}},
		L{$(sdp '$' '$' RTP/AVP)}}}${CORE_MORE:-}}}" || return
	CONTEXT[$1]=$(answered_context)
	CORE_SIDE[$1]=$(answered_termination 1)
	PORT[$1.core]=$(answered_port 1)
}

connect()
{
	order "C=${CONTEXT[$1]}{MF=${CORE_SIDE[$1]}{M{ST=1{O{MO=SR},
		R{$(sdp $CORE $((5000 + 2 * $2)) RTP/AVP)}}}},
		A=ip/1/\$/\${M{ST=1{O{MO=SR,ipdc/realm=\"access\"${ACCESS_CONTROL:-}},
		L{$(sdp '$' '$' RTP/SAVP "$(crypto "$1" gateway)")},
		R{$(sdp $UE $((4000 + 2 * $2)) RTP/SAVP "$(crypto "$1" ue)")}}}${ACCESS_MORE:-}}}" ||
		return
	ACCESS_SIDE[$1]=$(answer | grep -o ' *A=ip/[^{},]*' | cut -d= -f2)
	PORT[$1.access]=$(answered_port "$(answer | grep -oE 'm=[a-z]+ ' | wc -l)")
}

originate()
{
	keys "$1" "${SUITE:-AES_CM_128_HMAC_SHA1_80}" && reserve "$1" "$2" &&
		connect "$1" "$2"
}

release()
{
	order "C=${CONTEXT[$1]}{W-S=*{AT{}}}"
}

# -- what is left ---------------------------------------------------------------

# What is in use: contexts, streams, keys and ports as the daemon counts them,
# entries of the data plane's maps.
in_use()
{
	local maps

	maps=$(dirname "$(find "$LAB_BPF" -name endpoints)")
	request status | jq -c '.result | [.contexts, .streams.used, .keys.used,
		([.realms[].ports.used] | add)]'
	"$LAB_TOOLS/map_used" \
		"$maps"/{endpoints,streams,keys,contexts,states,sources} |
		tr '\n' ' '
}

# Succeeds when it is again what it was: "$1", of in_use. Keys and streams are
# zeroed two seconds after the last packet may have seen them.
nothing_is_left()
{
	wait_until 6 is_in_use "$1" && return
	echo "was: $1, is: $(in_use)"
	request iq.show '{"context": true}'
	return 1
}

is_in_use()
{
	[ "$(in_use)" = "$1" ]
}
