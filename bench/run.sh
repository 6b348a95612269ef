#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench: runs all benchmarks side by side, prints one table and writes
# build/bench.json. As root. Everything happens in network namespaces of its
# own, which are gone afterwards. What the rows mean: docs/benchmarks.md.
#
#	bench/run.sh [crypto] [module] [instructions] [streams] [relay]
#		[latency] [iq] [kms]

set -eu
cd "$(dirname "$0")/.."

build=build
out=$build/bench.json
prefix=sgb$$
rows=$(mktemp)

tear_down() {
	for ns in gen gw sink; do
		ip netns del "$prefix-$ns" 2>/dev/null || true
	done
}
clean_up() {
	tear_down
	rm -f "$rows"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

if [ "$(id -u)" != 0 ]; then
	echo "make bench loads BPF programs and needs root" >&2
	exit 1
fi

# veth NAME in namespace NS to PEER in PEER_NS
link() {
	ip -n "$prefix-$2" link add "$prefix-$1" type veth \
		peer name "$prefix-$3" netns "$prefix-$4"
}

# up NAME NS ADDRESS
up() {
	ip -n "$prefix-$2" address add "$3/24" dev "$prefix-$1"
	ip -n "$prefix-$2" link set "$prefix-$1" up
}

# gro NAME NS: makes a veth poll, which redirects to it need; only a change
# while it is up counts.
gro() {
	ip netns exec "$prefix-$2" ethtool -K "$prefix-$1" gro on
}

mac() {
	ip -n "$prefix-$2" -o link show "$prefix-$1" |
		sed 's/.*link.ether \([^ ]*\).*/\1/'
}

# neighbour NAME NS ADDRESS MAC: nobody waits for ARP.
neighbour() {
	ip -n "$prefix-$2" neigh replace "$3" lladdr "$4" dev "$prefix-$1" \
		nud permanent
}

lay_out() {
	for ns in gen gw sink; do
		ip netns add "$prefix-$ns"
		ip netns exec "$prefix-$ns" sysctl -q -w \
			net.ipv6.conf.default.disable_ipv6=1
		ip -n "$prefix-$ns" link set lo up
	done
	link g gen a gw
	link b gw s sink
	up g gen 10.77.1.2
	up a gw 10.77.1.1
	up b gw 10.77.2.1
	up s sink 10.77.2.2
	for port in "g gen" "a gw" "b gw" "s sink"; do
		gro $port
	done
	neighbour g gen 10.77.1.1 "$(mac a gw)"
	neighbour a gw 10.77.1.2 "$(mac g gen)"
	neighbour b gw 10.77.2.2 "$(mac s sink)"
	neighbour s sink 10.77.2.1 "$(mac b gw)"
	ip netns exec "$prefix-gw" sysctl -q -w net.ipv4.ip_forward=1
}

# threaded NAME NS: polls from a thread of its own, whose CPU time can be read.
threaded() {
	ip netns exec "$prefix-$2" sh -c \
		"echo 1 > /sys/class/net/$prefix-$1/threaded"
}

failed=
run() {
	case $1 in
	iq | kms | instructions)	# have their own place
		"bench/$1.sh" "$rows" || failed="$failed $1"
		return ;;
	module)
		if [ "$(uname -m)" != x86_64 ]; then
			printf 'skip\tmodule-open-160\tneeds x86-64\n' >> "$rows"
			return
		fi ;;
	esac
	lay_out
	case $1 in
	crypto | module | streams)
		ip netns exec "$prefix-gen" "$build/bench/bench_$1" "$rows" ;;
	relay)
		threaded a gw
		threaded s sink
		"$build/bench/bench_$1" "$rows" "$prefix" ;;
	*)
		"$build/bench/bench_$1" "$rows" "$prefix" ;;
	esac || failed="$failed $1"
	tear_down
}

for bench in ${*:-crypto module instructions streams relay latency iq kms}; do
	run "$bench"
done

# What of the processor's help a crypto library finds.
features=$(grep -m 1 -o -w -e aes -e sha_ni -e vaes -e avx2 -e avx512f \
	/proc/cpuinfo | sort -u | paste -s -d ' ')

bench/table.awk -v features="$features" \
	-v cpu="$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
	-v cpus="$(nproc)" -v kernel="$(uname -r)" \
	-v date="$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
	-v commit="$(git describe --always --dirty 2>/dev/null || echo unknown)" \
	-v json="$out" "$rows"

if [ -n "$failed" ]; then
	echo "benchmarks that did not finish:$failed" >&2
	exit 1
fi
