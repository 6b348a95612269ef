#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Instructions that a packet takes in the kernel: srtp_kfuncs.ko beside the way
# of rtpengine's module, in a virtual machine with Linux 6.12 that counts them.
# The count is the same on every machine, and each time, to an instruction.
#
#	bench/instructions.sh RESULTS

set -u
rows=$1
top=$(cd "$(dirname "$0")/.." && pwd)
store=$top/build/vm
work=$store/instructions
modules="cryptd crypto_simd gf128mul ctr ghash-generic crypto_null gcm
	aesni-intel sha1_generic sha1-ssse3"

. "$top/tests/vm/packages.sh"

skip() {
	printf 'skip\tmodule-instructions-160\t%s\n' "$1" >> "$rows"
	exit 0
}

build() { # HEADERS
	rm -rf "$work"
	mkdir -p "$work/include"
	cp "$top"/kernel/*.[ch] "$top"/bench/kernel/* "$work"
	cp -r "$top"/kernel/include/* "$top/include/srtpgate" "$work/include"
	make -C "$1" M="$work" modules > "$work/make.log" 2>&1
}

module_files() { # PACKAGE
	local name

	for name in $modules; do
		kernel_module "$1" "$name"
	done
}

# The crypto API tests what is loaded, in a thread that must have ended.
guest() {
	cat <<- END
		#!/bin/busybox sh
		for name in $(xargs <<< "$modules"); do
			[ ! -e /bin/\$name.ko ] || busybox insmod /bin/\$name.ko
		done
		while busybox grep -qs cryptomgr_test /proc/[0-9]*/comm; do
			busybox sleep 0.1
		done
		busybox insmod /bin/srtp_instructions.ko
		busybox dmesg | busybox grep srtp_instructions
	END
}

if ! command -v qemu-system-x86_64 > /dev/null ||
   [ "$(uname -m)" != x86_64 ]; then
	skip "needs qemu-system-x86 on x86_64"
fi
mkdir -p "$store"
package=$(kernel_package 6.12)
image=$([ -n "$package" ] && kernel_image "$package")
headers=$([ -n "$image" ] && kernel_headers "$package") ||
	skip "no kernel packages to be had"
if ! build "$headers"; then
	tail -n 20 "$work/make.log" >&2
	exit 1
fi
guest > "$work/count"
chmod +x "$work/count"
FILES="$work/srtp_instructions.ko $(module_files "$package")" \
	QEMU=$(newest_qemu) DEVICES="-smp 1 -icount shift=0,sleep=off" \
	bash "$top/tests/vm/boot.sh" "$image" 200 "$work/count" \
	> "$work/console" 2>&1
sed -n 's/.*srtp_instructions: note /# the kernel has /p' "$work/console" >&2
awk '/srtp_instructions: row / {
	sub(/.*row /, "")
	printf "row\tmodule-instructions%s\t%d\tinstructions\t%s\t%d\t-\n",
		$1, $2, "rtpengine way", $3
	rows++
}
END { exit rows != 8 }' "$work/console" >> "$rows" || {
	tail -n 20 "$work/console" >&2
	exit 1
}
