#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Two controllers, one of which has the gateway at a time: one dies under a
# call and the other takes over, then hands the gateway back. The media hears
# nothing of it.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/gateway.sh
. scripts/lib/media.sh
. scripts/lib/iq.sh
. scripts/lib/ktap.sh

OTHER=10.77.3.3

# 0.5 s of silence make the gateway ask whether anybody is there.
set_up()
{
	order 'C=-{MF=ROOT{E=5{it/ito{mit=50}}}}' && originate call 0 &&
		call_start call 0 1200 --rate 100 --rtcp 50
}

# told CONTROLLER METHOD REASON: and it has answered, too.
told()
{
	said "$1" "SC=ROOT{SV{MT=$2,RE=\"$3" && registered
}

dies()
{
	stop mgc KILL
	wait_until 15 told other FL 909
}

knows_the_call()
{
	MGC=other order "C=*{AV=*{AT{M}}}" &&
		grep -q "AV=${ACCESS_SIDE[call]}{" "$LAB_DIR/answer" &&
		MGC=other order "C=${CONTEXT[call]}{MF=${ACCESS_SIDE[call]}{M{ST=1{O{MO=SR}}}}}"
}

former()
{
	mgc_start && refused 504 'C=-{AV=ROOT{AT{}}}'
}

hand_back()
{
	MGC=other order "C=-{SC=ROOT{SV{MT=HO,RE=\"903 MGC Directed Change\",MG=[$ALG]:2944}}}" &&
		wait_until 5 told mgc HO 903 &&
		order "C=${CONTEXT[call]}{AV=*{AT{M}}}" &&
		MGC=other refused 504 'C=-{AV=ROOT{AT{}}}'
}

plan 10
iq_lab iqfailover
on alg ip addr add $OTHER/24 dev eth0
CONTROLLERS="\"$ALG\", \"$OTHER\""
iq_config 'register_again = 1;'
sed -i 's/give_up = 5/give_up = 1/' "$LAB_DIR/srtpgated.conf"
check "one controller listens" mgc_start || bail "controller"
check "and another" eval 'MGC=other mgc_start $OTHER' || bail "controller"
check "gateway starts" gateway_start || bail "gateway starts"
check "it registers with the first" wait_until 10 told mgc RS 901 ||
	bail "registration"
check "a call with media" set_up
check "the first controller dies, the other hears Failover, 909" dies
check "the other can go on with the call" knows_the_call
check "the former may not any more" former
check "until the gateway is handed back" hand_back
check "no packet of the call was lost" call_finish call
ktap_end
