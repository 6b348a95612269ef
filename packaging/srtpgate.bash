# SPDX-License-Identifier: GPL-2.0-only
# bash completion for srtpgate(8)

_srtpgate_contexts()
{
	local i root=()

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-p | --pin) root=(-p "${COMP_WORDS[i + 1]}") ;;
		esac
	done
	srtpgate "${root[@]}" -j context show 2>/dev/null |
		grep -o '"context":"[^"]*","created"' | cut -d '"' -f 4
}

# Prints the words of the command so far, without the global options.
_srtpgate_command()
{
	local i skip=

	for ((i = 1; i < COMP_CWORD; i++)); do
		if [ -n "$skip" ]; then
			skip=
			continue
		fi
		case ${COMP_WORDS[i]} in
		-s | -p | --control | --pin) skip=1 ;;
		-*) ;;
		*) echo "${COMP_WORDS[i]}" ;;
		esac
	done
}

_srtpgate()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local words= command

	mapfile -t command < <(_srtpgate_command)
	case $before in
	-s | --control | -w)
		if [ "${command[0]:-}" != drop-reasons ]; then
			mapfile -t COMPREPLY < <(compgen -f -- "$word")
		fi
		return
		;;
	-p | --pin)
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
		;;
	esac
	case ${command[*]} in
	'') words="status context iq stream drop-reasons top capture check
		-j -s -p -h -V" ;;
	context) words="show add change open remove" ;;
	iq) words="show leave" ;;
	"iq leave") words="now" ;;
	stream) words="show" ;;
	"context show" | "context change" | "context open" | \
	"context remove" | \
	"stream show" | capture) words=$(_srtpgate_contexts) ;;
	"context add" | "context change "* | "context open "*)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	drop-reasons) words="-a -w -j" ;;
	top) words="-i -n -l -j" ;;
	"capture "*) words="-w -c -j" ;;
	check*) words=$(ls /sys/class/net) ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
	__ltrim_colon_completions "$word" 2>/dev/null
}

complete -F _srtpgate srtpgate
