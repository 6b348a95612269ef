#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every suite of the data plane in a=crypto over Iq, through to the media:
# libsrtp2 at the UE seals and opens. A call changes from one to another. Not
# AES-192, whose session keys libsrtp2 derives otherwise (docs/interop.md).

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/media.sh
. scripts/lib/iq.sh
. scripts/lib/ktap.sh

SUITES=(AES_CM_128_HMAC_SHA1_80 AES_CM_128_HMAC_SHA1_32
	AES_256_CM_HMAC_SHA1_80 AES_256_CM_HMAC_SHA1_32
	AEAD_AES_128_GCM AEAD_AES_256_GCM)

# suites_of NAME: as the gateway has them, both ways.
suites_of()
{
	request iq.show "{\"context\": ${CONTEXT[$1]}}" |
		jq -c '[.result.terminations[].streams[].srtp[] | values | .suite]'
}

# RTP from before a roll-over of the sequence number to after it, and RTCP.
carries()
{
	SUITE=$1 originate "$1" "$2" &&
		[ "$(suites_of "$1")" = "[\"$1\",\"$1\"]" ] &&
		call "$1" "$2" 200 --seq 65450 --rtcp 20
}

# A master key of $1's size is none of $2's.
wrong_size()
{
	keys size "$1" &&
		refused 474 "C=\${A=\${M{ST=1{O{MO=SR,ipdc/realm=\"access\"},
		L{$(sdp '$' '$' RTP/SAVP "$(crypto size ue | sed "s/$1/$2/")")}}}}}"
}

# RFC 4568 7.1.4: a new offer may have another suite.
changes_suite()
{
	SUITE=$1 originate change 20 && more_keys change "$2" &&
		call_start change 20 1200 --rate 400 --rtcp 20 || return
	wait_until 5 passed change 300 || return
	order "C=${CONTEXT[change]}{MF=${ACCESS_SIDE[change]}{M{ST=1{O{MO=SR},
		L{$(sdp $GATEWAY "${PORT[change.access]}" RTP/SAVP \
			"$(crypto change gateway 2)")},
		R{$(sdp $UE 4040 RTP/SAVP "$(crypto change ue 2)")}}}}}" || return
	kill -USR1 "${PID[change.us]}"
	call_finish change && [ "$(suites_of change)" = "[\"$2\",\"$2\"]" ] &&
		[ "$(field change.us keys_used) $(field change.ur keys_used)" = "2 2" ]
}

passed()
{
	[ "$(cli -j stream show "${CONTEXT[$1]}/1" |
		jq '[.streams[].packets] | min')" -ge "$2" ]
}

plan $((6 + ${#SUITES[@]}))
iq_lab iqsuites
iq_config
check "controller listens" mgc_start || bail "controller"
check "gateway starts" gateway_start || bail "gateway starts"
check "it registers" wait_until 10 registered || bail "registration"
n=0
for suite in "${SUITES[@]}"; do
	check "$suite" carries "$suite" $n
	n=$((n + 1))
done
check "a key too short for its suite is refused" \
	wrong_size AES_CM_128_HMAC_SHA1_80 AES_256_CM_HMAC_SHA1_80
check "and one too long" wrong_size AEAD_AES_256_GCM AEAD_AES_128_GCM
check "a call changes from AES-CM to GCM, no packet is lost" \
	changes_suite AES_CM_128_HMAC_SHA1_32 AEAD_AES_256_GCM
ktap_end
