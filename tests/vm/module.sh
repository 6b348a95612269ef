#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# srtp_kfuncs.ko built for Debian's kernels, loaded there in virtual
# machines, and the fast path's own tests with the module as the engine. The
# processor is emulated, by Debian 12's QEMU without SHA instructions; for the
# newest kernel by that of newest.sh with them, which takes twice as long.

set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
build=$top/build
store=$build/vm
programs=(test_vectors test_differential test_reasons)
guest=$top/tests/vm/guest

. "$top/tests/vm/packages.sh"
. "$top/tests/vm/dkms.sh"

# Who builds: dkms, where it is and where the kernel's headers want no other
# compiler than the one here.
builder() { # PACKAGE
	case $1 in
	linux-binary-*) echo build.sh ;;
	*) command -v dkms > /dev/null && echo dkms || echo build.sh ;;
	esac
}

# What runs the kernel; nothing: Debian 12's QEMU.
emulator() { # PACKAGE
	case $1 in
	linux-binary-*) newest_qemu ;;
	esac
}

# build_module VERSION PACKAGE IMAGE: $store/module-VERSION/srtp_kfuncs.ko
build_module() {
	local headers tools out=$store/module-$1

	headers=$(kernel_headers "$2") || return 1
	tools=$(kernel_headers "$(kernel_package 6.12)") || return 1
	export RESOLVE_BTFIDS=$tools/tools/bpf/resolve_btfids/resolve_btfids
	rm -rf "$out"
	if [ "$(builder "$2")" = dkms ]; then
		dkms_install "$2" "${3%/*}" "$out"
	elif [ "$2" = "$(newest_package)" ]; then
		newest_build "$headers" "$out"
	else
		VMLINUX=$([ -e "$headers/vmlinux" ] || echo "$3") \
			"$top/kernel/build.sh" "$headers" "$out"
	fi
}

# Of Linux 6.1 the headers have no BTF: without the kernel in /boot dkms must
# fail, and say what it misses.
judge_without_btf() { # VERSION PACKAGE
	local name="Linux $1: without the kernel's BTF dkms fails and says so"
	local out=$store/module-$1-without

	[ "$1" = 6.1 ] || return
	if [ "$(builder "$2")" != dkms ]; then
		echo "ok 0 $name # SKIP dkms is not installed"
	elif ! dkms_install "$2" "$out-boot" "$out" > "$out.log" &&
	     grep -q "the BTF of Linux ${2#linux-image-} is not to be had" \
		"$out.log"; then
		echo "ok 0 $name"
	else
		tail -n 20 "$out.log" | sed 's/^/# /'
		echo "not ok 0 $name"
	fi
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
	results engine 16 "$@"
}

under() { # version
	local package image console=$store/console-module-$1

	package=$(kernel_package "$1")
	image=$([ -n "$package" ] && kernel_image "$package")
	if [ -z "$image" ] || ! kernel_headers "$package" >/dev/null; then
		echo "ok 0 Linux $1 # SKIP no kernel packages to be had"
		return
	fi
	if ! build_module "$1" "$package" "$image" > "$console" 2>&1 ||
	   grep -q warning: "$console"; then
		grep -A 5 warning: "$console" | sed 's/^/# /'
		tail -n 20 "$console" | sed 's/^/# /'
		echo "not ok 0 Linux $1: $(builder "$package") builds the module"
		return
	fi
	echo "ok 0 Linux $1: $(builder "$package") builds the module"
	judge_without_btf "$1" "$package"
	engine_script > "$store/module-$1/engine"
	chmod +x "$store/module-$1/engine"
	FILES="$store/module-$1/srtp_kfuncs.ko $(kernel_module "$package" veth)" \
		QEMU=$(emulator "$package") \
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
# The trees that both build from, before the two begin.
kernel_headers "$(kernel_package 6.12)" > /dev/null
under_each under
