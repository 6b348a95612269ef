#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# H.248 over SCTP between libusrsctp, here, and the SCTP of Linux 6.1, in a
# virtual machine behind a tap device: with IPv4 and IPv6, with either side
# beginning. Where the kernel here has SCTP too, that is what is tested. Then
# the unit test of SCTP runs in there.

set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/lib/lab.sh
. scripts/lib/ktap.sh

END=$LAB_BUILD/tests/interop/h248_end
UNIT=$LAB_BUILD/tests/unit/test_h248_sctp
MODULES="virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev
	virtio_pci failover net_failover virtio_net libcrc32c udp_tunnel
	ip6_udp_tunnel sctp"
BOOT_S=240

store=$LAB_BUILD/vm
. tests/vm/packages.sh

module_files()
{
	local name

	for name in $MODULES; do
		kernel_module "$1" "$name"
	done
}

# What runs in the machine: it answers, and begins when we answer; it ends
# when we are gone.
guest()
{
	cat <<- END
		#!/bin/sh
		for name in $(xargs <<< "$MODULES"); do
			busybox insmod /bin/\$name.ko || echo "no \$name"
		done
		echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_dad
		ip address add 10.9.0.2/24 dev eth0
		ip address add fd09::2/64 dev eth0
		ip link set eth0 up
		h248_end sctp 10.9.0.2 &
		h248_end sctp fd09::2 &
		for address in 10.9.0 fd09:; do
			case \$address in
			fd*) from=[\$address:2]:3000 to=[\$address:1]:2944 ;;
			*) from=\$address.2:3000 to=\$address.1:2944 ;;
			esac
			h248_end sctp \$from \$to 100 700 &&
				h248_end sctp \$from \$to 10 60000 &&
				echo "\$address: answered"
		done
		while busybox ping -c 1 -W 5 10.9.0.1 > /dev/null; do
			busybox sleep 1
		done
		${UNIT##*/}
	END
}

boot()
{
	guest > "$LAB_DIR/guest"
	chmod +x "$LAB_DIR/guest"
	FILES="$END $UNIT $(module_files "$1")" DEVICES="-device
		virtio-net-pci,netdev=tap -netdev
		tap,id=tap,ifname=tap0,script=no,downscript=no" \
		start_on vm host bash tests/vm/boot.sh \
		"$(kernel_image "$1")" $BOOT_S "$LAB_DIR/guest"
}

wire_host()
{
	lab_node host
	on host ip tuntap add tap0 mode tap || return 1
	on host ip address add 10.9.0.1/24 dev tap0
	on host ip address add fd09::1/64 dev tap0 nodad
	on host ip link set tap0 up
	start_on ours4 host "$END" sctp 10.9.0.1
	start_on ours6 host "$END" sctp fd09::1
	wait_until 5 said ours4 ^listening && wait_until 5 said ours6 ^listening
}

said_or_gone()
{
	said vm "$1" || gone vm
}

console_says()
{
	wait_until "$BOOT_S" said_or_gone "$1"
	said vm "$1" || { tail -n 30 "$LAB_DIR/vm.out"; false; }
}

we_call()
{
	on host timeout 60 "$END" sctp "$@"
}

# Of either side: protocol 7 on stream 0, as tshark reads it.
marks()
{
	tshark -r "$LAB_DIR/tap.pcap" -Y sctp.data_tsn -T fields -E aggregator=, \
		-e sctp.srcport -e sctp.data_payload_proto_id -e sctp.data_sid \
		2> /dev/null | tr ',' '\n' | tr '\t' '\n' | sort -u | xargs
}

unit_passes()
{
	sed -n '/^TAP/,$p' "$LAB_DIR/vm.out"
	said vm '^1\.\.[0-9]' && ! said vm '^not ok'
}

give_up()
{
	on host ip link set tap0 down	# the machine ends
	bail "$1"
}

none()
{
	plan 1
	skip "SCTP of another kernel" "$1"
	ktap_end
}

lab_open iq-sctp
if ! command -v qemu-system-x86_64 > /dev/null || [ "$(uname -m)" != x86_64 ]
then
	none "needs qemu-system-x86 on x86_64"
fi
PACKAGE=$(kernel_package 6.1)
if [ -z "$PACKAGE" ] || ! kernel_tree "$PACKAGE" > /dev/null; then
	none "no kernel package to be had"
fi
for program in "$END" "$UNIT"; do
	[ -x "$program" ] || make -s "${program#"$LAB_TOP"/}" \
		> "$LAB_DIR/make.log" 2>&1 && continue
	sed 's/^/# /' "$LAB_DIR/make.log"
	plan 1
	bail "$program does not build"
done
wire_host || none "no tap device"
plan 10
capture_start tap host tap0 sctp
boot "$PACKAGE"
check "the machine's SCTP is its kernel's" \
	console_says '^listening sctp (kernel)' || give_up "no machine"
check "IPv4: the kernel begins" console_says '^10.9.0: answered'
check "IPv6: the kernel begins" console_says '^fd09:: answered'
check "IPv4: we begin" we_call 10.9.0.1:3000 10.9.0.2:2944 100 700
check "IPv4: with long messages" we_call 10.9.0.1:3000 10.9.0.2:2944 10 60000
check "IPv6: we begin" we_call '[fd09::1]:3000' '[fd09::2]:2944' 100 700
check "IPv6: with long messages" \
	we_call '[fd09::1]:3000' '[fd09::2]:2944' 10 60000
capture_stop tap
equal "all of it has H.248's payload protocol" "$(marks)" "0x0000 2944 3000 7"
on host ip link set tap0 down
check "the machine ends" finish vm 60
check "the kernel's SCTP passes the unit test" unit_passes
ktap_end
