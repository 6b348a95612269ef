# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The newest kernel that Debian has built, what builds modules for it, whose
# headers want another compiler and C library than Debian 12 has, and a QEMU
# that knows SHA instructions: a tree of Debian's next release, from the mirror
# that this machine uses, unpacked and never installed. Source it. $store is
# where it is kept.
: "${store:?}"

NEWEST_SUITE=trixie
NEWEST_TOOLS="base-files bash dash coreutils sed grep findutils diffutils mawk
	binutils make pahole qemu-system-x86"

# newest_apt TOOL ARGUMENTS...: with those packages, none of them installed
newest_apt() {
	local tool=$1

	shift
	"$tool" -q -c "$store/apt/apt.conf" "$@"
}

newest_lists() {
	local folder=$store/apt mirror

	# shellcheck disable=SC2016
	mirror=$(apt-get indextargets --format '$(REPO_URI)' \
		'Created-By: Packages' 'Origin: Debian' | head -n 1)
	[ -n "$mirror" ] || return 1
	mkdir -p "$folder"/{state/lists,cache/archives}/partial
	touch "$folder/state/status"
	cat > "$folder/apt.conf" <<- END
		Dir::State "$folder/state";
		Dir::State::status "$folder/state/status";
		Dir::Cache "$folder/cache";
		Dir::Etc::SourceList "$folder/sources.list";
		Dir::Etc::SourceParts "-";
		Dir::Etc::Preferences "$folder/preferences";
		Dir::Etc::PreferencesParts "/dev/null";
		APT::Sandbox::User "root";
	END
	printf "deb [signed-by=/usr/share/keyrings/%s] $mirror %s main\n" \
		debian-archive-keyring.gpg "$NEWEST_SUITE" \
		debian-archive-keyring.gpg "$NEWEST_SUITE-backports" \
		> "$folder/sources.list"
	printf '%s\n' 'Package: linux-*' 'Pin-Priority: 900' \
		"Pin: release n=$NEWEST_SUITE-backports" > "$folder/preferences"
	newest_apt apt-get update
}

# newest_unpack ROOT: the folders' symbolic links first, then what is in them
newest_unpack() {
	local package folder=$store/apt/cache/archives

	for package in "$folder"/base-files_*.deb "$folder"/*.deb; do
		dpkg-deb --fsys-tarfile "$package" |
			tar x -C "$1" --keep-directory-symlink || return 1
	done
	rm -f "$folder"/*.deb
	ln -sf mawk "$1/usr/bin/awk"	# a package's script would
}

newest_fetch() {
	local root=$1 headers

	newest_lists || return 1
	headers=$(newest_apt apt-cache depends linux-headers-cloud-amd64 |
		grep -o -m 1 'linux-headers-[0-9].*')
	[ -n "$headers" ] || return 1
	# shellcheck disable=SC2086
	newest_apt apt-get install -y --download-only \
		--no-install-recommends $NEWEST_TOOLS "$headers" \
		"${headers/headers/binary}" "${headers/headers/modules}" ||
		return 1
	mkdir -p "$root"
	newest_unpack "$root"
}

# Prints the folder of the tree, fetched once.
newest_tree() {
	local root=$store/newest

	if [ ! -e "$root/done" ]; then
		rm -rf "$root"
		newest_fetch "$root" > "$store/newest.log" 2>&1 || return 1
		touch "$root/done"
	fi
	echo "$root"
}

# Prints such as linux-binary-7.3.4+deb13-cloud-amd64.
newest_package() {
	local root

	root=$(newest_tree) || return 1
	basename "$root"/usr/src/linux-headers-*-cloud-amd64 |
		sed 's/headers/binary/'
}

# newest_build HEADERS OUT: the module by that tree's tools, in a mount
# namespace of its own
newest_build() {
	local root=$store/newest project

	project=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
	mkdir -p "$root/srtpgate"
	# shellcheck disable=SC2016
	unshare -m sh -euc '
		mount -t proc proc "$1/proc"
		mount --rbind /dev "$1/dev"
		mount --bind "$2" "$1/srtpgate"
		exec chroot "$1" env -i PATH=/usr/sbin:/usr/bin \
			/srtpgate/kernel/build.sh "$3" "$4"' sh \
		"$root" "$project" "${1#"$root"}" "/srtpgate${2#"$project"}"
}

# Prints the command that runs that tree's QEMU, or nothing.
newest_qemu() {
	local root libraries

	root=$(newest_tree) || return 0
	libraries=$root/usr/lib/x86_64-linux-gnu
	echo "env QEMU_MODULE_DIR=$libraries/qemu" \
		"$root/usr/lib64/ld-linux-x86-64.so.2" \
		"--library-path $libraries $root/usr/bin/qemu-system-x86_64" \
		"-L $root/usr/share/qemu -L $root/usr/share/seabios"
}
