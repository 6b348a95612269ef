#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The key management server as a program with users that have certificates:
# under its system call filter and without privileges, with revocation lists
# that come later.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/ktap.sh
. scripts/lib/kms.sh

PKI=tests/unit/data/mikey/pki
RULES='{ from = [ "*@a.example" ]; groups = true; }'

# calls INITIATOR RESPONDER
calls()
{
	on a "$BASH" -c '. scripts/lib/lab.sh; . scripts/lib/kms.sh; kms_call "$@"' \
		calls "$@" '*@b.example' 2>&1 | tr '\n' ' '
}

# terminal IDENTITY CERTIFICATE KEY
terminal()
{
	echo "$1,$2,key:$3,kms.a.example"
}

# trust CRL...: the policy, with an authority.
trust()
{
	kms_policy a "$RULES"
	cat >> "$LAB_DIR/a/policy" <<-end
	authorities = ( { file = "$LAB_DIR/a/ca.pem"; $*
	  identities = [ "*@a.example", "*@b.example" ]; } );
	end
}

reload()
{
	local before

	before=$(grep -c "$1" "$LAB_DIR/a.err")
	kill -HUP "${PID[a]}"
	wait_until 10 reloaded "$1" "$before"
}

reloaded()
{
	[ "$(grep -c "$1" "$LAB_DIR/a.err")" -gt "$2" ]
}

audit()
{
	jq -r "$1" "$LAB_DIR/a/audit" 2>&1
}

fails()
{
	! "$@"
}

fingerprint()
{
	openssl x509 -in "$PKI/$1.pem" -outform DER | sha256sum |
		cut -d ' ' -f 1
}

plan 13
lab_open kmscert
lab_node a
echo "mikey = { certificate = \"$LAB_DIR/a/kms.pem\";
	key = \"$LAB_DIR/a/kms.rsa\"; };" > "$LAB_DIR/mikey"
kms_make a a.example < "$LAB_DIR/mikey"
cp "$PKI"/{ca,kms,crl,strange}.pem "$LAB_DIR/a/"
install -m 600 -o nobody -g nogroup "$PKI/kms.key" "$LAB_DIR/a/kms.rsa"
chown nobody:nogroup "$LAB_DIR"/a/*.pem
kms_account a bob@bsf bob@b.example
echo "{ id = \"recorder\"; certificate = \"$LAB_DIR/a/strange.pem\";
	identities = [ \"recorder@a.example\" ];
	resolves = [ \"*@a.example\" ]; }," >> "$LAB_DIR/a/accounts"
trust
export LAB_DIR LAB_TOOLS LAB_BUILD

alice=$(terminal alice@a.example alice alice)
revoked=$(terminal alice@a.example revoked alice)
strange=$(terminal alice@a.example strange alice)
bob=$(terminal bob@b.example bob bob)
with_key=$(kms_user a bob@bsf bob@b.example)

equal "check" "$(kms a check)" "1 rules, 2 accounts, 1 ticket keys, 0 peers"
chmod 640 "$LAB_DIR/a/kms.rsa"
check "refused: a private key that others may read" fails kms a check
chmod 600 "$LAB_DIR/a/kms.rsa"
kms_start a || bail "srtpgate-kms does not start: $(cat "$LAB_DIR/a.err")"
equal "both have certificates" "$(calls "$alice" "$bob")" \
	"issued resolved bob@b.example "
equal "one has a key" "$(calls "$alice" "$with_key")" \
	"issued resolved bob@b.example "
equal "a network function has a certificate" \
	"$(calls "$alice" "$(terminal recorder@a.example strange alice)")" \
	"issued resolved recorder@a.example "
equal "the audit log has them" \
	"$(audit 'select(.event == "resolved") | .certificate // .psk' |
		tr '\n' ' ')" \
	"$(fingerprint bob) bob@bsf $(fingerprint strange) "
equal "refused: a name that is not the account's" "$(calls "$strange" "$bob")" \
	"error 7 "
equal "refused: another's key" \
	"$(calls "$(terminal alice@a.example alice bob)" "$bob")" "error 0 "
equal "nothing is revoked" "$(calls "$revoked" "$bob")" \
	"issued resolved bob@b.example "
trust "crl = \"$LAB_DIR/a/crl.pem\";"
reload "reloaded" || diag "no reload: $(cat "$LAB_DIR/a.err")"
equal "now it is" "$(calls "$revoked" "$bob")" "error 8 "
equal "and others are not" "$(calls "$alice" "$bob")" \
	"issued resolved bob@b.example "
trust "crl = \"$LAB_DIR/a/none.pem\";"
reload "none.pem" || diag "no fault: $(cat "$LAB_DIR/a.err")"
equal "a list that is missing changes nothing" "$(calls "$revoked" "$bob")" \
	"error 8 "
check "no key is in logs" fails grep -qF \
	"$(sed -n 2p "$LAB_DIR/a/kms.rsa")" "$LAB_DIR/a.err" "$LAB_DIR/a/audit"
ktap_end
