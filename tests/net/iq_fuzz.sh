#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Random orders over Iq, valid and wrong ones, cut short, doubled, lost and
# overtaken, from many calls at once: at the end the gateway's audit is what
# the calls believe, repeats were answered by the same octets, and once all is
# subtracted nothing of it is left.
#
# SECONDS_OF_FUZZ (default 15) and SEED; a failing run is repeated with the
# SEED it printed, as far as timing allows.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/media.sh
. scripts/lib/iq.sh
. scripts/lib/ktap.sh

: "${SECONDS_OF_FUZZ:=15}" "${SEED:=$RANDOM}"

result()
{
	tail -n 1 "$LAB_DIR/fuzz.out" | jq -e "$1"
}

fuzz()
{
	start_on fuzz alg "$LAB_TOOLS/mgc" fuzz --local $ALG:2944 \
		--gateway $GATEWAY_IQ:2944 --seed "$SEED" --callers 24 \
		--seconds "$SECONDS_OF_FUZZ"
	finish fuzz $((SECONDS_OF_FUZZ + 60)) && return
	grep -v '^request' "$LAB_DIR/fuzz.out"
	cat "$LAB_DIR/gateway.err"
	return 1
}

# Without any of these the run would have shown little.
thorough()
{
	result . && result '.succeeded > 200 and .refused > 50 and
		.repeated > 20 and .identical > 20 and .garbage > 20 and
		.no_resources == 0'
}

# Also not at its end, where sanitizers speak of leaks.
gateway_was_content()
{
	gateway_stop &&
		! grep -vE 'attached|engine|memory|ready|registered|stopped|sanitizers' \
			"$LAB_DIR/gateway.err"
}

plan 5
iq_lab iqfuzz
iq_config
echo "# SEED=$SEED"
# Slots and ports rest for a while before they serve again.
sed -i 's/30000/10000/; s/30199/31999/; s/streams = 64/streams = 8192/' \
	"$LAB_DIR/srtpgated.conf"
check "gateway starts" gateway_start || bail "gateway starts"
before=$(in_use)
check "the audit at the end is what the calls believe" fuzz ||
	bail "the fuzz ended early"
check "it was thorough" thorough
check "nothing is left" nothing_is_left "$before"
check "and the gateway had nothing to warn of" gateway_was_content
ktap_end
