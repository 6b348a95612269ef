#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
The public-key variants of reference.py's exchanges (RFC 6043 4.2.1.3, 4.2.3.3):
alice and bob have certificates of pki.sh instead of pre-shared keys. RSA and
its paddings are worked out here (RFC 8017), with salts and seeds that are
counted up, so that all is the same each time:

    tests/unit/data/mikey/reference_pk.py
"""
import base64
import hashlib
import os
import re
import subprocess
import sys
from struct import pack

sys.dont_write_bytecode = True
from reference import (ALICE, BOB, ENCR, FF4, KMS, MPKR_FORK, SALT, TGK_FORK,
                       Keys, Run, aes_ctr, header, kemac_iv, key_data, label,
                       len16, len8, p_idr, p_kemac, p_randr, p_t, p_tr, p_v,
                       policy, prf, chain, run, write)

PKI = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pki")
DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
REQUEST_INIT_PK, RESOLVE_INIT_PK = 12, 17
CERT, CHASH, PKE, SIGN, ERR = 7, 8, 2, 4, 12
PKCS1, PSS = 0, 1


def sha256(data):
    return hashlib.sha256(data).digest()


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def mgf1(seed, size):
    out = b""
    for i in range(-(-size // 32)):
        out += sha256(seed + pack(">I", i))
    return out[:size]


class Rsa:
    """The key of a file, from the numbers that openssl prints."""

    def __init__(self, name):
        text = subprocess.run(
            ["openssl", "pkey", "-in", os.path.join(PKI, name + ".key"),
             "-text", "-noout"], stdout=subprocess.PIPE, check=True,
            text=True).stdout

        def number(field):
            digits = re.search(field + r":\n((?: +[0-9a-f:]+\n)+)", text)
            return int(re.sub(r"[^0-9a-f]", "", digits.group(1)), 16)
        self.n = number("modulus")
        self.d = number("privateExponent")
        self.size = (self.n.bit_length() + 7) // 8

    def power(self, octets, exponent):
        assert len(octets) == self.size
        number = pow(int.from_bytes(octets, "big"), exponent, self.n)
        return number.to_bytes(self.size, "big")

    def sign_pkcs1(self, data):
        tail = b"\0" + DIGEST_INFO + sha256(data)
        fill = b"\xff" * (self.size - 2 - len(tail))
        return self.power(b"\0\1" + fill + tail, self.d)

    def sign_pss(self, data):
        salt = run(0x50, 0x6f)
        digest = sha256(bytes(8) + sha256(data) + salt)
        block = bytes(self.size - 32 - 32 - 2) + b"\1" + salt
        masked = xor(block, mgf1(digest, len(block)))
        masked = bytes([masked[0] & 0x7f]) + masked[1:]
        return self.power(masked + digest + b"\xbc", self.d)

    def encrypt_pkcs1(self, key):
        fill = bytes(1 + i % 255 for i in range(self.size - 3 - len(key)))
        return self.power(b"\0\2" + fill + b"\0" + key, 65537)

    def encrypt_oaep(self, key):
        seed = run(0x11, 0x30)
        block = sha256(b"") + bytes(self.size - len(key) - 66) + b"\1" + key
        masked = xor(block, mgf1(seed, len(block)))
        hidden = xor(seed, mgf1(masked, 32))
        return self.power(b"\0" + hidden + masked, 65537)


def certificate(name):
    with open(os.path.join(PKI, name + ".pem"), encoding="ascii") as pem:
        text = pem.read()
    return base64.b64decode(re.search(r"-----\n(.*?)-----END", text,
                                      re.S).group(1))


def p_cert(der):
    return CERT, b"\0" + len16(der)


def p_chash(der):
    return CHASH, b"\2" + sha256(der)


def p_pke(octets):
    return PKE, pack(">H", len(octets)) + octets


class Signed(Run):
    def __init__(self, sign, oaep):
        super().__init__(0)
        self.sign, self.oaep = sign, oaep
        self.kms = Rsa("kms")
        self.psk_a, self.psk_b = run(0x10, 0x1f), run(0x60, 0x7f)

    def seal(self, name, key):
        self.note(name, key)
        return p_pke(self.kms.encrypt_oaep(key) if self.oaep else
                     self.kms.encrypt_pkcs1(key))

    def signed(self, rsa, kind, payloads, csb, behind, v=1):
        """SIGN is last and has no next payload of its own."""
        blank = (SIGN, pack(">H", self.sign << 12 | rsa.size))
        message = header(kind, payloads + [blank], self.func, csb, v=v)
        message = message[:-3] + blank[1]
        data = message + behind
        return message + (rsa.sign_pss(data) if self.sign == PSS else
                          rsa.sign_pkcs1(data))

    def answer(self, name, keys, kind, payloads, csb, init):
        return self.note(name, self.protect(
            payloads + [p_v(self.func)], keys.auth,
            lambda p: header(kind, p, self.func, csb), init))

    def request(self):
        f, csb, rand = self.func, self.csb, run(0x40, 0x5f)
        rest = len8(rand) + b"\0"
        alice, own = certificate("alice"), certificate("kms")
        wanted = key_data([(1, bytes(16), bytes(14), b"\2")])
        tp = b"\x0e" + chain([p_idr(3, KMS), p_idr(1, ALICE),
                              p_tr(2, self.t[:4]),
                              p_tr(3, bytes.fromhex("cfbf3b10")),
                              p_kemac(0, wanted), p_idr(2, b"*@b.example")])
        init = self.note("REQUEST_INIT_PK", self.signed(
            Rsa("alice"), REQUEST_INIT_PK,
            [p_t(self.t), p_randr(1, rand), p_idr(1, ALICE), p_cert(alice),
             p_idr(3, KMS), (16, policy(self.flags, self.policy, tp)),
             p_chash(own), self.seal("envelope_a", self.psk_a)],
            csb, ALICE + KMS))
        keys = Keys(f, self.psk_a, csb, 2, rest)
        iv = kemac_iv(keys.salt, csb, self.t_late)
        plain = key_data([(6, self.mpki, None, b"\1"),
                          (6, self.mpkr, None, b"\1")] + self.session_keys)
        self.answer("REQUEST_RESP", keys, 13,
                    [p_t(self.t_late), p_idr(3, KMS),
                     (17, self.ticket + b"\0\0"),
                     p_kemac(ENCR[f], aes_ctr(keys.encr, iv, plain))],
                    csb, init)
        error = [p_t(self.t_late), (ERR, b"\x0f\0\0")]
        self.note("ERROR_signed",
                  self.signed(self.kms, 6, error, csb, b"", v=0))
        auth = Keys(f, self.psk_a, csb, 1, rest)
        self.answer("ERROR_mac", auth, 6, error, csb, b"")

    def resolve(self):
        f, csb, rand = self.func, bytes.fromhex("99aabbcc"), run(0x70, 0x8f)
        rest = b"\0" + len8(rand)
        init = self.note("RESOLVE_INIT_PK", self.signed(
            Rsa("bob"), RESOLVE_INIT_PK,
            [p_t(self.t), p_randr(2, rand), p_idr(2, BOB),
             p_cert(certificate("bob")), p_idr(3, KMS),
             (17, self.ticket + len16(self.idata)),
             p_chash(certificate("kms")),
             self.seal("envelope_b", self.psk_b)],
            csb, BOB + KMS))
        fork = len16(BOB) + len8(self.rand_kms)
        self.mpkr_forked = prf(
            0, self.mpkr, label(MPKR_FORK, 0xff, FF4, 0, fork), 16)
        self.tgk_forked = prf(
            0, self.tgk, label(TGK_FORK, 0xff, FF4, 0, fork), 16)
        keys = Keys(f, self.psk_b, csb, 2, rest)
        plain = key_data([(6, self.mpki, None, b"\1"),
                          (6, self.mpkr_forked, None, b"\1"),
                          (1, self.tgk_forked, SALT, b"\2")])
        data = aes_ctr(keys.encr, kemac_iv(keys.salt, csb, self.t_late),
                       plain)
        self.answer("RESOLVE_RESP", keys, 18,
                    [p_t(self.t_late), p_idr(3, KMS), p_kemac(ENCR[f], data),
                     p_idr(2, BOB), p_randr(3, self.rand_kms)], csb, init)


if __name__ == "__main__":
    write("pk-pkcs1-oaep.txt", Signed(PKCS1, True).whole())
    write("pk-pss-pkcs1.txt", Signed(PSS, False).whole())
