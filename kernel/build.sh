#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds srtp_kfuncs.ko in a folder of its own.
#
# usage: build.sh KDIR OUT
#
# KDIR: the kernel's headers, as in /lib/modules/6.12.0/build.
# VMLINUX=file	that kernel, packed or not, or its BTF as in /sys/kernel/btf
# RESOLVE_BTFIDS=program
#
# By BTF programs find a module's functions. A module without it loads and is
# of no use, so without what BTF takes, none is built.

set -eu

kdir=$1 out=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
	echo "srtp_kfuncs: $*" >&2
	exit 1
}

# The sources, and the contracts beside them unless dkms has put them there.
lay_out() {
	mkdir -p "$out"
	out=$(cd "$out" && pwd)
	[ "$out" = "$here" ] ||
		cp -r "$here"/{Kbuild,include,*.c,*.h} "$out"
	[ -d "$out/include/srtpgate" ] ||
		cp -r "$here/../include/srtpgate" "$out/include"
}

# Where the packed kernel $1 begins that starts with the octal bytes $2.
offsets() {
	LC_ALL=C grep -abo -P "$2" "$1" | cut -d : -f 1
}

# try IMAGE MAGIC COMMAND...: unpacks to $work/vmlinux
try() {
	local image=$1 magic=$2 at

	shift 2
	for at in $(offsets "$image" "$magic"); do
		# Bytes behind the packed kernel are no fault of its.
		tail -c +$((at + 1)) "$image" | "$@" > "$work/vmlinux" \
			2>/dev/null || true
		if [ "$(head -c 4 "$work/vmlinux" | tail -c 3)" = ELF ]; then
			return 0
		fi
	done
	return 1
}

unpack() { # IMAGE
	try "$1" '\x28\xb5\x2f\xfd' zstd -dc ||
		try "$1" '\x02\x21\x4c\x18' lz4 -dc ||
		try "$1" '\xfd7zXZ\x00' xz -dc ||
		try "$1" '\x1f\x8b\x08' gzip -dc
}

# The BTF that the module's builds upon.
find_vmlinux() {
	local version file

	version=$(sed -n 's/^#define UTS_RELEASE "\(.*\)"/\1/p' \
		"$kdir/include/generated/utsrelease.h")
	for file in "${VMLINUX:-}" "$kdir/vmlinux" "$(running "$version")" \
		"/boot/vmlinuz-$version" "/lib/modules/$version/vmlinuz"; do
		[ -r "$file" ] || continue
		VMLINUX=$file
		[ "$(head -c 2 "$file")" = MZ ] || return 0
		VMLINUX=$work/vmlinux
		! unpack "$file" || return 0
	done
	fail "the BTF of Linux $version is not to be had: neither" \
		"$kdir/vmlinux nor /boot/vmlinuz-$version has it; set VMLINUX" \
		"to that kernel"
}

# What the running kernel says of itself, if it is Linux $1.
running() {
	[ "$1" != "$(uname -r)" ] || echo /sys/kernel/btf/vmlinux
}

# Debian's linux-kbuild has it from 6.12 on; it does for older kernels, too.
find_resolve_btfids() {
	local tool

	[ -z "${RESOLVE_BTFIDS:-}" ] || return 0
	for tool in "$kdir"/tools/bpf/resolve_btfids/resolve_btfids \
		/usr/lib/linux-kbuild-*/tools/bpf/resolve_btfids/resolve_btfids; do
		if [ -x "$tool" ]; then
			RESOLVE_BTFIDS=$tool
			return 0
		fi
	done
	fail "resolve_btfids is missing; apt-get install linux-kbuild-6.12"
}

sections() { # FILE
	readelf -SW "$1" > "$work/sections"
}

add_btf() {
	local module=$out/srtp_kfuncs.ko

	sections "$module"
	if ! grep -q ' \.BTF ' "$work/sections"; then
		pahole -J --btf_gen_floats --btf_base "$VMLINUX" "$module" ||
			fail "pahole makes no BTF for the module"
		"$RESOLVE_BTFIDS" -b "$VMLINUX" "$module" ||
			fail "$RESOLVE_BTFIDS finds no functions in the module"
		strip -g "$module"
	fi
	sections "$module"
	grep -q ' \.BTF ' "$work/sections" ||
		fail "the module was built without BTF; is" \
			"CONFIG_DEBUG_INFO_BTF_MODULES set?"
}

[ -e "$kdir/Module.symvers" ] ||
	fail "$kdir has no kernel headers; apt-get install linux-headers-amd64"
grep -q '^#define CONFIG_X86_64 1' "$kdir/include/generated/autoconf.h" ||
	fail "the module is for x86-64 only; elsewhere the XDP program's own" \
		"engine is all there is"
command -v pahole >/dev/null || fail "pahole is missing; apt-get install pahole"
lay_out
find_vmlinux
find_resolve_btfids
make -C "$kdir" M="$out" RESOLVE_BTFIDS="$RESOLVE_BTFIDS" modules ||
	fail "the module does not compile for $kdir"
add_btf
