#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Writes the keys and certificates of the tests into pki/ beside itself, with
# the openssl command. They open nothing outside of the tests. Run it anew and
# reference_pk.py after it, and the vectors are others.

set -eu
cd "$(dirname "$0")"
mkdir -p pki
cd pki
rm -f -- *
umask 077
# Clocks of all machines that run the tests lie between.
FIRST=20200101000000Z
LAST=21200101000000Z

cat > ca.conf <<end
[ca]
default_ca = it
[it]
database = index
crlnumber = number
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
email_in_dn = no
unique_subject = no
[any]
commonName = supplied
end
: > index
echo 01 > number

fail()
{
	cat log
	exit 1
}

new_key()
{
	openssl genpkey -quiet -algorithm RSA -pkeyopt "rsa_keygen_bits:$2" \
		-out "$1.key"
}

issue()
{
	openssl ca -config ca.conf -batch -notext \
		-startdate $FIRST -enddate "${END:-$LAST}" \
		-extfile extensions "$@" 2> log || fail
}

# certify NAME KEY ISSUER EXTENSION...; END: when it expires.
certify()
{
	local name=$1 key=$2 issuer=$3

	shift 3
	printf '%s\n' subjectKeyIdentifier=hash authorityKeyIdentifier=keyid \
		"$@" > extensions
	openssl req -new -key "$key.key" -subj "/CN=$name" -out request
	issue -in request -cert "$issuer.pem" -keyfile "$issuer.key" \
		-out "$name.pem"
}

# authority NAME: a root.
authority()
{
	printf '%s\n' subjectKeyIdentifier=hash \
		basicConstraints=critical,CA:TRUE \
		keyUsage=critical,keyCertSign,cRLSign > extensions
	openssl req -new -key "$1.key" -subj "/CN=$1" -out request
	issue -selfsign -in request -keyfile "$1.key" -out "$1.pem"
}

# list AUTHORITY: appends what it has revoked.
list()
{
	openssl ca -config ca.conf -cert "$1.pem" -keyfile "$1.key" -gencrl \
		-crl_lastupdate $FIRST -crl_nextupdate $LAST \
		2> log >> crl.pem || fail
}

for name in ca foreign sub alice bob kms; do
	new_key $name 3072
done
new_key weak 2048
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
	-out curve.key
authority ca
authority foreign

SIGN=keyUsage=critical,digitalSignature
ALICE=subjectAltName=URI:sip:alice@a.example

certify sub sub ca basicConstraints=critical,CA:TRUE \
	keyUsage=critical,keyCertSign,cRLSign
certify alice alice ca $SIGN $ALICE
certify bob bob ca $SIGN \
	subjectAltName=email:bob@b.example,URI:sip:desk@b.example
certify kms kms ca \
	keyUsage=critical,digitalSignature,keyEncipherment \
	subjectAltName=DNS:kms.a.example
# The same key, that may sign nothing.
certify kms-only kms ca keyUsage=critical,keyEncipherment \
	subjectAltName=DNS:kms.a.example

# Alice below another authority, and what is wrong with the others.
certify below alice sub $SIGN $ALICE
certify strange alice foreign $SIGN $ALICE
certify revoked alice ca $SIGN $ALICE
END=20200102000000Z certify expired alice ca $SIGN $ALICE
certify use alice ca keyUsage=critical,keyEncipherment $ALICE
certify purpose alice ca $SIGN extendedKeyUsage=codeSigning $ALICE
certify small weak ca $SIGN $ALICE
certify curve curve ca $SIGN $ALICE
certify nameless alice ca $SIGN subjectAltName=DNS:alice.a.example
certify group alice ca $SIGN \
	'subjectAltName=email:*@a.example,URI:tel:+1234'
# Vouched for by an authority that is none.
certify child alice bob $SIGN $ALICE

openssl ca -config ca.conf -cert ca.pem -keyfile ca.key -revoke revoked.pem \
	2> log || fail
list ca
: > index
list sub

rm -f extensions request log ca.conf index* number* [0-9A-F]*.pem \
	ca.key foreign.key sub.key
