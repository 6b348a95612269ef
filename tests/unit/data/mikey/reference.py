#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
MIKEY-TICKET worked out a second time, from RFC 3830 and RFC 6043 alone and
without a line of the C code: what userspace/lib/mikey_*.c is compared with.
AES is the openssl command's. Writes the vector files beside itself:

    tests/unit/data/mikey/reference.py

Each line of a file is a name and octets in hexadecimal.
"""
import hashlib
import hmac
import os
import subprocess
import sys
from struct import pack

HASH = {0: ("sha1", 20), 1: ("sha256", 32)}
ENCR_KEY = {0: 16, 1: 32}       # by PRF: the two suites are not mixed
ENCR = {0: 1, 1: 3}
MAC = {0: 1, 1: 2}
FF4 = b"\xff" * 4

TEK, ENCR_TGK, AUTH_TGK, SALT_TGK = 0x2AD01C64, 0x15798CEF, 0x1B5C7973, \
    0x39A2C14B
ENCR_PSK, AUTH_PSK, SALT_PSK = 0x150533E1, 0x2D22AC75, 0x29B88916
MPKI, MPKR, MPKR_FORK, TGK_FORK = 0x220E99A2, 0x1F4D675B, 0x2B288856, \
    0x1512B54A


def run(first, last):
    return bytes(range(first, last + 1))


def p_hash(name, size, secret, label, count):
    a, out = label, b""
    for _ in range(count):
        a = hmac.new(secret, a, name).digest()
        out += hmac.new(secret, a + label, name).digest()
    return out


def prf(func, inkey, label, outlen):
    """RFC 3830 4.1.2; blocks of 256 bits whatever the hash is."""
    name, size = HASH[func]
    count = -(-outlen // size)
    out = bytes(count * size)
    for at in range(0, len(inkey), 32):
        part = p_hash(name, size, inkey[at:at + 32], label, count)
        out = bytes(x ^ y for x, y in zip(out, part))
    return out[:outlen]


def len8(octets):
    return pack(">B", len(octets)) + octets


def len16(octets):
    return pack(">H", len(octets)) + octets


def label(constant, cs, csb, phase, rest=b""):
    return pack(">IB", constant, cs) + csb + pack(">B", phase) + rest


def aes_ctr(key, iv, data):
    return subprocess.run(
        ["openssl", "enc", "-aes-%d-ctr" % (8 * len(key)), "-K", key.hex(),
         "-iv", iv.hex()], input=data, stdout=subprocess.PIPE,
        check=True).stdout


def kemac_iv(salt, csb, t):
    mask = b"\0\0" + csb + t
    return bytes(x ^ y for x, y in zip(salt, mask)) + b"\0\0"


def tag(func, key, data):
    return hmac.new(key, data, HASH[func][0]).digest()


class Keys:
    """encr_key, auth_key and salt_key from a PSK, an MPK or a TPK."""

    def __init__(self, func, inkey, csb, phase, rest):
        def one(constant, size):
            return prf(func, inkey, label(constant, 0xff, csb, phase, rest),
                       size)
        self.encr = one(ENCR_PSK, ENCR_KEY[func])
        self.auth = one(AUTH_PSK, HASH[func][1])
        self.salt = one(SALT_PSK, 14)


# -- payloads: a list of (number, octets behind np) -----------------------------

def chain(payloads):
    out = b""
    for i, (_, body) in enumerate(payloads):
        following = payloads[i + 1][0] if i + 1 < len(payloads) else 0
        out += pack(">B", following) + body
    return out


def header(data_type, payloads, func, csb, cs=b"", count=0, kind=1, v=0):
    return pack(">BBBB", 1, data_type, payloads[0][0], v << 7 | func) + \
        csb + pack(">BB", count, kind) + cs + chain(payloads)


def p_t(t):
    return 5, b"\0" + t


def p_idr(role, data, kind=0):
    return 14, pack(">BB", role, kind) + len16(data)


def p_randr(role, rand):
    return 15, pack(">B", role) + len8(rand)


def p_rand(rand):
    return 11, len8(rand)


def p_tr(role, seconds):
    return 13, pack(">BB", role, 3) + seconds


def p_kemac(encr, data):
    return 1, pack(">B", encr) + len16(data) + b"\0"


def p_v(func, octets=None):
    return 9, pack(">B", MAC[func]) + (octets or bytes(HASH[func][1]))


def key_data(keys):
    out = b""
    for i, (kind, key, salt, spi) in enumerate(keys):
        out += pack(">BB", 20 if i + 1 < len(keys) else 0, kind << 4 | 1)
        out += len16(key) + (len16(salt) if salt else b"") + len8(spi)
    return out


def cs_generic(cs_id, policies, ssrc, spi=b""):
    return pack(">BBB", cs_id, 0, len(policies)) + policies + \
        len16(ssrc) + len8(spi)


def policy(flags, func, data, kind=2):
    d = 1 if "D" in flags else 0
    word = 0
    for i, name in enumerate("EFGHIJKLMNO"):
        if name in flags:
            word |= 1 << (15 - i)
    return pack(">HBBBH", kind, 0, 0, func << 1 | d, word) + len16(data)


# -- a whole run -----------------------------------------------------------------

ALICE, BOB, KMS = b"alice@a.example", b"bob@b.example", b"kms.a.example"
B_TID_A = b"cmFuZGEtMTIzNDU2Nzg5MA==@bsf.a.example"
B_TID_B = b"cmFuZGItMTIzNDU2Nzg5MA==@bsf.a.example"
SALT = run(0xc0, 0xcd)
SRTP = bytes.fromhex("000101" "010110" "020101" "030114" "04010e"
                     "070101" "080101" "0a0101" "0b010a")


class Run:
    """func is the messages' PRF, policy the ticket policy's."""

    def __init__(self, func, mode3=False, policy=None, bob=BOB):
        self.out = []
        self.func = func
        self.policy = func if policy is None else policy
        self.bob = bob  # whom the KMS says that the responder is
        size = ENCR_KEY[self.policy]
        self.csb = bytes.fromhex("11223344")
        self.t = bytes.fromhex("cfbf2d0000000000")
        self.t_late = bytes.fromhex("cfbf2d0140000000")
        self.psk_a, self.psk_b = run(0x10, 0x2f), run(0x60, 0x7f)
        self.mpk = run(0x30, 0x30 + size - 1)
        self.tpk = self.psk_a if mode3 else run(0xa0, 0xa0 + size - 1)
        self.tgk = run(0x80, 0x80 + size - 1)
        self.mode3 = mode3
        self.flags = "EFGHIJLNO" if mode3 else "DEFGHIJNO"
        self.session_keys = [(1, self.tgk, SALT, b"\2")]
        self.rand_ticket = run(0xe0, 0xff)
        self.rand_i, self.rand_r = run(0x20, 0x3f), run(0x90, 0xaf)
        self.rand_kms = run(0xd0, 0xef)

    def note(self, name, octets):
        self.out.append((name, octets.hex()))
        return octets

    def protect(self, payloads, auth, make, extra=b""):
        """make(payloads) gives the message with a tag of zeros at its end."""
        size = HASH[self.func][1]
        message = make(payloads)[:-size]
        return message + tag(self.func, auth, message + extra)

    def make_ticket(self):
        f = self.policy
        rest = len8(self.rand_ticket)
        keys = Keys(f, self.tpk, FF4, 5, rest)
        self.note("ticket_tpk_encr", keys.encr)
        self.note("ticket_tpk_auth", keys.auth)
        self.note("ticket_tpk_salt", keys.salt)
        iv = self.note("ticket_iv", kemac_iv(keys.salt, FF4, self.t))
        plain = self.note("ticket_kemac_plain", key_data(
            [(6, self.mpk, None, b"\1")] + self.session_keys))
        data = self.note("ticket_kemac_enc", aes_ctr(keys.encr, iv, plain))
        tp = b"\x0e" + chain([p_idr(3, KMS), p_idr(1, ALICE),
                              p_tr(2, self.t[:4]),
                              p_tr(3, bytes.fromhex("cfbf3b10")),
                              p_idr(2, b"*@b.example")])
        inner = [p_t(self.t), p_rand(self.rand_ticket),
                 p_kemac(ENCR[f], data)]
        if self.mode3:
            inner.append(p_idr(4, B_TID_A, 2))
        inner.append(p_v(f))
        ticket_data = b"\5" + len16(b"") + chain(inner)
        size = HASH[f][1]
        whole = policy(self.flags, f, tp) + pack(">H", len(ticket_data)) + \
            ticket_data[:-size]
        self.ticket = self.note("ticket", whole + tag(f, keys.auth, whole))
        self.mpki = self.note("mpki", prf(
            f, self.mpk, label(MPKI, 0xff, FF4, 6, rest), len(self.mpk)))
        self.mpkr = self.note("mpkr", prf(
            f, self.mpk, label(MPKR, 0xff, FF4, 6, rest), len(self.mpk)))

    def request(self):
        f, csb, rand = self.func, self.csb, run(0x40, 0x5f)
        rest = len8(rand) + b"\0"
        keys = Keys(f, self.psk_a, csb, 1, rest)
        self.note("req_auth_key", keys.auth)
        wanted = key_data([(1, bytes(len(self.tgk)), bytes(14), b"\2")])
        tp = b"\x0e" + chain([p_idr(3, KMS), p_idr(1, ALICE),
                              p_tr(2, self.t[:4]),
                              p_tr(3, bytes.fromhex("cfbf3b10")),
                              p_kemac(0, wanted), p_idr(2, b"*@b.example")])
        init = self.note("REQUEST_INIT_PSK", self.protect(
            [p_t(self.t), p_randr(1, rand), p_idr(1, ALICE), p_idr(3, KMS),
             (16, policy(self.flags, self.policy, tp)), p_idr(4, B_TID_A, 2), p_v(f)],
            keys.auth, lambda p: header(11, p, f, csb, v=1), ALICE + KMS))
        keys = Keys(f, self.psk_a, csb, 2, rest)
        self.note("resp_encr_key", keys.encr)
        self.note("resp_auth_key", keys.auth)
        self.note("resp_salt_key", keys.salt)
        iv = self.note("resp_iv", kemac_iv(keys.salt, csb, self.t_late))
        plain = self.note("resp_kemac_plain", key_data(
            [(6, self.mpki, None, b"\1"), (6, self.mpkr, None, b"\1")] +
            self.session_keys))
        self.note("REQUEST_RESP", self.protect(
            [p_t(self.t_late), p_idr(3, KMS), (17, self.ticket + b"\0\0"),
             p_kemac(ENCR[f], aes_ctr(keys.encr, iv, plain)), p_v(f)],
            keys.auth, lambda p: header(13, p, f, csb), init))

    def transfer_init(self):
        f, csb = self.func, bytes.fromhex("55667788")
        keys = Keys(f, self.mpki, csb, 1, len8(self.rand_i) + b"\0")
        self.note("transfer_init_auth_key", keys.auth)
        cs = cs_generic(1, b"\0", pack(">I", 0xcafe0001), b"\2") + \
            cs_generic(2, b"\0", b"", b"\2")

        def make(extra):
            return header(14, [
                p_t(self.t), p_randr(1, self.rand_i), p_idr(1, ALICE),
                p_idr(2, BOB), (10, b"\0\0" + len16(SRTP)),
                (21, b"\1" + len16(b"mikey")), (17, self.ticket + extra),
                p_v(f)], f, csb, cs, 2, 2, 1)
        size = HASH[f][1]
        v = tag(f, keys.auth, make(b"")[:-size] + ALICE + BOB)
        pf = self.policy
        idata_key = self.note("idata_auth_key", prf(
            pf, self.mpkr, label(AUTH_PSK, 0xff, FF4, 4), HASH[pf][1]))
        vi = b"\x09" + b"\x09" + pack(">B", MAC[f]) + v
        head = vi + b"\0" + pack(">B", MAC[pf])
        self.idata = self.note("initiator_data",
                               head + tag(pf, idata_key, head))
        self.transfer = self.note(
            "TRANSFER_INIT", make(len16(self.idata))[:-size] + v)

    def resolve(self):
        f, csb, rand = self.func, bytes.fromhex("99aabbcc"), run(0x70, 0x8f)
        rest = b"\0" + len8(rand)
        keys = Keys(f, self.psk_b, csb, 1, rest)
        init = self.note("RESOLVE_INIT_PSK", self.protect(
            [p_t(self.t), p_randr(2, rand), p_idr(2, BOB), p_idr(3, KMS),
             (17, self.ticket + len16(self.idata)), p_idr(4, B_TID_B, 2),
             p_v(f)],
            keys.auth, lambda p: header(16, p, f, csb, v=1), BOB + KMS))
        fork = len16(self.bob) + len8(self.rand_kms)
        self.mpkr_forked = self.note("mpkr_forked", prf(
            self.policy, self.mpkr, label(MPKR_FORK, 0xff, FF4, 0, fork),
            len(self.mpkr)))
        self.tgk_forked = self.note("tgk_forked", prf(
            self.policy, self.tgk, label(TGK_FORK, 0xff, FF4, 0, fork),
            len(self.tgk)))
        keys = Keys(f, self.psk_b, csb, 2, rest)
        plain = self.note("resolve_kemac_plain", key_data(
            [(6, self.mpki, None, b"\1"), (6, self.mpkr_forked, None, b"\1"),
             (1, self.tgk_forked, SALT, b"\2")]))
        data = aes_ctr(keys.encr, kemac_iv(keys.salt, csb, self.t_late),
                       plain)
        self.note("RESOLVE_RESP", self.protect(
            [p_t(self.t_late), p_idr(3, KMS), p_kemac(ENCR[f], data),
             p_idr(2, self.bob), p_randr(3, self.rand_kms), p_v(f)],
            keys.auth, lambda p: header(18, p, f, csb), init))

    def transfer_resp(self):
        f, csb = self.func, bytes.fromhex("55667788")
        rands = len8(self.rand_i) + len8(self.rand_r)
        keys = Keys(f, self.mpkr_forked, csb, 2, rands)
        self.note("transfer_resp_auth_key", keys.auth)
        cs = cs_generic(1, b"\0", pack(">I", 0xcafe0001), b"\2") + \
            cs_generic(2, b"\0", pack(">I", 0xbeef0002), b"\2")
        self.note("TRANSFER_RESP", self.protect(
            [p_t(self.t_late), p_randr(2, self.rand_r), p_idr(2, self.bob),
             p_randr(3, self.rand_kms), p_v(f)],
            keys.auth, lambda p: header(15, p, f, csb, cs, 2, 2),
            self.transfer))
        size = ENCR_KEY[f]
        for cs_id in (1, 2):
            self.note("tek_cs%d" % cs_id, prf(
                f, self.tgk_forked, label(TEK, cs_id, FF4, 3, rands), size))
        self.note("salt_if_derived_cs1", prf(
            f, self.tgk_forked, label(SALT_TGK, 1, FF4, 3, rands), 14))

    def whole(self):
        self.make_ticket()
        if not self.mode3:
            self.request()
        self.transfer_init()
        self.resolve()
        self.transfer_resp()
        self.note("ERROR_unauthenticated", header(
            6, [p_t(self.t_late), (12, b"\x0f\0\0")], self.func,
            bytes.fromhex("55667788")))
        return self.out


def prf_table():
    l1 = label(ENCR_PSK, 0xff, bytes.fromhex("11223344"), 1,
               len8(run(0, 15)) + b"\0")
    l2 = label(AUTH_PSK, 0xff, bytes.fromhex("11223344"), 2,
               len8(run(0, 15)) + len8(run(0x40, 0x4f)))
    out = []
    for func in (0, 1):
        for size in (16, 20, 31, 32, 33, 48, 63, 64):
            for number, text in ((1, l1), (2, l2)):
                for wanted in (14, 16, 20, 32, 46, 94):
                    out.append(("f%d_key%d_L%d_%d" %
                                (func, size, number, wanted),
                                prf(func, run(1, size), text, wanted).hex()))
    # A key that begins with zeros: none of them may be dropped.
    out.append(("f0_zero_L1_16", prf(0, bytes(8) + run(1, 8), l1, 16).hex()))
    return out


def write(name, lines):
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, name), "w") as out:
        out.write("# Written by %s.\n" % os.path.basename(sys.argv[0]))
        for key, value in lines:
            out.write("%s %s\n" % (key, value))


if __name__ == "__main__":
    write("prf.txt", prf_table())
    write("mode1-128.txt", Run(0).whole())
    write("mode1-256.txt", Run(1).whole())
    write("mode3-128.txt", Run(0, mode3=True).whole())
    write("mixed.txt", Run(0, policy=1, bob=b"desk@b.example").whole())
