#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The key management server as a program with users that have certificates:
# under its system call filter and without privileges, with revocation lists
# that come later; and srtpgate-ue as such a user.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/ktap.sh
. scripts/lib/kms.sh
. scripts/lib/ue.sh

PKI=tests/unit/data/mikey/pki
RULES='{ to = [ "evil@b.example" ]; allow = false; },
	{ from = [ "*@a.example" ]; groups = true; own_tickets = true; }'

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

fails()
{
	! "$@"
}

# certified NAME CERTIFICATE KEY KMS OPTIONS: a terminal's credential.
certified()
{
	local folder=$LAB_DIR/ue-$1

	cp "$PKI/$3.key" "$folder/naf"
	sed -i "s|^credential = .*|credential = { certificate = \"$PKI/$2.pem\"; \
		key_file = \"$folder/naf\"; kms_certificate = \"$PKI/$4.pem\"; \
		$5 };|" "$folder/conf"
}

# What one sends the other receives.
call_is_made()
{
	local up

	[ "$(ue_call alice bob one)" = bob@b.example ] || return
	up=$(ue_key "$LAB_DIR/one.alice" send key)
	[ -n "$up" ] && [ "$up" = "$(ue_key "$LAB_DIR/one.bob" receive key)" ]
}

says()
{
	ue alice "$@" 2>&1 | sed 's/^srtpgate-ue: error: //'
}

fingerprint()
{
	openssl x509 -in "$PKI/$1.pem" -outform DER | sha256sum |
		cut -d ' ' -f 1
}

plan 21
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

equal "check" "$(kms a check)" "2 rules, 2 accounts, 1 ticket keys, 0 peers"
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
	"$(kms_audit a 'select(.event == "resolved") | .certificate // .psk' |
		tr '\n' ' ')" \
	"$(fingerprint bob) bob@bsf $(fingerprint strange) "
equal "refused: a name that is not the account's" "$(calls "$strange" "$bob")" \
	"error 7 "
equal "refused: another's key" \
	"$(calls "$(terminal alice@a.example alice bob)" "$bob")" "error 0 "
equal "nothing is revoked" "$(calls "$revoked" "$bob")" \
	"issued resolved bob@b.example "
trust "crl = \"$LAB_DIR/a/crl.pem\";"
kms_reload a "reloaded" || diag "no reload: $(cat "$LAB_DIR/a.err")"
equal "now it is" "$(calls "$revoked" "$bob")" "error 8 "
equal "and others are not" "$(calls "$alice" "$bob")" \
	"issued resolved bob@b.example "
trust "crl = \"$LAB_DIR/a/none.pem\";"
kms_reload a "none.pem" || diag "no fault: $(cat "$LAB_DIR/a.err")"
equal "a list that is missing changes nothing" "$(calls "$revoked" "$bob")" \
	"error 8 "
ue_make alice a a bob@bsf alice@a.example <<< '' || bail "no store"
ue_make bob a a bob@bsf bob@b.example <<< '' || bail "no store"
certified alice alice alice kms 'signature = "pss";'
certified bob bob bob kms ''
check "terminals with certificates call each other" call_is_made
equal "and the audit log has them" \
	"$(kms_audit a '[.event, .certificate] | join(" ")' | tail -n 2 |
		tr '\n' ' ')" \
	"issued $(fingerprint alice) resolved $(fingerprint bob) "
equal "a refusal is the server's" "$(says request evil@b.example)" \
	'kms.a.example refuses with "Invalid TPpar", error 15'
equal "no ticket of his own" "$(says make bob@b.example)" \
	"own tickets take a key of bootstrapping, not a certificate"
certified alice alice alice kms-only ''
equal "refused: another certificate of the server's" \
	"$(says request bob@b.example)" \
	'kms.a.example refuses with "Invalid Cert", error 8, or somebody on the way does'
certified alice alice bob kms ''
equal "refused: another's key" "$(says request bob@b.example)" \
	"$LAB_DIR/ue-alice/naf is not the key of the certificate $PKI/alice.pem"
certified alice alice alice alice ''
equal "refused: a server's certificate that is none" \
	"$(says request bob@b.example)" \
	"$PKI/alice.pem: the certificate's key is for another use"
certified alice alice alice kms 'envelope = "pkcs1";'
equal "another encryption cannot be read" "$(says request bob@b.example)" \
	"the KMS's answer is refused: the MAC is wrong"

check "no key is in logs" fails grep -qF \
	"$(sed -n 2p "$LAB_DIR/a/kms.rsa")" "$LAB_DIR/a.err" "$LAB_DIR/a/audit"
ktap_end
