# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Debian's kernels, unpacked and never installed: source it. $store is where
# they are kept.
: "${store:?}"

# The newest package of Linux $1 for clouds: small, and with its own BTF.
kernel_package() {
	apt-cache search "^linux-image-$1[.].*cloud-amd64\$" |
		awk '!/unsigned/ { print $1 }' | sort -V | tail -n 1
}

# Fetches packages $2... into the folder $1 and unpacks there what matches
# $MEMBERS, or all.
fetch_packages() {
	local folder=$1 package

	shift
	mkdir -p "$folder"
	(cd "$folder" && apt-get download -q "$@" >/dev/null 2>&1) || return 1
	for package in "$folder"/*.deb; do
		# shellcheck disable=SC2086
		dpkg-deb --fsys-tarfile "$package" |
			tar x -C "$folder" ${MEMBERS:+--wildcards "$MEMBERS"}
	done
	rm -f "$folder"/*.deb
}

# Prints the path of the image of package $1, fetched once.
kernel_image() {
	local image

	image=$(find "$store/$1" -name 'vmlinuz-*' 2>/dev/null | head -n 1)
	if [ -z "$image" ]; then
		MEMBERS='./boot/vmlinuz-*' fetch_packages "$store/$1" "$1" ||
			return 1
		image=$(find "$store/$1" -name 'vmlinuz-*' | head -n 1)
	fi
	echo "$image"
}

# Prints the path of module $2 of image package $1, unpacked, fetched once.
kernel_module() {
	local folder=$store/$1-modules file

	if [ ! -e "$folder/done" ]; then
		rm -rf "$folder"
		MEMBERS='./lib/modules/*/kernel/drivers/net/*' \
			fetch_packages "$folder" "$1" || return 1
		touch "$folder/done"
	fi
	file=$(find "$folder" -name "$2.ko*" | head -n 1)
	case $file in
	*.xz) unxz "$file" && file=${file%.xz} ;;
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
