# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Calls between real programs that know nothing of this project: ffmpeg
# (its own SRTP) and GStreamer (srtpenc and srtpdec). Needs lab.sh.
#
#   ffmpeg_send    NAME NODE KIND SOURCE REMOTE PORT RTCP SSRC [SUITE KEY]
#   gstreamer_send (the same)
#   ffmpeg_receive NAME NODE KIND LOCAL PORT FILE SSRC [SUITE KEY]
#   gstreamer_receive (the same)
#
# KIND is audio (PCMU; SOURCE and FILE are wav files) or video (H.264;
# SOURCE is a title for ffmpeg to draw, a pattern for GStreamer;
# FILE is an mkv). RTCP equal to PORT is rtcp-mux
# (GStreamer only). A receiver ends with hang_up NAME, a sender by itself,
# after its speech or after $VIDEO_SECONDS: wait with sent NAME SECONDS.
#
# Both take an SRTP key for sending only from their command line: these
# are keys of one run.

: "${VIDEO_SECONDS:=8}"

# Speech as a telephone carries it: 8 kHz, mono, 16 bit.
speech()
{
	local file=$1 voice=$2 text=$3

	espeak-ng -v "$voice" -s 150 -w "$file.raw.wav" "$text"
	sox "$file.raw.wav" -r 8000 -c 1 -b 16 "$file" gain -n -6 pad 0.1 0.3
	rm "$file.raw.wav"
}

host_in_url()
{
	case $1 in *:*) echo "[$1]" ;; *) echo "$1" ;; esac
}

family()
{
	case $1 in *:*) echo IP6 ;; *) echo IP4 ;; esac
}

# ffmpeg's names: its AES_CM_128_HMAC_SHA1_32 also shortens the tag of
# SRTCP, which RFC 4568 6.2.2 leaves at 80 bits; the DTLS name does not.
ffmpeg_suite()
{
	case $1 in
	*_32) echo SRTP_AES128_CM_HMAC_SHA1_32 ;;
	*) echo "$1" ;;
	esac
}

gstreamer_auth()
{
	case $1 in
	AEAD_*) echo null ;;
	*_32) echo hmac-sha1-32 ;;
	*) echo hmac-sha1-80 ;;
	esac
}

gstreamer_cipher()
{
	case $1 in
	AES_256_*) echo aes-256-icm ;;
	AEAD_AES_128_GCM) echo aes-128-gcm ;;
	AEAD_AES_256_GCM) echo aes-256-gcm ;;
	*) echo aes-128-icm ;;
	esac
}

ffmpeg_send()
{
	local name=$1 node=$2 kind=$3 source=$4 remote=$5 port=$6 rtcp=$7
	local ssrc=$8 suite=${9:-} key=${10:-} scheme=rtp
	local -a input codec srtp=()
	local packet=1200

	if [ "$kind" = audio ]; then
		input=(-i "$source")
		codec=(-af asetnsamples=n=160,arealtime -c:a pcm_mulaw
			-payload_type 0)
		packet=190	# 20 ms of PCMU, the RTP header, a tag
	else
		input=(-re -f lavfi -i "testsrc2=size=480x270:rate=25,drawtext=text='$source  %{pts\\:hms}':fontsize=28:fontcolor=white:box=1:boxcolor=black:x=20:y=20")
		codec=(-t "$VIDEO_SECONDS" -c:v libx264 -preset ultrafast
			-tune zerolatency -g 25 -b:v 800k -pix_fmt yuv420p
			-payload_type 96)
	fi
	# To ffmpeg it is a signed number.
	[ "$ssrc" -lt $((1 << 31)) ] || ssrc=$((ssrc - (1 << 32)))
	if [ -n "$suite" ]; then
		scheme=srtp
		srtp=(-srtp_out_suite "$(ffmpeg_suite "$suite")"
			-srtp_out_params "$key")
	fi
	start_on "$name" "$node" ffmpeg -nostdin -hide_banner -loglevel error \
		"${input[@]}" "${codec[@]}" -ssrc "$ssrc" "${srtp[@]}" \
		-rtpflags send_bye -f rtp \
		"$scheme://$(host_in_url "$remote"):$port?rtcpport=$rtcp&pkt_size=$packet"
}

gstreamer_send()
{
	local name=$1 node=$2 kind=$3 source=$4 remote=$5 port=$6 rtcp=$7
	local ssrc=$8 suite=${9:-} key=${10:-}
	local -a media seal=() out=(b.send_rtp_src_0 '!')
	local -a rtcp_out=(b.send_rtcp_src_0 '!')

	if [ "$kind" = audio ]; then
		media=(filesrc "location=$source" '!' wavparse '!' audioconvert
			'!' mulawenc '!' rtppcmupay min-ptime=20000000
			max-ptime=20000000 "ssrc=$ssrc" pt=0)
	else
		media=(videotestsrc "pattern=$source"
			"num-buffers=$((VIDEO_SECONDS * 25))" '!'
			video/x-raw,width=480,height=270,framerate=25/1 '!'
			x264enc tune=zerolatency speed-preset=ultrafast bitrate=800
			key-int-max=25 '!' rtph264pay config-interval=1
			mtu=1200 "ssrc=$ssrc" pt=96)
	fi
	if [ -n "$suite" ]; then
		seal=(srtpenc name=e "key=$(hex_key "$key")"
			"rtp-auth=$(gstreamer_auth "$suite")"
			"rtcp-auth=$(gstreamer_auth "${suite%_32}")"
			"rtp-cipher=$(gstreamer_cipher "$suite")"
			"rtcp-cipher=$(gstreamer_cipher "$suite")")
		out+=(e.rtp_sink_0 e.rtp_src_0 '!')
		rtcp_out+=(e.rtcp_sink_0 e.rtcp_src_0 '!')
	fi
	start_on "$name" "$node" gst-launch-1.0 -q rtpbin name=b "${seal[@]}" \
		"${media[@]}" '!' b.send_rtp_sink_0 \
		"${out[@]}" udpsink "host=$remote" "port=$port" \
		"${rtcp_out[@]}" udpsink "host=$remote" "port=$rtcp" \
		sync=false async=false
}

# An SDP file carries the key, as a=crypto (RFC 4568).
ffmpeg_receive()
{
	local name=$1 node=$2 kind=$3 local=$4 port=$5 file=$6
	local suite=${8:-} key=${9:-} profile=RTP/AVP media map crypto=
	local -a copy

	if [ "$kind" = audio ]; then
		media=audio map='0 PCMU/8000' copy=(-c:a pcm_s16le)
	else
		media=video map='96 H264/90000' copy=(-c:v copy)
	fi
	if [ -n "$suite" ]; then
		profile=RTP/SAVP
		crypto="a=crypto:1 $(ffmpeg_suite "$suite") inline:$key"
	fi
	(umask 077; cat > "$LAB_DIR/$name.sdp") <<- SDP
		v=0
		o=- 1 1 IN $(family "$local") $local
		s=-
		c=IN $(family "$local") $local
		t=0 0
		m=$media $port $profile ${map%% *}
		a=rtpmap:$map
		$crypto
	SDP
	start_on "$name" "$node" ffmpeg -nostdin -hide_banner \
		-loglevel error -y -protocol_whitelist file,rtp,udp \
		-analyzeduration 1000000 -i "$LAB_DIR/$name.sdp" \
		"${copy[@]}" "$file"
	wait_until 5 listens_on "$node" "$port"
}

gstreamer_receive()
{
	local name=$1 node=$2 kind=$3 local=$4 port=$5 file=$6 ssrc=$7
	local suite=${8:-} key=${9:-} auth cipher caps
	local -a open=() rtcp=() sink

	if [ "$kind" = audio ]; then
		caps=media=audio,clock-rate=8000,encoding-name=PCMU,payload=0
		sink=(rtppcmudepay '!' mulawdec '!' wavenc)
	else
		caps=media=video,clock-rate=90000,encoding-name=H264,payload=96
		sink=(rtph264depay '!' h264parse '!' matroskamux)
	fi
	if [ -n "$suite" ]; then
		auth=$(gstreamer_auth "$suite")
		cipher=$(gstreamer_cipher "$suite")
		caps="application/x-srtp,$caps,ssrc=(uint)$ssrc,srtp-key=(buffer)$(hex_key "$key"),srtp-cipher=$cipher,srtp-auth=$auth,srtcp-cipher=$cipher,srtcp-auth=$(gstreamer_auth "${suite%_32}")"
		open=('!' srtpdec name=d d.rtp_src)
		# Where multiplexed RTCP goes: an unlinked pad ends the pipeline.
		rtcp=(d.rtcp_src '!' j.sink_rtcp)
	else
		caps="application/x-rtp,$caps"
	fi
	start_on "$name" "$node" gst-launch-1.0 -q -e udpsrc \
		"address=$local" "port=$port" "caps=$caps" "${open[@]}" '!' \
		rtpjitterbuffer name=j latency=100 '!' "${sink[@]}" '!' \
		filesink "location=$file" "${rtcp[@]}"
	wait_until 5 listens_on "$node" "$port"
}

# Ends a recording so that its file is whole. ffmpeg does it by itself when
# it hears the sender's RTCP BYE; it would never notice a signal, as it looks
# for one between packets only.
hang_up()
{
	wait_until 1 gone "$1" || kill -INT "${PID[$1]}"
	finish "$1" 10
}

# Waits for a sender, at most SECONDS and ten more: rtpbin of GStreamer 1.22
# does not always end when all is sent, and would go on with RTCP for ever.
sent()
{
	wait_until $(($2 + 10)) gone "$1" || kill -INT "${PID[$1]}"
	finish "$1" 10 || true
}

listens_on()
{
	on "$1" ss -Hlun "sport = :$2" | grep -q .
}

# Captures a call's packets on both sides from now on:
#   call_capture NAME [UE INTERFACE], later call_captured NAME [UE ADDRESS]
# leaves $LAB_DIR/NAME.ue.src.pcap and .dst.pcap, NAME.core.src.pcap and
# .dst.pcap: what that host sent, what it received.
call_capture()
{
	capture_start "$1.ue" ue "${2:-eth0}" udp
	capture_start "$1.core" core eth0 udp
}

call_captured()
{
	local name=$1 side way host

	capture_stop "$name.ue" "$name.core"
	for side in ue core; do
		host=${2:-$UE}
		[ $side = ue ] || host=$CORE
		for way in src dst; do
			tcpdump -Z root -r "$LAB_DIR/$name.$side.pcap" \
				-w "$LAB_DIR/$name.$side.$way.pcap" \
				"$way host $host" 2>/dev/null
		done
	done
}

# Compares a captured call packet by packet: up is UE to core. The report
# of rtp_compare; fails unless all arrived, bit-exact.
call_compare()
{
	local name=$LAB_DIR/$1

	if [ "$2" = up ]; then
		"$LAB_TOOLS/rtp_compare" "$name.ue.key" \
			"$name.ue.src.pcap" "$name.core.dst.pcap"
	else
		"$LAB_TOOLS/rtp_compare" -r "$name.gateway.key" \
			"$name.ue.dst.pcap" "$name.core.src.pcap"
	fi
}

seconds_of()
{
	ffprobe -v error -show_entries format=duration -of csv=p=0 "$1"
}

# Signal to noise of a recording against what was spoken, in dB. G.711
# itself leaves 35 to 38 dB; one lost or foreign packet ruins it.
speech_quality()
{
	local noise signal

	noise=$(sox -m -v 1 "$1" -v -1 "$2" -n stat 2>&1 |
		awk '/RMS.*amplitude/ { print $3 }')
	signal=$(sox "$1" -n stat 2>&1 | awk '/RMS.*amplitude/ { print $3 }')
	awk -v s="$signal" -v n="$noise" \
		'BEGIN { printf "%.0f\n", (n > 0 && s > 0) ? 20 * log(s / n) / log(10) : 0 }'
}
