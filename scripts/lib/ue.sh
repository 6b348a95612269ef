# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Terminals in a laboratory (lab.sh) with key management servers (kms.sh):
# each is a folder $LAB_DIR/ue-NAME.
#
#   ue_lab NAME RULES         two domains: nodes a and b, wired, each with a
#                             server that asks the other (Zk); not started
#   ue_make NAME NODE KMS ID IDENTITY  with an account of that server; more
#                             configuration on stdin; its store is made
#   ue NAME COMMAND...        srtpgate-ue with its configuration
#   ue_sdp ADDRESS PORT       a description of its media: a call of PCMU
#   ue_call CALLER CALLEE NAME   a whole call: its descriptions, and keys in
#                             $LAB_DIR/NAME.CALLER and $LAB_DIR/NAME.CALLEE
#   ue_key FILE send|receive FIELD   ssrc, suite or key of the first m= line

declare -A UE_NODE=()

ue_lab()
{
	lab_open "$1"
	lab_node a b
	lab_wire a eth0 b eth0
	on a ip address add 10.9.0.1/24 dev eth0
	on b ip address add 10.9.0.2/24 dev eth0
	kms_authority ca
	kms_certificate a kms.a.example ca
	kms_certificate b kms.b.example ca
	(umask 077; openssl rand -base64 32 > "$LAB_DIR/zk.key")
	kms_zk a kms.b.example 10.9.0.2:8444 '*@b.example' |
		kms_make a a.example
	kms_zk b kms.a.example 10.9.0.1:8444 '*@a.example' |
		kms_make b b.example
	kms_account a alice@bsf alice@a.example
	kms_account b bob@bsf bob@b.example
	kms_account b carol@bsf carol@b.example
	kms_policy a "$2"
	kms_policy b "$2"
}

# Events of server $1's audit log: ue_audit SERVER EVENT counts them.
ue_audit()
{
	jq -r "select(.event == \"$2\") | .event" "$LAB_DIR/$1/audit" | wc -l
}

ue_make()
{
	local folder=$LAB_DIR/ue-$1 name

	UE_NODE[$1]=$2
	mkdir -m 700 "$folder"
	name=$(sed -n 's/^name = "\([^"]*\)".*/\1/p' "$LAB_DIR/$3/conf")
	(umask 077; cp "$LAB_DIR/$3/$4.key" "$folder/naf")
	{
		echo "identities = [ \"$5\" ];"
		echo "kms = { name = \"$name\"; address = \"${UE_KMS:-127.0.0.1}:$KMS_PORT\"; timeout = 5; };"
		echo "credential = { id = \"$4\"; key_file = \"$folder/naf\"; };"
		echo "store = { path = \"$folder/store\"; key_file = \"$folder/key\"; };"
		echo "skew = 3600;"	# a busy machine makes messages old
		cat
	} > "$folder/conf"
	ue "$1" init
}

ue()
{
	local name=$1

	shift
	on "${UE_NODE[$name]}" "$LAB_BUILD/srtpgate-ue" \
		-c "$LAB_DIR/ue-$name/conf" "$@"
}

ue_sdp()
{
	cat <<-end
	v=0
	o=- 1 1 IN IP4 $1
	s=-
	c=IN IP4 $1
	t=0 0
	m=audio $2 RTP/AVP 0
	a=rtpmap:0 PCMU/8000
	end
}

ue_identity()
{
	sed -n 's/^identities = \[ "\([^"]*\)".*/\1/p' "$LAB_DIR/ue-$1/conf"
}

ue_call()
{
	local call=$LAB_DIR/$3

	ue_sdp 10.9.0.1 5004 |
		ue "$1" offer -s "$call.state" "$(ue_identity "$2")" \
		> "$call.offer" || return
	ue_sdp 10.9.0.2 5004 |
		ue "$2" accept -f "$(ue_identity "$1")" -k "$call.$2" \
		"$call.offer" - > "$call.answer" || return
	ue "$1" complete -k "$call.$1" "$call.state" "$call.answer"
}

ue_key()
{
	local field

	case $3 in
	ssrc) field=4 ;; suite) field=5 ;; key) field=6 ;; mki) field=7 ;;
	esac
	awk -v way="$2" -v field="$field" '$3 == way { print $field; exit }' "$1"
}
