#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Installs the Debian packages that building, testing and the demo need.
# Does nothing, without a network, when all are there.

set -eu

build="gcc make pkg-config libc6-dev linux-libc-dev clang-19 llvm-19 bpftool
	libbpf-dev libelf-dev zlib1g-dev libssl-dev libevent-dev libconfig-dev
	libjansson-dev libnl-3-dev libnl-route-3-dev libseccomp-dev libcap-dev
	libsqlite3-dev libusrsctp-dev libexpat1-dev"
check="libsrtp2-dev libclang-rt-19-dev iproute2 ethtool tcpdump tshark jq
	mandoc socat curl openssl procps strace erlang-base erlang-megaco erlang-diameter
	qemu-system-x86 busybox-static cpio pahole zstd lz4 dkms"
media="ffmpeg gstreamer1.0-tools gstreamer1.0-plugins-base
	gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
	gstreamer1.0-plugins-ugly gstreamer1.0-libav espeak-ng sox"
peers="rtpengine-daemon baresip-core"

missing=
for package in $build $check $media $peers; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
		grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
	echo "missing packages, install them as root:$missing" >&2
	exit 1
fi
echo "installing:$missing"
# Installing rtpengine-daemon must not start it on the host.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	printf '#!/bin/sh\nexit 101\n' > $policy
	chmod 755 $policy
	trap 'rm -f $policy' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null || echo "apt-get update failed; trying anyway" >&2
# shellcheck disable=SC2086
apt-get install -y -q --no-install-recommends $missing >/dev/null
