# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# srtpgated between a UE and a core host, each in a namespace of its own.
# Needs lab.sh.
#
#     ue                     gateway                        core
#     eth0 --- veth --- access        core --- veth --- eth0
#     10.77.1.2         10.77.1.1     10.77.2.1         10.77.2.2
#     fd77:1::2         fd77:1::1     fd77:2::1         fd77:2::2
#
#   gateway_lab NAME           the three namespaces, wired and addressed
#   gateway_config [LINES]     writes $LAB_DIR/srtpgated.conf; GATEWAY_LINES
#                              are more, of who runs the whole test otherwise
#   gateway_start [PROGRAM]    and waits until it is ready, $GATEWAY_SECONDS
#   gateway_stop [SIGNAL]
#   request METHOD [PARAMS]    one control request, its answer to stdout
#   succeed METHOD [PARAMS]    the same, fails unless it has a result
#   metric NAME                its value; with metrics = "$METRICS"
#   cli ARGUMENTS              srtpgate, told where this gateway is
#   processes NAME             the pids of its processes of that name
#   is_confined PID N          what may do nothing and has N descriptors at most
#   context NAME N [SUITE]     JSON of a context: call number N, SRTP in
#                              access, plain in core, fresh keys in
#                              $LAB_DIR/NAME.ue.key (the UE's own) and
#                              $LAB_DIR/NAME.gateway.key
#
# Call N uses port 30000 + 2N at the gateway, 4000 + 2N at the UE and
# 5000 + 2N at the core host. Of a call whose ports the gateway chose, NAME's
# are in ${PORT[NAME.access]} and ${PORT[NAME.core]}.

UE=10.77.1.2 GATEWAY=10.77.1.1 GATEWAY_CORE=10.77.2.1 CORE=10.77.2.2
METRICS=127.0.0.1:9464
UE6=fd77:1::2 GATEWAY6=fd77:1::1
declare -A PORT=()

gateway_lab()
{
	lab_open "$1"
	lab_node ue gateway core
	lab_wire ue eth0 gateway access
	lab_wire core eth0 gateway core
	on ue ip addr add $UE/24 dev eth0
	on ue ip addr add $UE6/64 dev eth0 nodad
	on gateway ip addr add $GATEWAY/24 dev access
	on gateway ip addr add $GATEWAY6/64 dev access nodad
	on gateway ip addr add $GATEWAY_CORE/24 dev core
	on gateway ip addr add fd77:2::1/64 dev core nodad
	on core ip addr add $CORE/24 dev eth0
	on core ip addr add fd77:2::2/64 dev eth0 nodad
	lab_receive_redirects ue eth0
	lab_receive_redirects core eth0
}

gateway_config()
{
	cat > "$LAB_DIR/srtpgated.conf" <<- CONF
		user = "nobody";
		group = "nogroup";
		control = "$LAB_DIR/control.sock";
		pin = "$LAB_BPF/srtpgate";
		streams = 64;
		${1:-} ${GATEWAY_LINES:-}
		realms = (
		  { name = "access"; interface = "access";
		    addresses = [ "$GATEWAY", "$GATEWAY6" ];
		    ports = { min = 30000; max = 30199; }; },
		  { name = "core"; interface = "core";
		    addresses = [ "$GATEWAY_CORE", "fd77:2::1" ];
		    ports = { min = 30000; max = 30199; }; }
		);
	CONF
}

gateway_start()
{
	start_on gateway gateway "${1:-$LAB_BUILD/srtpgated}" \
		-c "$LAB_DIR/srtpgated.conf"
	wait_until "$GATEWAY_SECONDS" said_or_gone gateway ready &&
		running gateway && return
	sed 's/^/# srtpgated: /' "$LAB_DIR/gateway.err" >&2
	return 1
}

gateway_stop()
{
	stop gateway "${1:-TERM}"
}

request()
{
	local method=$1 params=${2:-}

	[ -n "$params" ] || params='{}'
	jq -cn --arg method "$method" --argjson params "$params" \
		'{id: 1, method: $method, params: $params}' | raw_request
}

raw_request()
{
	socat -t 10 - "UNIX-CONNECT:$LAB_DIR/control.sock"
}

succeed()
{
	request "$@" | jq -ces '.[0] | .result // (., false)'
}

metric()
{
	printf 'GET /metrics HTTP/1.0\r\n\r\n' |
		on gateway socat -t 5 - "TCP:$METRICS" |
		awk -v name="$1" '$1 == name { print $2 }'
}

cli()
{
	on gateway "$LAB_BUILD/srtpgate" --control "$LAB_DIR/control.sock" \
		--pin "$LAB_BPF/srtpgate" "$@"
}

processes()
{
	local pid

	for pid in $(ip netns pids "gateway-$LAB"); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != "$1" ] || echo "$pid"
	done
}

is_confined()
{
	local status=/proc/$1/status

	cat "$status"
	ls -l "/proc/$1/fd"
	grep -q '^CapEff:.*0000000000000000$' "$status" &&
		grep -q '^CapBnd:.*0000000000000000$' "$status" &&
		grep -q '^NoNewPrivs:[[:space:]]*1$' "$status" &&
		grep -q '^Seccomp:[[:space:]]*2$' "$status" &&
		! grep -q '^Uid:[[:space:]]*0' "$status" &&
		grep -qE '^Max core file size +0 +0 ' "/proc/$1/limits" &&
		[ "$(find "/proc/$1/fd" -type l | wc -l)" -le "$2" ]
}

context()
{
	local name=$1 n=$2 suite=${3:-AES_CM_128_HMAC_SHA1_80} side

	for side in ue gateway; do
		(umask 077; echo "$suite $(random_key "$suite")" \
			> "$LAB_DIR/$name.$side.key")
	done
	jq -n --arg name "$name" --arg suite "$suite" --argjson port $((2 * n)) \
		--arg ue "$UE" --arg gw "$GATEWAY" \
		--arg gwcore "$GATEWAY_CORE" --arg core "$CORE" \
		--rawfile ue_key "$LAB_DIR/$name.ue.key" \
		--rawfile gw_key "$LAB_DIR/$name.gateway.key" '
		def inline: split(" ")[1] | rtrimstr("\n");
		{context: $name, terminations: [
		  {realm: "access",
		   local: {address: $gw, port: ($port + 30000)},
		   remote: {address: $ue, port: ($port + 4000)},
		   srtp: {receive: {suite: $suite, key: ($ue_key | inline)},
			  send: {suite: $suite, key: ($gw_key | inline)}}},
		  {realm: "core",
		   local: {address: $gwcore, port: ($port + 30000)},
		   remote: {address: $core, port: ($port + 5000)}}]}'
}

# The gateway's RTP port of a call: port NAME access|core N
port()
{
	echo "${PORT[$1.$2]:-$((30000 + 2 * $3))}"
}

# peer JOB NODE send|receive HOST PORT REMOTE PORT KEY-FILE COUNT [OPTIONS]:
# RTCP on the ports above; plain RTP when there is no such file.
peer()
{
	local -a key=()

	[ ! -e "$8" ] || key=(--key "$8")
	start_on "$1" "$2" "$LAB_TOOLS/rtp_peer" "$3" \
		--local "$4:$5" --remote "$6:$7" \
		--rtcp-local "$4:$(($5 + 1))" --rtcp-remote "$6:$(($7 + 1))" \
		"${key[@]}" --count "${@:9}"
}

# Media of call N, COUNT packets each way, checked to the last bit:
#   ue_sends NAME N COUNT [OPTIONS]    core_receives NAME N COUNT [OPTIONS]
#   core_sends ...                     ue_receives ...
# as background jobs NAME.us, NAME.cr, NAME.cs and NAME.ur.
ue_sends()
{
	peer "$1.us" ue send "$UE" $((4000 + 2 * $2)) \
		"$GATEWAY" "$(port "$1" access "$2")" "$LAB_DIR/$1.ue.key" \
		"${@:3}"
}

ue_receives()
{
	peer "$1.ur" ue receive "$UE" $((4000 + 2 * $2)) \
		"$GATEWAY" "$(port "$1" access "$2")" \
		"$LAB_DIR/$1.gateway.key" "${@:3}"
	wait_listening "$1.ur"
}

core_sends()
{
	peer "$1.cs" core send "$CORE" $((5000 + 2 * $2)) \
		"$GATEWAY_CORE" "$(port "$1" core "$2")" "" "${@:3}"
}

core_receives()
{
	peer "$1.cr" core receive "$CORE" $((5000 + 2 * $2)) \
		"$GATEWAY_CORE" "$(port "$1" core "$2")" "" "${@:3}"
	wait_listening "$1.cr"
}

# A whole call both ways in one step, and its end: fails, and shows what the
# receivers saw, unless every packet arrived intact.
call_start()
{
	ue_receives "$@" && core_receives "$@" && ue_sends "$@" &&
		core_sends "$@"
}

call_finish()
{
	local job status=0

	for job in us cs ur cr; do
		finish "$1.$job" "${2:-40}" || status=1
	done
	tail -n 1 "$LAB_DIR/$1".{ur,cr}.out
	cat "$LAB_DIR/$1".{us,cs,ur,cr}.err
	[ $status = 0 ] || cli drop-reasons
	return $status
}

call()
{
	call_start "$@" && call_finish "$1"
}

# One field of a peer's closing line.
field()
{
	tail -n 1 "$LAB_DIR/$1.out" | jq -r ".$2"
}
