#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds each fuzz target with libFuzzer, ASan and UBSan, replays its corpus
# and fuzzes for a bounded time. What breaks a target is kept in build/fuzz/.
#
# FUZZ_SECONDS=seconds	for each target, default 10
# FUZZ_CORPUS=folder	keeps what is found there, in a folder a target;
#			else it is thrown away
# Usage: tests/fuzz/run.sh [target...]

set -u
cd "$(dirname "$0")/../.." || exit 1

CLANG=${CLANG:-clang-19}
seconds=${FUZZ_SECONDS:-10}
out=build/fuzz
targets=("$@")
[ $# -gt 0 ] || targets=(h248 h248_exchange sdes iq_record iq_side iq
	mikey kms zn message srtp receiver ue)
# The module's core is for one kind of processor.
[ $# -gt 0 ] || [ "$(uname -m)" != x86_64 ] || targets+=(kfuncs)
sanitize=-fsanitize=fuzzer,address,undefined
lib=userspace/lib
gated=userspace/gated
iq=$gated/iq

# What a target is linked from, besides its own file.
sources()
{
	local common="$lib/cursor.c $lib/slice.c $lib/secret.c"
	local codec

	codec="$(grep -lE '"lib/h248(_(reader|token|tree|writer))?\.h"' \
		"$lib"/h248_*.c | grep -v exchange) $lib/address.c"
	case $1 in
	h248) echo "$codec" "$common" ;;
	h248_exchange)
		echo "$lib"/h248_exchange*.c "$lib/h248_address.c" "$codec" \
			"$common" ;;
	iq_side)
		echo "$iq"/iq_{side,local,property,sdp,crypto}.c \
			"$iq"/iq_{extmap,package,fault}.c "$gated"/{home,realm,ports,slots}.c \
			"$lib"/sd[ep]*.c "$lib"/{codec,fault,base64,log}.c \
			"$lib"/{master_key,aes_compact,evp_aes}.c \
			"$lib"/srtp_{kdf,mac}.c "$codec" "$common" ;;
	iq)
		echo "$iq"/iq_{audit,audit_root,command,command_context}.c \
			"$iq"/iq_{command_root,context,crypto,event}.c \
			"$iq"/iq_{extmap,fault,local,media,package,property}.c \
			"$iq"/iq_{record,reply,sdp,select,side,statistics}.c \
			"$gated"/{home,realm,ports,slots,walk}.c \
			"$lib"/h248_exchange*.c "$lib"/sd[ep]*.c \
			"$lib"/{codec,fault,base64,log,h248_address}.c \
			"$lib"/{master_key,aes_compact,evp_aes}.c \
			"$lib"/srtp_{kdf,mac}.c "$codec" "$common" ;;
	mikey)
		echo "$lib"/mikey*.c "$lib"/{master_key,aes_compact,base64}.c \
			"$lib"/{evp_aes,fault,hmac,private_file}.c \
			"$lib"/{srtp_kdf,srtp_mac}.c "$common" ;;
	message)
		# shellcheck disable=SC2046
		echo userspace/ue/{message,message_cms,message_mime,mime}.c \
			tests/lib/{mikey_call,ktap}.c "$lib/hex.c" \
			$(sources mikey) ;;
	receiver)
		# shellcheck disable=SC2046
		echo "$gated"/spec*.c "$gated"/receiver/receiver_{call,sdp}.c \
			tests/lib/{mikey_call,ktap}.c "$lib"/{sdp,address}.c \
			"$lib"/{identity_list,codec,hex}.c $(sources mikey) ;;
	ue)
		# shellcheck disable=SC2046
		echo userspace/ue/{description,sessions,tls_psk}.c \
			"$lib"/{sdp,hex}.c \
			$(sources mikey) ;;
	kfuncs) echo kernel/core.c ;;
	kms)
		# shellcheck disable=SC2046
		echo userspace/kms/{account,audit,certificate,exchange,kms}.c \
			userspace/kms/{policy,request,resolve}.c \
			userspace/kms/{ticket_keys,user}.c \
			tests/lib/{kms_rig,kms_client,mikey_pki,ktap}.c \
			"$lib"/{config_table,log,identity_list}.c \
			"$lib"/{psk_file,prometheus,host_port}.c \
			$(sources mikey) ;;
	zn)
		echo userspace/kms/{diameter,user,zn_message,zn_uss}.c \
			"$lib"/{mikey_identity,mikey_key,gba}.c \
			"$lib"/{mikey_payload,base64}.c "$common" ;;
	srtp)
		echo "$lib"/{srtp*,evp_aes,aes_compact,master_key,base64}.c \
			"$common" ;;
	sdes) echo "$lib"/sd[ep]*.c "$lib/base64.c" "$common" ;;
	iq_record)
		echo "$iq/iq_record.c" "$gated/walk.c" "$lib/address.c" \
			"$lib/sdes_suite.c" "$common" ;;
	esac
}

# The folders that hold a target's messages.
corpora()
{
	echo "tests/fuzz/corpus/$1"
	[ "$1" != h248 ] || echo tests/unit/data/h248
}

count=0
failed=0
result()
{
	count=$((count + 1))
	[ "$1" = ok ] || failed=$((failed + 1))
	echo "$1 $count $2"
}

# verdict NAME COMMAND...: passes when COMMAND succeeds, else shows its end.
verdict()
{
	local name=$1

	shift
	if "$@" > "$temporary/log" 2>&1; then
		result ok "$name"
	else
		result "not ok" "$name"
		tail -n 40 "$temporary/log" | sed 's/^/# /'
		return 1
	fi
}

build()
{
	# shellcheck disable=SC2046
	"$CLANG" -g -O1 -std=gnu11 -Wall -Wextra -Werror "$sanitize" \
		-fno-sanitize-recover=all -Iinclude -Iuserspace -D_GNU_SOURCE \
		-o "$out/fuzz_$1" "tests/fuzz/fuzz_$1.c" $(sources "$1") -lcrypto \
		-levent -lexpat -lconfig -ljansson
}

replay()
{
	# shellcheck disable=SC2046
	"$out/fuzz_$1" -artifact_prefix="$out/$1-" \
		$(find $(corpora "$1") -type f)
}

dictionary()
{
	case $1 in
	h248_exchange) echo h248 ;;
	kms) echo mikey ;;
	*) echo "$1" ;;
	esac
}

fuzz()
{
	local found=${FUZZ_CORPUS:-$temporary}/$1
	local dict=tests/fuzz/${1%_exchange}.dict

	[ -e "$dict" ] || dict=	# octets without words

	mkdir -p "$found"
	# shellcheck disable=SC2046
	"$out/fuzz_$1" -max_total_time="$seconds" -max_len=4096 -timeout=5 \
		-rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$out/$1-" \
		${dict:+-dict="$dict"} \
		"$found" $(corpora "$1")
}

echo "TAP version 13"
temporary=$(mktemp -d) || exit 1
trap 'rm -rf "$temporary"' EXIT
mkdir -p "$out"

echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' \
	> "$temporary/probe.c"
if ! "$CLANG" "$sanitize" -o "$temporary/probe" "$temporary/probe.c" \
	2> "$temporary/log"; then
	echo "1..0 # SKIP $CLANG cannot link libFuzzer: apt-get install clang-19 libclang-rt-19-dev"
	exit 0
fi

echo "1..$((3 * ${#targets[@]}))"
for target in "${targets[@]}"; do
	if ! verdict "fuzz_$target is built" build "$target"; then
		result "not ok" "fuzz_$target replays its corpus: not built"
		result "not ok" "fuzz_$target finds nothing: not built"
		continue
	fi
	verdict "fuzz_$target replays its corpus" replay "$target"
	verdict "fuzz_$target finds nothing in $seconds s" fuzz "$target" &&
		grep -E 'stat::(number_of_executed_units|new_units_added)' \
			"$temporary/log" | sed 's/^/# /'
done
[ "$failed" = 0 ]
