# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The module by Debian's dkms, as docs/module.md says, but all that is
# installed is in a folder below $store: source it after packages.sh.
: "${store:?}"

# dkms_install PACKAGE BOOT OUT: builds and installs for the kernel of the image
# package, whose /boot is the folder BOOT; OUT/srtp_kfuncs.ko is the result.
# Prints what dkms and the build had to say.
dkms_install() {
	local release=${1#linux-image-} boot=$2 out=$3 root=$3-dkms headers
	local project version

	headers=$(kernel_headers "$1") || return 1
	project=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
	version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' \
		"$project/kernel/dkms.conf")
	rm -rf "$out" "$root"
	mkdir -p "$out" "$root/var" "$root/modules/$release" "$boot"
	make -s -C "$project/kernel" install-dkms DESTDIR="$root" || return 1
	# Of the running kernel's BTF it must not know.
	# shellcheck disable=SC2016
	unshare -m sh -euc '
		mount --bind "$1" /boot
		[ ! -d /sys/kernel/btf ] || mount -t tmpfs btf /sys/kernel/btf
		shift
		exec dkms "$@"' sh "$boot" install "srtp_kfuncs/$version" \
		-k "$release" --kernelsourcedir "$headers" --no-depmod \
		--sourcetree "$root/usr/src" --dkmstree "$root/var" \
		--installtree "$root/modules" 2>&1
	find "$root/var" -name make.log -exec cat {} +
	find "$root/modules" -name 'srtp_kfuncs.ko*' -exec mv {} "$out" \;
	[ ! -e "$out/srtp_kfuncs.ko.xz" ] || unxz "$out/srtp_kfuncs.ko.xz"
	[ -e "$out/srtp_kfuncs.ko" ]
}
