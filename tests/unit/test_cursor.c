// SPDX-License-Identifier: GPL-2.0-only
/* Cursor, slices and base64: what every parser of outside octets leans on. */
#include <errno.h>
#include <stdlib.h>

#include "../lib/ktap.h"
#include "lib/base64.h"
#include "lib/cursor.h"

static void test_integers(void)
{
	static const __u8 octets[] = { 1, 2, 3, 4, 5, 6, 7, 8,
				       9, 10, 11, 12, 13, 14, 15 };
	struct sg_cursor c = sg_cursor_of(octets, sizeof(octets));

	ktap(sg_cursor_u8(&c) == 1 && sg_cursor_u16(&c) == 0x0203 &&
	     sg_cursor_u32(&c) == 0x04050607 &&
	     sg_cursor_u64(&c) == 0x08090a0b0c0d0e0full && !c.failed,
	     "integers are read in network order");
	ktap(!sg_cursor_u8(&c) && c.failed && c.at == c.end,
	     "one more is zero, and failed");
	c = sg_cursor_of(octets, 3);
	ktap(!sg_cursor_u32(&c) && c.failed && c.at == c.end,
	     "an integer cut short is zero, failed, and the end");
	ktap(!sg_cursor_u8(&c) && c.failed, "and stays failed");
	c = sg_cursor_of(octets, 4);
	ktap(!sg_cursor_take(&c, (size_t)-1).size && c.failed,
	     "nor is the largest size taken");
}

static void test_text(void)
{
	struct sg_cursor c = sg_cursor_of("ab\r\ncd\ne\rf,g  h", 15);

	ktap(sg_slice_is(sg_cursor_line(&c), "ab") &&
	     sg_slice_is(sg_cursor_line(&c), "cd") &&
	     sg_slice_is(sg_cursor_line(&c), "e"),
	     "lines end with CR LF, LF or CR");
	ktap(sg_slice_is(sg_cursor_until(&c, ','), "f") &&
	     sg_slice_is(sg_cursor_word(&c), "g") &&
	     sg_slice_is(sg_cursor_word(&c), "h") &&
	     !sg_cursor_word(&c).size && !c.failed,
	     "a field, words, and the end, which is no failure");
	ktap(sg_cursor_peek(&c) == -1 && !sg_cursor_accept(&c, 'h'),
	     "nothing is accepted at the end");
	c = sg_cursor_of("\xff", 1);
	ktap(sg_cursor_peek(&c) == 255, "octet 255 is not the end");
}

static bool position_is(const char *text, int offset, unsigned line,
			unsigned column)
{
	struct sg_cursor c = sg_cursor_of(text, strlen(text));
	unsigned l, col;

	sg_cursor_position(&c, text + offset, &l, &col);
	return l == line && col == column;
}

static void test_position(void)
{
	static const char text[] = "ab\r\ncd\n\nx";

	ktap(position_is(text, 0, 1, 1) && position_is(text, 1, 1, 2) &&
	     position_is(text, 4, 2, 1) && position_is(text, 5, 2, 2) &&
	     position_is(text, 7, 3, 1) && position_is(text, 8, 4, 1) &&
	     position_is(text, 9, 4, 2) && position_is("", 0, 1, 1),
	     "lines and columns count from 1");
}

static bool is_number(const char *text, __u64 max, __u64 wanted)
{
	__u64 value = ~wanted;

	return sg_slice_number(sg_slice_of(text), max, &value) &&
	       value == wanted;
}

static bool no_number(const char *text, __u64 max)
{
	__u64 value = 77;

	return !sg_slice_number(sg_slice_of(text), max, &value) && value == 77;
}

static void test_slices(void)
{
	char shown[SG_SHOWN_TEXT];

	ktap(is_number("0", 0, 0) && is_number("0042", 42, 42) &&
	     is_number("18446744073709551615", ~0ull, ~0ull),
	     "decimal numbers up to 2^64 - 1");
	ktap(no_number("", 9) && no_number("-1", 9) && no_number("1 ", 9) &&
	     no_number("10", 9) && no_number("18446744073709551616", ~0ull) &&
	     no_number("99999999999999999999999", ~0ull) &&
	     no_number("0x1", 99),
	     "and nothing else, nor one above the limit");
	ktap(sg_slice_is_nocase(SG_SLICE("Ip/ACC"), "iP/acc") &&
	     !sg_slice_is_nocase(SG_SLICE("@"), "`") &&
	     !sg_slice_is(SG_SLICE("a"), "A") &&
	     !sg_slice_is_nocase(SG_SLICE("ab"), "a"),
	     "case counts or not, for letters only");
	ktap(sg_slice_is(sg_slice_trim(SG_SLICE(" \t\r\n a b\n ")), "a b") &&
	     !sg_slice_trim(SG_SLICE(" \n")).size, "trimmed at both ends");
	ktap(!strcmp(sg_slice_show(shown, SG_SLICE("a\"\n\x80z")),
		     "\"a???z\""),
	     "what does not print is shown as ?");
	ktap(!strcmp(sg_slice_show(shown, sg_slice_of(
		     "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR")),
		     "(40 characters)"),
	     "what is as long as a key is not shown");
}

static bool encodes(const char *octets, const char *base64)
{
	size_t size = strlen(octets);
	char text[64];
	__u8 back[64];

	sg_base64_encode(text, (const __u8 *)octets, size);
	return strlen(base64) == SG_BASE64_SIZE(size) &&
	       !strncmp(text, base64, SG_BASE64_SIZE(size)) &&
	       sg_base64_decode(back, sizeof(back), sg_slice_of(base64)) ==
		       (int)size &&
	       !strncmp((char *)back, octets, size);
}

static int decode(const char *text, size_t room)
{
	__u8 octets[64];

	return sg_base64_decode(octets, room, sg_slice_of(text));
}

static void test_base64(void)
{
	bool all = true;
	char text[5] = "AAAA";

	ktap(encodes("", "") && encodes("f", "Zg==") && encodes("fo", "Zm8=") &&
	     encodes("foo", "Zm9v") && encodes("foobar", "Zm9vYmFy"),
	     "the vectors of RFC 4648 10, both ways");
	ktap(encodes("\xff\xff\xfe\xff", "///+/w==") &&
	     encodes("\xfb\xff\xbf", "+/+/"), "+ and / are 62 and 63");
	ktap(decode("Zg", 9) == 1 && decode("Zm8", 9) == 2,
	     "padding may be missing");
	ktap(decode("Z", 9) == -EINVAL && decode("Zg=", 9) == -EINVAL &&
	     decode("====", 9) == -EINVAL && decode("Z===", 9) == -EINVAL &&
	     decode("Zg==Zg==", 9) == -EINVAL && decode("Zm9v=", 9) == -EINVAL,
	     "but not be wrong");
	for (int c = 0; c < 256; c++) {
		bool good = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			    (c >= '0' && c <= '9') || c == '+' || c == '/';
		__u8 octets[3];

		for (int i = 0; i < 3; i++) {
			memcpy(text, "AAAA", 4);
			text[i] = c;
			all &= (sg_base64_decode(octets, 3,
						 (struct sg_slice){ text, 4 }) ==
				3) == good;
		}
	}
	ktap(all, "each of the 256 octets is a character of base64 or refused");
	ktap(decode("Zm9vYg==", 4) == 4 && decode("Zm9vYg==", 3) == -ENOSPC,
	     "no octet goes beyond the room");
}

int main(void)
{
	test_integers();
	test_text();
	test_position();
	test_slices();
	test_base64();
	return ktap_finish();
}
