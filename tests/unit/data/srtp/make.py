#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Makes vectors.txt: SRTP packets that no other implementation at hand can
make, written from RFC 3711 and RFC 6904 alone, with openssl(1) for AES. It
first makes RFC 3711's own vectors, B.1 to B.3, and stops when they differ.

A line: suite, master key, master salt, key derivation rate as a power of 2,
IDs of encrypted elements or "-", rtp or rtcp, index, plain and sealed packet.

Usage: make.py > vectors.txt
"""
import hashlib
import hmac
import struct
import subprocess


def aes(key, blocks):
    return subprocess.run(
        ["openssl", "enc", "-e", "-nopad", f"-aes-{8 * len(key)}-ecb",
         "-K", key.hex()], input=blocks, capture_output=True, check=True).stdout


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def counter_mode(key, salt, ssrc, index, size):
    start = (int.from_bytes(salt, "big") << 16) ^ (ssrc << 64) ^ (index << 16)
    blocks = b"".join(((start + i) % (1 << 128)).to_bytes(16, "big")
                      for i in range((size + 15) // 16))
    return aes(key, blocks)[:size] if size else b""


def f8_mode(key, salt, iv, size):
    mask = (salt + b"\x55" * len(key))[:len(key)]
    start = aes(xor(key, mask), iv)
    last, out, j = bytes(16), b"", 0
    while len(out) < size:
        last = aes(key, xor(xor(start, j.to_bytes(16, "big")), last))
        out += last
        j += 1
    return out[:size]


def derive(master, salt, label, r, size):
    x = int.from_bytes(salt, "big") ^ (label << 48 | r)
    return counter_mode(master, x.to_bytes(14, "big"), 0, 0, size)


class Key:
    def __init__(self, f8, master, salt, kdr, ids, rtcp, index):
        r = index >> kdr if kdr else 0
        label = 3 if rtcp else 0
        size = len(master)
        self.f8, self.ids = f8, ids
        self.cipher = derive(master, salt, label, r, size)
        self.auth = derive(master, salt, label + 1, r, 20)
        self.salt = derive(master, salt, label + 2, r, 14)
        self.header = derive(master, salt, 6, r, size)
        self.header_salt = derive(master, salt, 7, r, 14)


def header_size(packet):
    size = 12 + 4 * (packet[0] & 15)
    if packet[0] & 16:
        size += 4 + 4 * struct.unpack(">H", packet[size + 2:size + 4])[0]
    return size


def mask_of(form, elements, ids):
    mask, at = bytearray(len(elements)), 0
    while at < len(elements):
        if form == 0xbede:
            number, size, at = elements[at] >> 4, (elements[at] & 15) + 1, at + 1
            if elements[at - 1] == 0:
                continue
        else:
            number, at = elements[at], at + 1
            if number == 0:
                continue
            size, at = elements[at], at + 1
        if number in ids:
            mask[at:at + size] = b"\xff" * size
        at += size
    return bytes(mask)


def stream(key, cipher, salt, rtcp, index, packet, size):
    if not key.f8:
        ssrc = packet[4:8] if rtcp else packet[8:12]
        return counter_mode(cipher, salt, int.from_bytes(ssrc, "big"), index,
                            size)
    if rtcp:
        iv = bytes(4) + (1 << 31 | index).to_bytes(4, "big") + packet[:8]
    else:
        iv = b"\0" + packet[1:12] + (index >> 16).to_bytes(4, "big")
    return f8_mode(cipher, salt, iv, size)


def seal(key, rtcp, index, packet):
    size = 8 if rtcp else header_size(packet)
    head, body = packet[:size], packet[size:]
    if not rtcp and packet[0] & 16 and key.ids:
        at = 12 + 4 * (packet[0] & 15)
        form = struct.unpack(">H", packet[at:at + 2])[0]
        elements = packet[at + 4:size]
        mask = mask_of(form, elements, key.ids)
        pad = stream(key, key.header, key.header_salt, rtcp, index, packet,
                     len(elements))
        head = packet[:at + 4] + xor(elements,
                                     bytes(x & y for x, y in zip(pad, mask)))
    body = xor(body, stream(key, key.cipher, key.salt, rtcp, index, packet,
                            len(body)))
    word = (1 << 31 | index).to_bytes(4, "big") if rtcp else b""
    roc = b"" if rtcp else (index >> 16).to_bytes(4, "big")
    tag = hmac.new(key.auth, head + body + word + roc, hashlib.sha1).digest()
    return head + body + word + tag[:10]


def published():
    b3 = (bytes.fromhex("e1f97a0d3e018be0d64fa32c06de4139"),
          bytes.fromhex("0ec675ad498afeebb6960b3aabe6"))
    assert derive(*b3, 0, 0, 16).hex() == "c61e7a93744f39ee10734afe3ff7a087"
    assert derive(*b3, 2, 0, 14).hex() == "30cbbc08863d8c85d49db34a9ae1"
    assert counter_mode(
        bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"),
        bytes.fromhex("f0f1f2f3f4f5f6f7f8f9fafbfcfd"), 0, 0,
        16).hex() == "e03ead0935c95e80e166b16dd92b4eb4"
    header = bytes.fromhex("806e5cba50681de55c621599")
    iv = b"\0" + header[1:] + bytes.fromhex("d462564a")
    pad = f8_mode(bytes.fromhex("234829008467be186c3de14aae72d62c"),
                  bytes.fromhex("32f2870d"), iv, 39)
    assert xor(pad, b"pseudorandomness is the next best thing").hex() == (
        "019ce7a26e7854014a6366aa95d4eefd1ad4172a14f9faf455b7f1d4b62bd08f"
        "562c0eef7c4802")


def fill(name, size):
    return hashlib.sha512(name.encode()).digest()[:size]


def rtp(index, extension=b"", csrcs=0, size=23):
    first = 0x80 | csrcs | (0x10 if extension else 0)
    return (struct.pack(">BBHII", first, 0xe0, index & 0xffff, 0x01020304,
                        0xcafebabe) + fill("csrc", 4 * csrcs) + extension +
            fill("payload", size))


def rtcp(size=20):
    return struct.pack(">BBHI", 0x81, 200, size // 4 + 1,
                       0xcafebabe) + fill("report", size)


ONE = bytes.fromhex("bede0006" "17414273a475262748" "220000c8" "308e"
                    "4655996386b395fb" "00")
TWO = bytes.fromhex("10000004" "0105a1a2a3a4a5" "0000" "2000" "ff03b1b2b3")

CASES = [
    # suite, bytes of key, kdr, ids, packets: (rtcp, index, packet)
    ("F8_128_HMAC_SHA1_80", 16, 0, [], [
        (False, 0x1234, rtp(0x1234)), (False, 0x7fffffff0001, rtp(1)),
        (False, 0xd462564a5cba, rtp(0x5cba, csrcs=3, size=60)),
        (False, 7, rtp(7, size=0)), (False, 8, rtp(8, size=32)),
        (True, 0, rtcp()), (True, 0x7ffffffe, rtcp(44))]),
    ("F8_128_HMAC_SHA1_80", 16, 0, [1, 3, 4], [
        (False, 0x21234, rtp(0x1234, ONE))]),
    ("F8_128_HMAC_SHA1_80", 16, 4, [], [
        (False, 15, rtp(15)), (False, 16, rtp(16)), (True, 31, rtcp())]),
    ("AES_CM_128_HMAC_SHA1_80", 16, 16, [], [
        (False, 0xffff, rtp(0xffff)), (False, 0x10000, rtp(0)),
        (False, 0xfffffffeffff, rtp(0xffff)), (True, 0xffff, rtcp()),
        (True, 0x10000, rtcp())]),
    ("AES_CM_128_HMAC_SHA1_80", 16, 1, [1, 255], [
        (False, 0x123456780001, rtp(1, TWO, csrcs=15)),
        (False, 0x123456780002, rtp(2, TWO))]),
    ("AES_192_CM_HMAC_SHA1_80", 24, 3, [2], [
        (False, 0x40007, rtp(7, ONE)), (True, 9, rtcp())]),
    ("AES_256_CM_HMAC_SHA1_80", 32, 24, [], [
        (False, 0xffffff, rtp(0xffff)), (False, 0x1000000, rtp(0)),
        (True, 0x7f000000, rtcp())]),
]


def main():
    published()
    print("# Made by make.py, which says what the fields are.")
    for number, (suite, size, kdr, ids, packets) in enumerate(CASES):
        master = fill(f"key {number}", size)
        salt = fill(f"salt {number}", 14)
        for control, index, packet in packets:
            key = Key(suite.startswith("F8"), master, salt, kdr, ids, control,
                      index)
            print(suite, master.hex(), salt.hex(), kdr,
                  ",".join(map(str, ids)) or "-",
                  "rtcp" if control else "rtp", index, packet.hex(),
                  seal(key, control, index, packet).hex())


main()
