#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What srtpgate-ue sends, as tshark sees it: the offer in an INVITE, the
# questions in HTTP, and every chain of payloads in its messages, in the terms
# of RFC 3830 (mikey_tshark.sh says why).

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/ktap.sh
. scripts/lib/kms.sh
. scripts/lib/ue.sh
. scripts/lib/mikey.sh

PLAIN=build/tests/interop/mikey_plain

# The message in a description, as octets.
message()
{
	sed -n 's/^a=key-mgmt:mikey //p' "$1" | tr -d '\r' | base64 -d
}

write_invite()
{
	printf 'INVITE sip:bob@b.example SIP/2.0\r\nVia: SIP/2.0/TCP 10.9.0.1;branch=z9hG4bK1\r\nFrom: <sip:alice@a.example>;tag=1\r\nTo: <sip:bob@b.example>\r\nCall-ID: 1@10.9.0.1\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n' \
		"$(stat -c %s "$1")"
	cat "$1"
}

# With the message in plain terms: the other one ends tshark's reading.
reads_invite()
{
	sed "s|^\(a=key-mgmt:mikey \).*|\1$(base64 -w 0 \
		"$LAB_DIR"/plain/offer-message.*)\r|" "$LAB_DIR/one.offer" \
		> "$LAB_DIR/plain.offer"
	write_invite "$LAB_DIR/plain.offer" > "$LAB_DIR/invite.sip"
	mikey_capture 5060 "$LAB_DIR/invite.sip"
	mikey_fields sdp.key_mgmt.kmpid sdp.media.proto sdp.media.port \
		mikey.csb_id _ws.malformed | tee "$LAB_DIR/read"
	[ "$(cat "$LAB_DIR/read")" = "mikey	RTP/SAVP	5004	0x$(od -An -tx1 \
		-j 4 -N 4 "$LAB_DIR/offer" | tr -d ' ')	" ]
}

# Who and whom, and the RANDs' lengths, in TRANSFER_INIT and TRANSFER_RESP.
reads_identities()
{
	mikey_capture 2269 "$LAB_DIR"/plain/offer-message.* \
		"$LAB_DIR"/plain/answer-message.*
	mikey_fields mikey.id.data mikey.rand.len mikey.sp.encr_len _ws.malformed |
		tee "$LAB_DIR/read"
	[ "$(cut -f 1,2,4 "$LAB_DIR/read")" = \
"alice@a.example,bob@b.example	32	
bob@b.example	32,32	" ]
}

reads_http()
{
	tshark -r "$LAB_DIR/http.pcap" -d tcp.port==$KMS_PORT,http \
		-Y http.request -T fields -e http.request.method \
		-e http.request.uri -e http.host -e http.content_type \
		2> /dev/null | tee "$LAB_DIR/read"
	[ "$(head -n 1 "$LAB_DIR/read")" = "POST	/keymanagement?requesttype=ticketrequest	kms.a.example:$KMS_PORT	application/mikey" ]
}

plan 5
lab_open uetshark
if ! command -v tshark > /dev/null || ! command -v text2pcap > /dev/null; then
	for test in 1 2 3 4 5; do
		skip "tshark judges, $test" "no tshark"
	done
	ktap_end
fi
[ -x "$PLAIN" ] || make -s "$PLAIN" > "$LAB_DIR/make.log" 2>&1 ||
	bail "$PLAIN does not build"
lab_node a
kms_make a a.example < /dev/null
kms_account a alice@bsf alice@a.example
kms_account a bob@bsf bob@b.example
kms_policy a '{ from = [ "*@a.example" ]; }'
kms_start a || bail "srtpgate-kms does not start: $(cat "$LAB_DIR/a.err")"
ue_make alice a a alice@bsf alice@a.example <<< '' || bail "no store"
ue_make bob a a bob@bsf bob@b.example <<< '' || bail "no store"

capture_start http a lo tcp port $KMS_PORT
equal "a call" "$(ue_call alice bob one 2>&1)" bob@b.example
capture_stop http
message "$LAB_DIR/one.offer" > "$LAB_DIR/offer"
message "$LAB_DIR/one.answer" > "$LAB_DIR/answer"
mkdir "$LAB_DIR/plain"
check "tshark walks every chain to its end" eval \
	'"$PLAIN" "$LAB_DIR/plain" "$LAB_DIR/offer" "$LAB_DIR/answer" &&
	 [ "$(ls "$LAB_DIR/plain" | wc -l)" = 4 ] &&
	 mikey_walks "$LAB_DIR"/plain/*'
check "tshark reads identities and RANDs" reads_identities
check "tshark finds MIKEY and RTP/SAVP in the INVITE" reads_invite
check "tshark reads the question in HTTP" reads_http
ktap_end
