# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Debian's kernels, unpacked and never installed: source it. $store is where
# they are kept.
: "${store:?}"

. "${BASH_SOURCE%/*}/newest.sh"

# What the tests run under: the oldest that is promised, the long-term one
# after it, and the newest, as "7.3", or "newest" where it is not to be had;
# or what $KERNELS says.
kernel_versions() {
	local newest

	if [ -n "${KERNELS:-}" ]; then
		echo "$KERNELS"
		return
	fi
	newest=$(newest_package | grep -o '[0-9]*[.][0-9]*' | head -n 1)
	echo 6.1 6.12 "${newest:-newest}"
}

# The newest package of Linux $1 for clouds: small, and with its own BTF.
kernel_package() {
	case $1 in
	6.1 | 6.12)
		apt-cache search "^linux-image-$1[.].*cloud-amd64\$" |
			awk '!/unsigned/ { print $1 }' | sort -V | tail -n 1 ;;
	*)
		newest_package ;;
	esac
}

# Fetches packages $2... into the folder $1 and unpacks there what matches
# one of $MEMBERS, or all.
fetch_packages() {
	local folder=$1 package

	shift
	mkdir -p "$folder"
	(cd "$folder" && apt-get download -q "$@" >/dev/null 2>&1) || return 1
	for package in "$folder"/*.deb; do
		# shellcheck disable=SC2086
		(set -f && dpkg-deb --fsys-tarfile "$package" |
			tar x -C "$folder" ${MEMBERS:+--wildcards $MEMBERS})
	done
	rm -f "$folder"/*.deb
}

# Prints the folder of package $1, the image and those of its modules that
# the tests need, fetched once.
kernel_tree() {
	local folder=$store/$1

	case $1 in
	linux-binary-*)
		newest_tree
		return ;;
	esac
	if [ ! -e "$folder/done" ]; then
		rm -rf "$folder"
		MEMBERS="./boot/vmlinuz-* ./lib/modules/*/kernel/drivers/net/*
			./lib/modules/*/kernel/drivers/virtio/*
			./lib/modules/*/kernel/net/*
			./lib/modules/*/kernel/lib/*
			./lib/modules/*/kernel/crypto/*
			./lib/modules/*/kernel/arch/x86/crypto/*" \
			fetch_packages "$folder" "$1" || return 1
		touch "$folder/done"
	fi
	echo "$folder"
}

# Prints the path of the image of package $1.
kernel_image() {
	local folder

	folder=$(kernel_tree "$1") &&
		find "$folder/boot" "$folder/usr/lib/modules" \
			-name 'vmlinuz*' 2>/dev/null | head -n 1
}

# Prints the path of module $2 of package $1, unpacked.
kernel_module() {
	local folder file

	folder=$(kernel_tree "$1") || return 1
	file=$(find "$folder/lib/" -name "$2.ko*" | sort | head -n 1)
	case $file in
	*.xz) unxz -k "$file" && file=${file%.xz} ;;
	esac
	echo "$file"
}

# What package $1 depends on and $2 names.
dependency() {
	apt-cache depends "$1" | sed -n 's/^ *Depends: //p' | grep -- "$2" |
		head -n 1
}

# Prints the folder of the headers that belong to image package $1, fetched
# once: all of it is below another root than they expect.
kernel_headers() {
	local headers=${1/image/headers} root=$store/${1/image/headers}

	case $1 in
	linux-binary-*)
		newest_tree | sed "s#\$#/usr/src/${1/binary/headers}#"
		return ;;
	esac
	if [ ! -e "$root/done" ]; then
		rm -rf "$root"
		fetch_packages "$root" "$headers" \
			"$(dependency "$headers" common)" \
			"$(dependency "$headers" kbuild)" || return 1
		sed -i "s#[^ =]*/usr/src/#$root/usr/src/#" \
			"$root/usr/src/$headers/Makefile"
		touch "$root/done"
	fi
	echo "$root/usr/src/$headers"
}

# under_each COMMAND: COMMAND VERSION for all of them side by side, and of
# their results one numbered list with its plan.
under_each() {
	local version versions folder

	versions=$(kernel_versions)
	folder=$(mktemp -d)
	for version in $versions; do
		"$1" "$version" > "$folder/$version" &
	done
	wait
	for version in $versions; do
		cat "$folder/$version"
	done | awk '/^(not )?ok [0-9]+/ { sub(/ok [0-9]+/, "ok " ++n) }
		/^not ok/ { failed = 1 } { print }
		END { print "1.." n; exit failed }'
	set -- $?
	rm -rf "$folder"
	return "$1"
}
