#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# srtp_kfuncs.ko built for Debian's kernels, loaded there in a virtual
# machine, and the fast path's own tests with the module as the engine. The
# processor is emulated and has no SHA instructions: these are for
# tests/unit/test_kfuncs.c.

set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
build=$top/build
store=$build/vm
programs=(test_vectors test_differential test_reasons)
guest=$top/tests/vm/guest

. "$top/tests/vm/packages.sh"

# build_module VERSION PACKAGE IMAGE: $store/module-VERSION/srtp_kfuncs.ko
build_module() {
	local headers tools

	headers=$(kernel_headers "$2") || return 1
	tools=$(kernel_headers "$(kernel_package 6.12)") || return 1
	rm -rf "$store/module-$1"
	VMLINUX=$([ -e "$headers/vmlinux" ] || echo "$3") \
		RESOLVE_BTFIDS=$tools/tools/bpf/resolve_btfids/resolve_btfids \
		"$top/kernel/build.sh" "$headers" "$store/module-$1"
}

# What tests/net/engine.sh runs; the project is in /srtpgate there.
engine_tree() {
	local file tool

	for file in include/srtpgate/fastpath.h tests/net/engine.sh \
		scripts/lib/{lab,gateway,ktap}.sh \
		build/{srtpgated,srtpgate,tests/net/tools/rtp_peer}; do
		echo "$top/$file=/srtpgate/$file"
	done
	echo /etc/{passwd,group}
	for tool in bash awk base64 cat chmod cut date dirname ethtool grep head insmod \
		ip jq kill ls mkdir mktemp mount nsenter od rm rmmod sed seq \
		sleep socat sort stat tail touch tr umount wc xargs; do
		command -v -- "$tool" | grep ^/ || which "$tool"
	done
}

# The script in the machine that runs it.
engine_script() {
	cat <<- END
		#!/bin/busybox sh
		busybox insmod /bin/veth.ko
		busybox mkdir -p /run
		busybox mount -t tmpfs run /run
		export PATH=/usr/sbin:/usr/bin:/sbin:/bin
		export SRTP_KFUNCS=/bin/srtp_kfuncs.ko GATEWAY_SECONDS=60
		bash /srtpgate/tests/net/engine.sh
	END
}

# own PROGRAM: what it wrote, of the console on standard input
own() {
	sed -n "/^# program $1\$/,/^# \(program\|end\)/p"
}

# The results of PROGRAM, of which there must be COUNT.
results() { # PROGRAM COUNT version console
	own "$1" < "$4" | grep -E '^((not )?ok|# [^pe])' |
		sed "s/ok [0-9]* /&Linux $3: /"
	[ "$(own "$1" < "$4" | grep -cE '^(not )?ok')" = "$2" ] ||
		echo "not ok 0 Linux $3: $1 gave all its results"
}

# Its own results, or one for a test of the fast path: all of these must be
# ok, and by the module.
judge() { # version console
	local program

	results module_load 2 "$@"
	for program in "${programs[@]}"; do
		if own "$program" < "$2" | grep -q '^# the engine is srtp_kfuncs.ko' &&
		   own "$program" < "$2" | grep -q '^1\.\.[1-9]' &&
		   ! own "$program" < "$2" | grep -qE '^(not ok|Bail out)'; then
			echo "ok 0 Linux $1: $program with the module"
		else
			own "$program" < "$2" | grep -E '^(not ok|Bail|#)' |
				head -n 20 | sed 's/^/# /'
			echo "not ok 0 Linux $1: $program with the module"
		fi
	done
	results module_unload 7 "$@"
	results engine 15 "$@"
}

under() { # version
	local package image console=$store/console-module-$1

	package=$(kernel_package "$1")
	image=$([ -n "$package" ] && kernel_image "$package")
	if [ -z "$image" ] || ! kernel_headers "$package" >/dev/null; then
		echo "ok 0 Linux $1 # SKIP no kernel packages to be had"
		return
	fi
	if ! build_module "$1" "$package" "$image" > "$console" 2>&1; then
		tail -n 20 "$console" | sed 's/^/# /'
		echo "not ok 0 Linux $1: the module is built"
		return
	fi
	if grep -q warning: "$console"; then
		grep -A 5 warning: "$console" | sed 's/^/# /'
		echo "not ok 0 Linux $1: the module is built without a warning"
		return
	fi
	echo "ok 0 Linux $1: the module is built"
	engine_script > "$store/module-$1/engine"
	chmod +x "$store/module-$1/engine"
	FILES="$store/module-$1/srtp_kfuncs.ko $(kernel_module "$package" veth)" \
		TREE=$(engine_tree | xargs) COUNT=1500 \
		bash "$top/tests/vm/boot.sh" "$image" 500 \
		"$guest/module_load" "${programs[@]/#/$build/tests/bpf/}" \
		"$guest/module_unload" "$store/module-$1/engine" \
		> "$console" 2>&1
	judge "$1" "$console"
}

echo "TAP version 13"
mkdir -p "$store"
for tool in qemu-system-x86_64 pahole zstd lz4 apt-get; do
	if ! command -v $tool >/dev/null || [ "$(uname -m)" != x86_64 ]; then
		echo "1..1"
		echo "ok 1 the module # SKIP needs $tool on x86_64"
		exit 0
	fi
done
results=$(mktemp)
trap 'rm -f "$results"' EXIT
# The trees that both build from, before the two begin.
kernel_headers "$(kernel_package 6.12)" > /dev/null
for version in 6.1 6.12; do
	under "$version" > "$store/results-$version" &
done
wait
cat "$store"/results-6.1 "$store"/results-6.12 > "$results"
awk '/^(not )?ok [0-9]+/ { sub(/ok [0-9]+/, "ok " ++n) } { print }
	END { print "1.." n }' "$results"
! grep -q '^not ok' "$results"
