#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The speech calls of interop_ffmpeg.sh on a host without XDP.

export GATEWAY_LINES='mode = "none";'
exec "$(dirname "$0")/interop_ffmpeg.sh"
