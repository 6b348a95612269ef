# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A laboratory of network namespaces: source it, call lab_open, and all
# that is made here goes away when the script ends, however it ends.
#
#   lab_open NAME           unique $LAB, scratch folder $LAB_DIR, private
#                           bpffs $LAB_BPF, clean-up trap
#   lab_node N...           namespaces, loopback up
#   lab_wire A IF B IF      veth pair between two of them, both ends up
#   on N COMMAND            runs COMMAND in a namespace
#   start NAME COMMAND      runs COMMAND in the background: its output goes
#                           to $LAB_DIR/NAME.out and .err, its pid to
#                           ${PID[NAME]}; an earlier NAME is killed
#   finish NAME [SECONDS]   waits for it, at most so long; its exit status
#   stop NAME [SIGNAL]      ends it and waits
#   wait_until SECONDS COMMAND...  polls COMMAND until it succeeds
#   wait_listening NAME...  until the rtp_peer of that name listens
#
# Namespaces are entered with nsenter: `ip netns exec` would hide mounts
# below /sys.

LAB_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
LAB_BUILD=${LAB_BUILD:-$LAB_TOP/build}
LAB_TOOLS=$LAB_BUILD/tests/net/tools
# Seconds that a gateway or a peer may take to start, on a busy machine too.
GATEWAY_SECONDS=${GATEWAY_SECONDS:-30}
declare -A PID=()
LAB_NODES=

lab_open()
{
	LAB=$1-$$
	LAB_DIR=$(mktemp -d "/tmp/srtpgate-$LAB.XXXXXX")
	LAB_BPF=$LAB_DIR/bpf
	LAB_MAPS=$LAB_BPF/srtpgate/v$(awk '/define SG_LAYOUT_VERSION/ { print $3 }' \
		"$LAB_TOP/include/srtpgate/fastpath.h")
	chmod 711 "$LAB_DIR"
	trap lab_close EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	mkdir "$LAB_BPF"
	mount -t bpf -o mode=0711 bpf "$LAB_BPF"
}

lab_close()
{
	local status=$? name

	trap - EXIT ERR
	trap '' INT TERM HUP	# half a clean-up leaves namespaces behind
	set +e
	{
		for name in "${!PID[@]}"; do
			kill -KILL "${PID[$name]}"
		done
		wait
	} 2>/dev/null
	for name in $LAB_NODES; do
		# The slow path's processes outlive their daemon.
		ip netns pids "$name-$LAB" 2>/dev/null |
			xargs -r kill -KILL 2>/dev/null
		ip netns del "$name-$LAB" 2>/dev/null
	done
	umount "$LAB_BPF" 2>/dev/null
	if [ -n "${LAB_KEEP:-}" ]; then
		echo "# kept: $LAB_DIR" >&2
	else
		rm -rf "$LAB_DIR"
	fi
	exit "$status"
}

lab_node()
{
	local node

	for node; do
		ip netns add "$node-$LAB"
		LAB_NODES="$LAB_NODES $node"
		on "$node" ip link set lo up
		# No address detection delays, no router solicitations.
		on "$node" sh -c '
			echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad
			echo 0 > /proc/sys/net/ipv6/conf/default/router_solicitations
		' 2>/dev/null || true
	done
}

lab_wire()
{
	ip link add "$2" netns "$1-$LAB" type veth peer name "$4" \
		netns "$3-$LAB"
	on "$1" ip link set "$2" up
	on "$3" ip link set "$4" up
}

# A veth takes redirected frames only when its peer has NAPI running: an
# XDP program there, or GRO.
lab_receive_redirects()
{
	on "$1" ethtool -K "$2" gro on >/dev/null
}

on()
{
	local node=$1

	shift
	nsenter --net="/run/netns/$node-$LAB" "$@"
}

start()
{
	local name=$1

	shift
	# Nobody would know an earlier one of this name any more.
	stop "$name" KILL || true
	# The child truncates its files at a time of its own.
	rm -f "$LAB_DIR/$name.out" "$LAB_DIR/$name.err"
	"$@" < /dev/null > "$LAB_DIR/$name.out" 2> "$LAB_DIR/$name.err" &
	PID[$name]=$!
}

start_on()
{
	local name=$1 node=$2

	shift 2
	start "$name" nsenter --net="/run/netns/$node-$LAB" "$@"
}

running()
{
	kill -0 "${PID[$1]}" 2>/dev/null
}

gone()
{
	! running "$1"
}

finish()
{
	local name=$1 status=0

	{
		if ! wait_until "${2:-20}" gone "$name"; then
			kill -KILL "${PID[$name]}"
			status=124
		fi
		wait "${PID[$name]}" || status=$?
	} 2>/dev/null
	unset "PID[$name]"
	return "$status"
}

stop()
{
	local name=$1

	[ -n "${PID[$name]:-}" ] || return 0
	kill "-${2:-TERM}" "${PID[$name]}" 2>/dev/null || true
	finish "$name" 10
}

wait_until()
{
	local end=$(($(date +%s%N) + $1 * 1000000000))

	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s%N)" -lt "$end" ] || return 1
		sleep 0.02
	done
}

said_or_gone()
{
	said "$1" "$2" || gone "$1"
}

said()
{
	cat "$LAB_DIR/$1.out" "$LAB_DIR/$1.err" 2>/dev/null | grep -q -- "$2"
}

wait_listening()
{
	local name

	for name; do
		wait_until "$GATEWAY_SECONDS" \
			said_or_gone "$name" '"listening": true' &&
			said "$name" '"listening": true' || return 1
	done
}

# Captures what a node's interface sees, from now on, into NAME.pcap.
capture_start()
{
	local name=$1 node=$2 interface=$3

	shift 3
	start_on "$name" "$node" tcpdump -Z root -i "$interface" -n -p -U \
		--immediate-mode -s 0 -B 16384 -w "$LAB_DIR/$name.pcap" "$@"
	wait_until 5 said "$name" 'listening on'
}

capture_stop()
{
	local name

	for name; do
		stop "$name" INT || true
	done
}

# Master key and salt of suite $1, in base64 (RFC 4568 6.2, RFC 6188, RFC 7714).
# No octet is a line feed: grep, which looks for keys in memory, goes by lines.
random_key()
{
	local size=30

	case ${1:-} in
	AES_192_*) size=38 ;;
	AES_256_*) size=46 ;;
	AEAD_AES_128_GCM) size=28 ;;
	AEAD_AES_256_GCM) size=44 ;;
	esac
	head -c $size /dev/urandom | LC_ALL=C tr '\n' '\v' | base64 -w 0
}

# GStreamer wants the same in hexadecimal.
hex_key()
{
	base64 -d <<< "$1" | od -An -v -tx1 | tr -d ' \n'
}
