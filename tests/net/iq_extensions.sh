#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Encrypted RTP header extensions (RFC 6904) over Iq: a=extmap beside a=crypto
# says which, libsrtp2 at the UE encrypts and decrypts them, and the core gets
# and sends them in the clear. Without a slow path they are refused.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/media.sh
. scripts/lib/iq.sh
. scripts/lib/ktap.sh

ENCRYPT=urn:ietf:params:rtp-hdrext:encrypt
LEVEL=urn:ietf:params:rtp-hdrext:ssrc-audio-level
NTP=urn:ietf:params:rtp-hdrext:ntp-64
HIDDEN=3

# In place of iq.sh's: with extension 1, and $HIDDEN, which is encrypted.
crypto()
{
	local suite key

	read -r suite key < <(tail -n 1 "$LAB_DIR/$1.$2.key")
	echo "a=crypto:${3:-1} $suite inline:$key"
	echo "a=extmap:1 $LEVEL"
	echo "a=extmap:$HIDDEN $ENCRYPT $NTP"
}

# carries SUITE N: both ways, every octet of header and payload.
carries()
{
	SUITE=$1 originate "$1" "$2" &&
		call "$1" "$2" 200 --extension 1,3 --encrypt 3 --rtcp 20 --rate 200
}

extensions()
{
	request iq.show "{\"context\": ${CONTEXT[$1]}}" |
		jq -c '[.result.terminations[].streams[].srtp[] | values |
			.encrypted_extensions]'
}

# Extension 3 would arrive as what it became by being decrypted.
corrupts()
{
	core_receives "$1" "$2" 50 --extension 1,3 --idle 1000 &&
		ue_sends "$1" "$2" 50 --extension 1,3 --ssrc "$3" --rate 200 || return
	finish "$1.us"
	finish "$1.cr"
	[ "$(field "$1.cr" corrupt)" = 50 ]
}

# As a re-INVITE without them.
turn_off()
{
	local ENCRYPT=

	order "C=${CONTEXT[$1]}{MF=${ACCESS_SIDE[$1]}{M{ST=1{
		L{$(sdp $GATEWAY "${PORT[$1.access]}" RTP/SAVP "$(crypto "$1" gateway)")},
		R{$(sdp $UE $((4000 + 2 * $2)) RTP/SAVP "$(crypto "$1" ue)")}}}}}"
}

restart_without()
{
	gateway_stop TERM
	iq_config '' 'slow_path = false;'
	gateway_start && wait_until 10 registered
}

refuses()
{
	! originate "$1" "$2" && answer | grep -q 'ER=449{"encrypted a=extmap"}'
}

plan 12
iq_lab iqext
iq_config
check "controller listens" mgc_start || bail "controller"
check "gateway starts" gateway_start || bail "gateway starts"
check "it registers" wait_until 10 registered || bail "registration"
check "AES-CM" carries AES_CM_128_HMAC_SHA1_80 0
check "GCM" carries AEAD_AES_128_GCM 1
equal "both keys encrypt it" "$(extensions AES_CM_128_HMAC_SHA1_80)" '[[3],[3]]'
equal "by the slow path" "$(cli -j stream show "${CONTEXT[AEAD_AES_128_GCM]}/1" |
	jq -r '.streams[0].path')" slow
check "who does not encrypt it is not understood" \
	corrupts AES_CM_128_HMAC_SHA1_80 0 77
check "a call goes on without" turn_off AEAD_AES_128_GCM 1
check "in the clear" call AEAD_AES_128_GCM 1 200 --extension 1,3 --first 200 \
	--seq 201 --rtcp 20 --rate 200
check "a gateway without a slow path" restart_without
check "refuses them" refuses late 2
ktap_end
