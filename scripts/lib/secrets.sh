# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Where keys must not be. Those looked for are in $LAB_DIR/*.key (gateway.sh,
# iq.sh). Needs lab.sh.
#
#   holds_no_key FILE...       none of them as base64, hexadecimal or bytes
#   search_finds NAME          the search would find the keys of call NAME
#   no_key_in_memory MARK      of the daemon; MARK is there, to show that the
#                              search searches

spellings()
{
	cut -d' ' -f2 "$LAB_DIR"/*.key
	for key in $(cut -d' ' -f2 "$LAB_DIR"/*.key); do
		hex_key "$key"
		echo
	done
}

bytes()
{
	for key in $(cut -d' ' -f2 "$LAB_DIR"/*.key); do
		base64 -d <<< "$key" | od -An -v -tx1 | tr -d '\n' |
			sed 's/ /\\x/g'
		echo
	done
}

holds_no_key()
{
	local pattern

	! grep -qaiF -f <(spellings) "$@" || return
	for pattern in $(bytes); do
		! LC_ALL=C grep -qaP "$pattern" "$@" || return
	done
}

search_finds()
{
	cut -d' ' -f2 "$LAB_DIR/$1.ue.key" | base64 -d > "$LAB_DIR/raw"
	! holds_no_key "$LAB_DIR/raw" && ! holds_no_key "$LAB_DIR/$1.ue.key"
}

# Every writable region of the daemon's memory.
memory()
{
	local pid=${PID[gateway]} range start end

	while read -r range _; do
		start=$((16#${range%-*}))
		end=$((16#${range#*-}))
		dd if="/proc/$pid/mem" bs=64K iflag=skip_bytes,count_bytes \
			skip=$start count=$((end - start)) status=none
	done < <(grep ' rw' "/proc/$pid/maps") 2>/dev/null
}

no_key_in_memory()
{
	memory > "$LAB_DIR/memory"
	grep -qa "$1" "$LAB_DIR/memory" && holds_no_key "$LAB_DIR/memory"
}
