# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Key management servers in a laboratory (lab.sh): each is a folder
# $LAB_DIR/NAME and a namespace NAME.
#
#   kms_make NAME DOMAIN       folder, user's keys, configuration on stdin is
#                              added to the usual one; one ticket key
#   kms_account NAME ID IDENTITY [OPTIONS]   adds an account, makes its key
#   kms_policy NAME RULES      writes the policy, with all accounts
#   kms NAME COMMAND...        srtpgate-kms with its configuration
#   kms_start NAME [OPTION...] until it is ready
#   kms_reload NAME TEXT       SIGHUP; until its log says so once more
#   kms_audit NAME FILTER      what jq makes of its audit log
#   kms_user NAME ID IDENTITY  the words that kms_call wants
#   kms_authority NAME, kms_certificate NAME DOMAIN AUTHORITY   for TLS
#   kms_zk CERTIFICATE PEER ADDRESS DOMAINS   configuration of Zk, with one
#                              peer and the authority "ca"; needs zk.key
#   kms_call ...               the tool; $URL_I, $URL_R, $CURL_I, $CURL_R

KMS_PORT=8080

kms_make()
{
	local folder=$LAB_DIR/$1

	mkdir -p "$folder"
	chmod 700 "$folder"
	: > "$folder/accounts"
	{
		echo "name = \"kms.$2\"; listen = \"0.0.0.0:$KMS_PORT\";"
		echo "user = \"nobody\"; group = \"nogroup\";"
		echo "policy = \"$folder/policy\";"
		echo "ticket_keys = \"$folder/ticket-keys\";"
		echo "audit = \"$folder/audit\"; metrics = \"127.0.0.1:9465\";"
		cat
	} > "$folder/conf"
	chown -R nobody:nogroup "$folder"
	kms "$1" key add > /dev/null
}

kms_account()
{
	local folder=$LAB_DIR/$1

	openssl rand -base64 32 > "$folder/$2.key"
	chmod 600 "$folder/$2.key"
	chown nobody:nogroup "$folder/$2.key"
	echo "{ id = \"$2\"; key_file = \"$folder/$2.key\";" \
		"identities = [ \"$3\" ]; ${4:-} }," >> "$folder/accounts"
}

kms_policy()
{
	local folder=$LAB_DIR/$1

	{
		echo "rules = ( $2 );"
		echo "accounts = ("
		sed '$ s/,$//' "$folder/accounts"
		echo ");"
	} > "$folder/policy"
	chown nobody:nogroup "$folder/policy"
}

kms()
{
	local folder=$LAB_DIR/$1

	shift
	"$LAB_BUILD/srtpgate-kms" -c "$folder/conf" "$@"
}

kms_start()
{
	local name=$1

	shift
	start_on "$name" "$name" "$LAB_BUILD/srtpgate-kms" \
		-c "$LAB_DIR/$name/conf" "$@"
	wait_until 10 said "$name" "ready:"
}

kms_reload()
{
	local before

	before=$(grep -c "$2" "$LAB_DIR/$1.err")
	kill -HUP "${PID[$1]}"
	wait_until 10 kms_said_again "$1" "$2" "$before"
}

kms_said_again()
{
	[ "$(grep -c "$2" "$LAB_DIR/$1.err")" -gt "$3" ]
}

kms_audit()
{
	jq -r "$2" "$LAB_DIR/$1/audit" 2>&1
}

kms_user()
{
	local domain

	domain=$(sed -n 's/^name = "\([^"]*\)".*/\1/p' "$LAB_DIR/$1/conf")
	echo "$3,$2,$LAB_DIR/$1/$2.key,$domain"
}

kms_call()
{
	URL_I=${URL_I:-http://127.0.0.1:$KMS_PORT/keymanagement} \
	URL_R=${URL_R:-http://127.0.0.1:$KMS_PORT/keymanagement} \
	CURL_I=${CURL_I:-curl -s -m 20} CURL_R=${CURL_R:-curl -s -m 20} \
		"$LAB_TOOLS/kms_call" "$@"
}

kms_authority()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 2 -subj "/CN=$1" -keyout "$LAB_DIR/$1.key" \
		-out "$LAB_DIR/$1.pem" 2> /dev/null
}

kms_certificate()
{
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-subj "/CN=$2" -keyout "$LAB_DIR/$1.key" \
		-out "$LAB_DIR/$1.csr" 2> /dev/null
	openssl x509 -req -in "$LAB_DIR/$1.csr" -days 2 \
		-CA "$LAB_DIR/$3.pem" -CAkey "$LAB_DIR/$3.key" \
		-extfile <(echo "subjectAltName=DNS:$2") \
		-out "$LAB_DIR/$1.pem" 2> /dev/null
}

kms_zk()
{
	cat <<-end
	zk = {
	  listen = "0.0.0.0:8444";
	  certificate = "$LAB_DIR/$1.pem"; key = "$LAB_DIR/$1.key";
	  authority = "$LAB_DIR/ca.pem";
	  peers = ( { name = "$2"; address = "$3"; domains = [ "$4" ];
	    key_file = "$LAB_DIR/zk.key"; } );
	};
	timeout = 2;
	end
}
