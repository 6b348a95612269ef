#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs programs in a virtual machine under another kernel.
#
# usage: boot.sh VMLINUZ SECONDS PROGRAM...
#
# The machine is an initramfs of busybox, the programs and the libraries they
# link to: no disk, no network, nothing of the host. Prints the console;
# every line of a program's output is its own. Exit status 0 when the machine
# ran all of them to the end, whatever they said.
#
# FILES=	more that belongs into its /bin, programs with their libraries
# TREE=		more, likewise, where it is on the host or as FILE=PLACE
# DEVICES=	more arguments for QEMU
# QEMU=		another one, with arguments

set -eu

kernel=$1 deadline=$2
shift 2

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
root=$dir/root
mkdir -p "$root"/{bin,proc,sys,dev,tmp,lib64}

cp "$(command -v busybox)" "$root/bin/busybox"
for applet in sh mount ip poweroff echo; do
	ln -s busybox "$root/bin/$applet"
done

copy_libraries() {
	ldd "$1" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
		[ -e "$root$library" ] && continue
		mkdir -p "$root${library%/*}"
		cp -L "$library" "$root$library"
	done
}

# NSS, below Debian's libsrtp2, loads these by name when it starts.
for library in /usr/lib/*/libsoftokn3.so /usr/lib/*/libfreebl*.so; do
	[ -e "$library" ] || continue
	mkdir -p "$root${library%/*}"
	cp -L "$library" "$root$library"
	copy_libraries "$library"
done

for file in ${FILES:-}; do
	cp "$file" "$root/bin"
	copy_libraries "$file"
done

for entry in ${TREE:-}; do
	file=${entry%%=*} place=$root${entry#*=}
	mkdir -p "${place%/*}"
	cp -L "$file" "$place"
	copy_libraries "$file"
done

{
	echo '#!/bin/sh'
	echo 'mount -t proc proc /proc; mount -t sysfs sys /sys'
	echo 'mount -t devtmpfs dev /dev; mount -t bpf bpf /sys/fs/bpf'
	echo 'mount -t tmpfs tmp /tmp; ip link set lo up'
} > "$root/init"
for program; do
	name=${program##*/}
	cp "$program" "$root/bin/$name"
	copy_libraries "$program"
	echo "echo '# program $name'; COUNT=${COUNT:-2000} $name" \
		>> "$root/init"
done
echo 'echo "# end of run"; poweroff -f' >> "$root/init"
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) > "$dir/initrd"

# Emulated: slower than KVM by far, but the same on every machine.
# shellcheck disable=SC2086
timeout "$deadline" ${QEMU:-qemu-system-x86_64} \
	-machine q35,accel=tcg -cpu max -m 1536 -smp 2 -nodefaults \
	-no-reboot -display none -serial stdio ${DEVICES:-} \
	-kernel "$kernel" -initrd "$dir/initrd" \
	-append "console=ttyS0 quiet panic=-1 mitigations=off" </dev/null |
	stdbuf -oL tr -d '\r' | tee "$dir/console"
grep -q '^# end of run' "$dir/console"
