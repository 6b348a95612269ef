#!/usr/bin/awk -f
# SPDX-License-Identifier: GPL-2.0-only
#
# Makes of the lines of result.h the table on standard output and the list
# in the file `json`. Variables: cpu, features, cpus, kernel, date, commit,
# json.
# Written for mawk, Debian's awk.

BEGIN {
	FS = "\t"
	printf "%s (%s), %d CPUs, Linux %s, %s, commit %s\n\n", cpu, features,
		cpus, kernel, date, commit
	format = "%-34s %11s %-12s %-17s %11s %7s %7s  %s\n"
	printf format, "name", "value", "unit", "peer", "peer value", "ratio",
		"goal", ""
	json_met[""] = "null"
	json_met["met"] = "true"
	json_met["missed"] = "false"
	printf "[" > json
}

function number(x) {
	return x >= 1000 ? sprintf("%.0f", x) : sprintf("%.4g", x)
}

# A goal is of the ratio, or, "value>=10", of the value.
function verdict(ratio, goal) {
	if (goal ~ /^<=/)
		return ratio <= substr(goal, 3) + 0 ? "met" : "missed"
	return ratio >= substr(goal, 3) + 0 ? "met" : "missed"
}

function member(name, text) {
	return sprintf(", \"%s\": %s", name, text)
}

function separate() {
	printf "%s\n  ", listed++ ? "," : "" > json
}

$1 == "row" {
	alone = $5 == "-"
	ratio = !alone && $6 > 0 ? $3 / $6 : 0
	goal = $7
	measure = sub(/^value/, "", goal) ? $3 : ratio
	met = goal == "-" ? "" : verdict(measure, goal)
	printf format, $2, number($3), $4, $5, alone ? "" : number($6),
		alone ? "" : sprintf("%.2f", ratio), goal == "-" ? "" : goal, met
	separate()
	printf "{\"name\": \"%s\"%s%s%s%s%s%s%s}", $2, member("value", $3),
		member("unit", "\"" $4 "\""),
		member("peer", alone ? "null" : "\"" $5 "\""),
		member("peer_value", alone ? "null" : $6),
		member("ratio", alone ? "null" : sprintf("%.4f", ratio)),
		member("goal", goal == "-" ? "null" : "\"" $7 "\""),
		member("met", json_met[met]) > json
}

$1 == "skip" {
	printf "%-34s SKIP %s\n", $2, $3
	separate()
	printf "{\"name\": \"%s\"%s%s}", $2, member("value", "null"),
		member("skip", "\"" $3 "\"") > json
}

END {
	printf "%s]\n", listed ? "\n" : "" > json
}
