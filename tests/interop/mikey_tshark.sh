#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the MIKEY codec writes, as tshark's dissector sees it. That one knows
# RFC 3830 and stops without a word at the first payload of RFC 6043, so
# mikey_plain writes each chain of payloads in the terms of RFC 3830, and the
# payloads that tshark walked are counted.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/ktap.sh
. scripts/lib/mikey.sh

LAB_DIR=$(mktemp -d) || exit 1
trap 'rm -rf "$LAB_DIR"' EXIT
PLAIN=build/tests/interop/mikey_plain

# SIGN is last and has no next payload: 4 is what PKE's says.
walks_to_sign()
{
	mikey_capture 2269 "$LAB_DIR/rest.6"
	[ "$(mikey_fields mikey.next_payload mikey.sign.len mikey.srtp_id.ssrc \
		mikey.srtp_id.roc _ws.malformed)" = \
		"5,11,6,10,2,4	9	0x12345678,0x23456789	0x00000000,0x00000001	" ]
}

# length OFFSET CHANGE FILE: a copy with another octet there.
spoil()
{
	local octet

	octet=$(od -An -tu1 -j "$1" -N 1 "$3")
	head -c "$1" "$3" > "$LAB_DIR/spoilt.${3##*.}"
	# shellcheck disable=SC2059
	printf "\\x$(printf %x $(((octet + $2) & 255)))" \
		>> "$LAB_DIR/spoilt.${3##*.}"
	tail -c "+$(($1 + 2))" "$3" >> "$LAB_DIR/spoilt.${3##*.}"
}

# The same judgement of a wrong length: it must be able to fail. The RAND's
# length is behind HDR (10), T (10) and its own next payload.
complains()
{
	local request=("$LAB_DIR"/mode1-128-request.*) change

	for change in 1 -1 40; do
		spoil 21 $change "${request[0]}"
		! mikey_walks "$LAB_DIR/spoilt.${request[0]##*.}" || return 1
	done
	spoil 21 0 "${request[0]}"
	mikey_walks "$LAB_DIR/spoilt.${request[0]##*.}"
}

reads_request()
{
	mikey_capture 2269 "$LAB_DIR"/mode1-128-request.*
	mikey_fields mikey.csb_id mikey.id.role mikey.id.data mikey.rand.len \
		mikey.v.auth_alg | tee "$LAB_DIR/read"
	[ "$(cut -f 1,2,4,5 "$LAB_DIR/read")" = "0x11223344	1,3,4	32	1" ] &&
		grep -q 'alice@a.example,kms.a.example,cmFuZGEt' "$LAB_DIR/read"
}

# The ticket's TGK with salt and SPI.
reads_key()
{
	local key=808182838485868788898a8b8c8d8e8f

	mikey_capture 2269 "$LAB_DIR"/mode1-128-key2.*
	mikey_fields mikey.key.type mikey.key.kv mikey.key.data.len mikey.key.data \
		mikey.key.salt mikey.key.kv.spi | tee "$LAB_DIR/read"
	[ "$(cat "$LAB_DIR/read")" = \
		"1	1	16	$key	c0c1c2c3c4c5c6c7c8c9cacbcccd	02" ]
}

# hex FILE: as tshark prints octets.
hex()
{
	od -An -v -tx1 "$1" | tr -d ' \n'
}

# tshark shows the octets of the certificate and of the signature.
reads_public()
{
	local pki=tests/unit/data/mikey/pki plain=$LAB_DIR/public.plain

	openssl x509 -in $pki/alice.pem -outform DER -out "$LAB_DIR/alice.der"
	mikey_capture 2269 "$plain" || return 1
	mikey_fields mikey.next_payload mikey.cert.type mikey.pke.c mikey.pke.len \
		mikey.sign.type mikey.sign.len _ws.malformed |
		tee "$LAB_DIR/read"
	[ "$(cat "$LAB_DIR/read")" = \
		"5,11,14,7,14,21,2,4	0	0	384	0	384	" ] ||
		return 1
	[ "$(mikey_fields mikey.cert.data)" = "$(hex "$LAB_DIR/alice.der")" ] ||
		return 1
	[ "$(mikey_fields mikey.sign.data)" = \
		"$(tail -c 384 "$plain" | hex /dev/stdin)" ]
}

# Another program than ours finds the signature right: over the message to it
# and both identities (RFC 6043 5.5). The envelope is before SIGN's two octets.
openssl_agrees()
{
	local pki=tests/unit/data/mikey/pki raw=$LAB_DIR/public.raw

	tail -c 384 "$raw" > "$LAB_DIR/signature"
	{
		head -c -384 "$raw"
		printf alice@a.examplekms.a.example
	} > "$LAB_DIR/signed"
	openssl x509 -in $pki/alice.pem -pubkey -noout > "$LAB_DIR/alice.pub"
	openssl dgst -sha256 -verify "$LAB_DIR/alice.pub" \
		-signature "$LAB_DIR/signature" "$LAB_DIR/signed" &&
		tail -c 770 "$raw" | head -c 384 > "$LAB_DIR/envelope" &&
		openssl pkeyutl -decrypt -inkey $pki/kms.key \
			-in "$LAB_DIR/envelope" \
			-pkeyopt rsa_padding_mode:oaep \
			-pkeyopt rsa_oaep_md:sha256 |
		cmp - <(head -c 16 /dev/zero)
}

reads_invite()
{
	mikey_capture 5060 "$LAB_DIR/invite.sip"
	mikey_fields sdp.key_mgmt.kmpid mikey.csb_id mikey.id.data mikey.rand.len \
		_ws.malformed | tee "$LAB_DIR/read"
	[ "$(cut -f 1-3,5 "$LAB_DIR/read")" = \
		"mikey	0x55667788	alice@a.example,bob@b.example	" ]
}

plan 9
if ! command -v tshark > /dev/null || ! command -v text2pcap > /dev/null; then
	for test in 1 2 3 4 5 6 7 8 9; do
		skip "tshark judges, $test" "no tshark"
	done
	ktap_end
fi
if [ ! -x "$PLAIN" ] && ! make -s "$PLAIN" > "$LAB_DIR/make.log" 2>&1; then
	sed 's/^/# /' "$LAB_DIR/make.log"
	bail "$PLAIN does not build"
fi
check "calls are written" "$PLAIN" "$LAB_DIR" || bail "nothing to judge"
check "tshark walks every chain to its end" mikey_walks "$LAB_DIR"/mode*
check "tshark walks to SIGN" walks_to_sign
check "tshark complains of wrong lengths" complains
check "tshark reads REQUEST_INIT's identities and RAND" reads_request
check "tshark reads a key with its salt and SPI" reads_key
check "tshark reads PKE, CERT and SIGN of REQUEST_INIT_PK" reads_public
check "openssl verifies its signature and opens its envelope" openssl_agrees
check "tshark finds TRANSFER_INIT in an INVITE's SDP" reads_invite
ktap_end
