#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make install below a DESTDIR, and the manual pages.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/ktap.sh

installed()
{
	local mode=$1 file=$LAB_DIR/root$2

	[ -s "$file" ] && [ "$(stat -c %a "$file")" = "$mode" ]
}

pages_are_clean()
{
	local page

	for page in man/*.[1-8]; do
		[ -s "$page" ] || return
		mandoc -T lint -W warning "$page" || return
	done
}

every_program_has_a_page()
{
	local program

	for program in "$LAB_DIR"/root/usr/bin/* "$LAB_DIR"/root/usr/sbin/*; do
		ls "$LAB_DIR"/root/usr/share/man/man*/"${program##*/}".[18] ||
			return
	done
}

# Nothing outside of what packages of this kind own.
only_known_places()
{
	(cd "$LAB_DIR/root" && find . -type f |
		grep -vE '^\./(usr/s?bin|usr/share/(man/man[1-8]|bash-completion/completions)|etc/srtpgate|lib/systemd/system)/') &&
		return 1
	return 0
}

starts_from_there()
{
	[ "$("$LAB_DIR/root/usr/bin/srtpgate" --version | grep -c srtpgate)" = 1 ]
}

plan 12
lab_open install
check "make install" make -s install DESTDIR="$LAB_DIR/root"
check "srtpgated" installed 755 /usr/sbin/srtpgated
check "srtpgate" installed 755 /usr/bin/srtpgate
check "srtpgate-kms" installed 755 /usr/sbin/srtpgate-kms
check "srtpgate-ue" installed 755 /usr/bin/srtpgate-ue
check "its policy, not for everyone to read" \
	installed 640 /etc/srtpgate/srtpgate-kms.policy
check "configuration, not for everyone to read" \
	installed 640 /etc/srtpgate/srtpgated.conf
check "systemd unit" installed 644 /lib/systemd/system/srtpgated.service
check "nothing else anywhere" only_known_places
check "manual pages have no errors or warnings" pages_are_clean
check "every program has its page" every_program_has_a_page
check "the installed command starts" starts_from_there
ktap_end
