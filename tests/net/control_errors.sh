#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Requests that must fail: each gets an errno name and one sentence that
# names the culprit, and none changes anything.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/ktap.sh

KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
SUITE=AES_CM_128_HMAC_SHA1_80

# Terminations to build bad requests from.
T0='{"realm":"access","remote":{"address":"10.77.1.2","port":4100}}'
T1='{"realm":"core","remote":{"address":"10.77.2.2","port":5100}}'

add()
{
	echo '{"id":1,"method":"context.add","params":'"$1"'}'
}

# The core side of a good context, and this access side.
with()
{
	add '{"context":"bad","terminations":['"$1,$T1"']}'
}

# A key with these members besides, as a receive key of the access side.
key()
{
	echo '{"suite":"'$SUITE'","key":"'$KEY'"'"${1:+,$1}"'}'
}

keyed()
{
	with '{"realm":"access","remote":{"address":"10.77.1.2","port":4100},"srtp":{"receive":'"$1"'}}'
}

# A side whose keys a server has, with these members.
mikey()
{
	with '{"realm":"access","remote":{"address":"10.77.1.2","port":4100},"srtp":{"mikey":{'"$1"'}}}'
}

change()
{
	echo '{"id":1,"method":"context.change","params":{"context":"standing","terminations":['"$1"']}}'
}

state()
{
	request context.show | jq -cS .result.contexts
}

# refused WORD REQUEST: an error whose sentence contains WORD.
refused()
{
	local answer

	answer=$(printf '%s\n' "$2" | raw_request)
	echo "$answer"
	jq -es --arg word "$1" 'length == 1 and (.[0] |
		(has("result") | not) and
		(.error.code | test("^E[A-Z0-9]+$")) and
		(.error.message | test("^[^\n]{10,300}$") and
		 (ascii_downcase | contains($word))))' <<< "$answer"
}

# NAME | WORD that the sentence must contain | REQUEST
table()
{
	cat <<- REQUESTS
		not JSON|json|{"id":1,
		not an object|object|[1,2]
		no method|method|{"id":1}
		unknown method|context.destroy|{"id":1,"method":"context.destroy"}
		method not a string|method|{"id":1,"method":7}
		params not an object|object|{"id":1,"method":"status","params":[1]}
		unknown request member|extra|{"id":1,"method":"status","extra":1}
		unknown context member|colour|$(add '{"context":"bad","colour":"red","terminations":['"$T0,$T1"']}')
		unknown termination member|colour|$(with '{"realm":"access","colour":1,"remote":{"address":"10.77.1.2","port":4100}}')
		no terminations|terminations|$(add '{"context":"bad"}')
		one termination|two|$(add '{"context":"bad","terminations":['"$T0"']}')
		three terminations|two|$(add '{"context":"bad","terminations":['"$T0,$T1,$T1"']}')
		name with a space|context|$(add '{"context":"a b","terminations":['"$T0,$T1"']}')
		name of 64 characters|context|$(add '{"context":"'"$(printf 'x%.0s' {1..64})"'","terminations":['"$T0,$T1"']}')
		name in use|standing|$(add '{"context":"standing","terminations":['"$T0,$T1"']}')
		unknown realm|mars|$(with '{"realm":"mars","remote":{"address":"10.77.1.2","port":4100}}')
		no realm|realm|$(with '{"remote":{"address":"10.77.1.2","port":4100}}')
		no remote|remote|$(with '{"realm":"access"}')
		remote is a name|address|$(with '{"realm":"access","remote":{"address":"example","port":4100}}')
		port 0|port|$(with '{"realm":"access","remote":{"address":"10.77.1.2","port":0}}')
		port 65536|port|$(with '{"realm":"access","remote":{"address":"10.77.1.2","port":65536}}')
		port as text|port|$(with '{"realm":"access","remote":{"address":"10.77.1.2","port":"4100"}}')
		local address not the realm's|10.77.9.9|$(with '{"realm":"access","local":{"address":"10.77.9.9"},"remote":{"address":"10.77.1.2","port":4100}}')
		local port not the realm's|9999|$(with '{"realm":"access","local":{"address":"10.77.1.1","port":9999},"remote":{"address":"10.77.1.2","port":4100}}')
		local port in use|30000|$(with '{"realm":"access","local":{"address":"10.77.1.1","port":30000},"remote":{"address":"10.77.1.2","port":4100}}')
		unknown source rule|source|$(with '{"realm":"access","source":"friends","remote":{"address":"10.77.1.2","port":4100}}')
		filter of nothing|source|$(with '{"realm":"access","source":{},"remote":{"address":"10.77.1.2","port":4100}}')
		filter with a colour|colour|$(with '{"realm":"access","source":{"address":"10.77.1.2","colour":1},"remote":{"address":"10.77.1.2","port":4100}}')
		filter of 33 bits|source.address|$(with '{"realm":"access","source":{"address":"10.77.0.0/33"},"remote":{"address":"10.77.1.2","port":4100}}')
		filter of another family|family|$(with '{"realm":"access","source":{"address":"fd00::/8"},"remote":{"address":"10.77.1.2","port":4100}}')
		filter of one port|source.ports|$(with '{"realm":"access","source":{"ports":[4000]},"remote":{"address":"10.77.1.2","port":4100}}')
		filter of ports, the wrong way|source.ports|$(with '{"realm":"access","source":{"ports":[4001,4000]},"remote":{"address":"10.77.1.2","port":4100}}')
		filter of port 0|source.ports|$(with '{"realm":"access","source":{"ports":[0,4000]},"remote":{"address":"10.77.1.2","port":4100}}')
		latch without a key|latch|$(with '{"realm":"access","source":"latch","remote":{"address":"10.77.1.2","port":4100}}')
		unknown gate|gate|$(with '{"realm":"access","gate":"ajar","remote":{"address":"10.77.1.2","port":4100}}')
		DSCP 64|dscp|$(with '{"realm":"access","dscp":64,"remote":{"address":"10.77.1.2","port":4100}}')
		unknown suite|suite|$(with '{"realm":"access","remote":{"address":"10.77.1.2","port":4100},"srtp":{"receive":{"suite":"ROT13","key":"'$KEY'"}}}')
		key too short|key|$(with '{"realm":"access","remote":{"address":"10.77.1.2","port":4100},"srtp":{"receive":{"suite":"'$SUITE'","key":"AAAA"}}}')
		key not base64|key|$(with '{"realm":"access","remote":{"address":"10.77.1.2","port":4100},"srtp":{"receive":{"suite":"'$SUITE'","key":"!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}}')
		no key beside the suite|key|$(with '{"realm":"access","remote":{"address":"10.77.1.2","port":4100},"srtp":{"receive":{"suite":"'$SUITE'"}}}')
		MKI not hexadecimal|mki|$(with '{"realm":"access","remote":{"address":"10.77.1.2","port":4100},"srtp":{"receive":{"suite":"'$SUITE'","key":"'$KEY'","mki":"xy"}}}')
		the key of another suite|key|$(with '{"realm":"access","remote":{"address":"10.77.1.2","port":4100},"srtp":{"receive":{"suite":"AES_256_CM_HMAC_SHA1_80","key":"'$KEY'"}}}')
		GCM without encryption|receive|$(with '{"realm":"access","remote":{"address":"10.77.1.2","port":4100},"srtp":{"receive":{"suite":"AEAD_AES_128_GCM","key":"'$KEY'","unencrypted_srtp":true}}}')
		GCM without authentication|receive|$(with '{"realm":"access","remote":{"address":"10.77.1.2","port":4100},"srtp":{"receive":{"suite":"AEAD_AES_128_GCM","key":"'$KEY'","unauthenticated_srtp":true}}}')
		a session parameter that is no boolean|unencrypted_srtcp|$(with '{"realm":"access","remote":{"address":"10.77.1.2","port":4100},"srtp":{"receive":{"suite":"'$SUITE'","key":"'$KEY'","unencrypted_srtcp":1}}}')
		latch without authentication|latch|$(with '{"realm":"access","source":"latch","remote":{"address":"10.77.1.2","port":4100},"srtp":{"receive":{"suite":"'$SUITE'","key":"'$KEY'","unauthenticated_srtp":true}}}')
		four receive keys|receive|$(keyed '[{},{},{},{}]')
		no receive keys|receive|$(keyed '[]')
		two keys of one MKI|mkis|$(keyed "[$(key '"mki":"01"'),$(key '"mki":"01"')]")
		MKIs of two lengths|mkis|$(keyed "[$(key '"mki":"01"'),$(key '"mki":"02"'),$(key '"mki":"0003"')]")
		two of three keys of one MKI|mkis|$(keyed "[$(key '"mki":"01"'),$(key '"mki":"02"'),$(key '"mki":"01"')]")
		MKI of control characters|mki|$(keyed "$(key '"mki":"\u0010\u0011"')")
		MKI of three digits|mki|$(keyed "$(key '"mki":"012"')")
		MKI of 129 octets|mki|$(keyed "$(key '"mki":"'"$(printf '%0258d' 1)"'"')")
		lifetime of no packet|lifetime|$(keyed "$(key '"lifetime":0')")
		lifetime of 2^49|lifetime|$(keyed "$(key '"lifetime":"2^49"')")
		lifetime above 2^48|lifetime|$(keyed "$(key '"lifetime":281474976710657')")
		lifetime that is a number as text|lifetime|$(keyed "$(key '"lifetime":"1000"')")
		lifetime that is no whole number|lifetime|$(keyed "$(key '"lifetime":1000.5')")
		key derivation rate of 2^25|kdr|$(keyed "$(key '"kdr":25')")
		extension 0|encrypted_extensions|$(keyed "$(key '"encrypted_extensions":[1,0]')")
		extension 256|encrypted_extensions|$(keyed "$(key '"encrypted_extensions":[256]')")
		no extension|encrypted_extensions|$(keyed "$(key '"encrypted_extensions":[]')")
		encrypted extensions of what is not|extensions|$(keyed "$(key '"unencrypted_srtp":true,"encrypted_extensions":[1]')")
		MIKEY without an offer|offer|$(mikey '"party":"offerer"')
		MIKEY with a colour|colour|$(mikey '"offer":"x","colour":1')
		MIKEY of section 0|media|$(mikey '"offer":"x","media":0')
		MIKEY of section 101|media|$(mikey '"offer":"x","media":101')
		MIKEY of a third party|party|$(mikey '"offer":"x","party":"judge"')
		MIKEY with an MKI in digits|mki|$(mikey '"offer":"x","mki":"01"')
		MIKEY that is no text|offer|$(mikey '"offer":["x"]')
		MIKEY beside a key|mikey|$(with '{"realm":"access","remote":{"address":"10.77.1.2","port":4100},"srtp":{"mikey":{"offer":"x"},"send":'"$(key)"'}}')
		MIKEY at both sides|one of them|$(change '{"termination":0,"srtp":{"mikey":{"offer":"x"}}},{"termination":1,"srtp":{"mikey":{"offer":"x"}}}')
		MIKEY without a server|kms|$(mikey '"offer":"x"')
		opaque that is neither|opaque|{"id":1,"method":"context.change","params":{"context":"standing","opaque":1,"terminations":[]}}
		opaque with keys|opaque|{"id":1,"method":"context.change","params":{"context":"standing","opaque":true,"terminations":[]}}
		change of no context|absent|{"id":1,"method":"context.change","params":{"context":"absent","terminations":[{"termination":0,"gate":"closed"}]}}
		change of termination 2|termination|$(change '{"termination":2,"gate":"closed"}')
		change of what cannot|local|$(change '{"termination":0,"local":{"port":30010}}')
		second of two changes bad|port|$(change '{"termination":0,"gate":"closed"},{"termination":1,"remote":{"port":70000}}')
		remove of no context|absent|{"id":1,"method":"context.remove","params":{"context":"absent"}}
		remove without a name|context|{"id":1,"method":"context.remove","params":{}}
		streams of no context|absent|{"id":1,"method":"stream.show","params":{"context":"absent"}}
	REQUESTS
}

# A line longer than 64 KiB ends the connection or gets an error; the
# daemon lives on.
too_long()
{
	head -c 100000 /dev/zero | tr '\0' 'x' | raw_request
	succeed status
}

# The answer carries the request's id, whatever JSON it is.
id_returns()
{
	local answer

	answer=$(echo '{"id":{"a":[1,null]},"method":"nothing"}' | raw_request)
	echo "$answer"
	jq -es '.[0] | .id == {"a":[1,null]} and .error != null' <<< "$answer"
}

two_in_one_write()
{
	local answers

	answers=$(printf '%s\n%s\n' '{"id":1,"method":"status"}' \
		'{"id":2,"method":"nothing"}' | raw_request | jq -c .id)
	[ "$answers" = "$(printf '1\n2')" ]
}

plan $(($(table | wc -l) + 5))
gateway_lab control
gateway_config
check "gateway starts" gateway_start || bail "gateway starts"
succeed context.add "$(context standing 0)" > "$LAB_DIR/add.txt" ||
	bail "a good context is added"
before=$(state)
while IFS='|' read -r name word json; do
	check "refused: $name" refused "$word" "$json"
done < <(table)
check "a line without end does no harm" too_long
check "the id comes back unchanged" id_returns
check "requests in one write are answered in order" two_in_one_write
equal "nothing has changed" "$(state)" "$before"
ktap_end
