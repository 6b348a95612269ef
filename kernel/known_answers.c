// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys are in the maps' form; tests/unit/test_kfuncs.c proves that they are
 * those of the documents named.
 */
#include "known_answers.h"

#include <linux/errno.h>
#include <linux/string.h>

#include "core.h"

/* Of the master key of RFC 3711 B.3, which libsrtp's packets use, too. */
static const struct sg_session_key cm128_rtp = {
	.salt = { 0xbb740956256e5426, 0x698bafbc7d1eacff },
	.hmac.inner = { 0x16966153, 0x301ab5af, 0xd6034d96,
			 0x083de8cf, 0x63b68bb9 },
	.hmac.outer = { 0xcefee349, 0xab1b643e, 0xb340b5ef,
			 0xbf724665, 0x48af7835 },
	.aes.word = {
		0x5b527eddd612788c, 0x968130d795ad9abc, 0x542a979d5023c838,
		0xbc335efa7483b485, 0x44251bf51237f0bb, 0xa85fc57475b60df1,
		0x24437bdfef8c6a91, 0x6fb5546c1200ac7e, 0x3324f1377e5a8d4e,
		0x655bccde3424f398, 0x1666773f2f904f16, 0xa7745e6c9bfd4d87,
		0xa8afaaaee28fe957, 0x8489ee5685c7ec79, 0xb7926f2bbaa6a7db,
		0x2deca991ed10b398, 0xba2145d8c8145c86, 0x0ae896a67e9f58d2,
		0x46e7f1ad9207f96d, 0xa42ec00f196f4792,
	},
};

static const struct sg_session_key cm128_rtcp = {
	.salt = { 0x17a4ef834b8e7769, 0x5fae1fd64903a70d },
	.hmac.inner = { 0x833fd8c9, 0x4a4a5d83, 0x3309dc9a,
			 0x94545464, 0x7d9f20b9 },
	.hmac.outer = { 0xc3be10e4, 0x94e2e9f6, 0xb0f52840,
			 0x9fab9395, 0xcf5f2111 },
	.aes.word = {
		0xeef46b3db7cc2d54, 0x924356fe04ff884c, 0x07a7bb50fb4b9860,
		0x50fb180346f6d3df, 0x3dea535d80741b05, 0x48bd9f0744d6d638,
		0xd4e053db74bc13b8, 0xc7f1532dceeea114, 0xcf11b5db12a5644c,
		0x8f51c8a9e4c459e9, 0x64b7b5d545ca4161, 0xcb5c596cce4603c4,
		0x28dad33b42d3da8d, 0x40a7cc03c466caf5, 0xf6a1aa2ccdbb2c5e,
		0xba17241b9b334e2b, 0x57bcbab26919769f, 0x985e70158727208c,
		0xd2408019820a041b, 0xd5a4256776239db5,
	},
};

/* RFC 6188 7.3 and 7.1. */
static const struct sg_session_key cm192 = {
	.salt = { 0xa51367d6431f15aa, 0xd82a8f8ca47e8cb1 },
	.aes.word = {
		0x58d9bcd1a0cc5e83, 0xa4f657d7332bd7a4, 0x38ea08172d6c5ec9,
		0xce9f12689486594e, 0x5b6fc2a81ed4b4e8, 0x0690b05588d657f4,
		0xff595ab8efd03e53, 0x4e42d061a5f1d465, 0x48087e91ff2842c4,
		0x3bb1deaa11d166fc, 0xc742fb605e2c1e99, 0x7a754f7cf8f6c5f4,
		0xe345b1d80f315f52, 0x0547a610dda46fdd, 0x87600895acb7f9a8,
		0x89fe48a83a6de5f5, 0x511e5b938c5a7e53, 0x1edf527bd63fd477,
		0x8a8dbd56f6d5533f, 0xc4f68bfd5c77232a, 0x0000000000000000,
		0x0000000000000000, 0x0000000000000000, 0x0000000000000000,
		0xc6b4f54f453586a4, 0x3df9d943bd2e8cff, 0xfe7059f9f39f6f85,
		0xa80f83c47f83c5cb,
	},
};

static const struct sg_session_key cm256 = {
	.salt = { 0x7027037da9c7c057, 0x819cf32dc04ab59a },
	.aes.word = {
		0x5e16df73682c991b, 0xb77e9ed93f260f38, 0xf159d1c014fbbf62,
		0xcaf0c04709fd9e65, 0x0ebd5b1523c9828a, 0xea2ff0b0d994609c,
		0x42a6e02d2e75e6af, 0xb2d728ecf660c3bb, 0x086de8a8e5fee54f,
		0x62ba7ec16029cca5, 0xc5079476eacdd05c, 0xc76b62c4442bb149,
		0xf9742f097b61e352, 0xc488984e04b68284, 0x1287a0734b0d0edb,
		0xee5f440ad9df49ec, 0xead4ba21b573f224, 0x2c20d275d99f2c86,
		0x6d9b812630e99a79, 0xed4c464283a19b4c, 0x71eb689f7776b13d,
		0xae6fda21af7451a4, 0x9b7722badc2dee67, 0x5cf8e1d092749d71,
		0xe08c147dd9c93b99, 0xe3a61a26231b9ad1, 0xfbd7fef776687a72,
		0x9003a25e45f01e54,
	},
};

/* RFC 7714 16: 00 01 02 ..., "Quid pro quo". */
static const struct sg_session_key gcm128 = {
	.salt = { 0x87f4ef4b54d8c841, 0x6606077677070225 },
	.ghash = { 0xc6a13b37878f5b82, 0x6f4f8162a1c8d879 },
	.aes.word = {
		0x29ed175b985c5915, 0x99991111ccccbbbb, 0xd32806ec38e1bd75,
		0x9696dada5f5f0d0d, 0xd2cca7cfa1ca7f15, 0x22dda1d63a9060bd,
		0x0fefe1d4646fea64, 0x6d9de559596099f2, 0x48b9e01c950ce3af,
		0x388cfc4cc99fc3c5, 0x825ece1c065a944d, 0x0af175f6c3c56c93,
		0x95ef133c9caad707, 0x742e81ab639c2287, 0xa6179964f0c5d374,
		0xd5b91d0e72d7c8c2, 0xfb2d414eaf06d337, 0xf0b235f8f4fed793,
		0x684c349e8472e000, 0xae715c2746f72987,
	},
};

static const struct sg_session_key gcm256 = {
	.salt = { 0x87f4ef4b54d8c841, 0x6606077677070225 },
	.ghash = { 0xf29000b62a499fd0, 0xa9f39a6add2e7780 },
	.aes.word = {
		0x01bec2282bb606ce, 0x3f2e29388d9c1100, 0x8f4cafa16a45fca5,
		0xe87132feb4c300aa, 0x6a7469cdc414741e, 0x15d815afd2863435,
		0xbcc7f6a38f412e18, 0x234c726f1be3aca6, 0x0439051e69e17346,
		0x5e06bce2966d0572, 0xc37f48d4257c10df, 0xb937cd9908dab7d1,
		0xd39aa9576b9c0443, 0x92214980cc7cdb89, 0x6296f83d62109b86,
		0x416b7d6992173ef4, 0x93a9c5e89b41edad, 0xc8f820a43939a1c2,
		0x5fafd1aab9afe4c7, 0x558aba11076905d4, 0x840c51d92ea6fb73,
		0x7777777777777777, 0xf0bc3d711c506a26, 0xffffaaaa1111cccc,
		0xed29db97e7235915, 0xababdcdc32326767, 0xb348668c24fd05cd,
		0x09097b7b9e9e6c6c,
	},
};

#define RTP_HEX "800f1234decafbadcafebabe"
#define ZEROS_HEX "00000000000000000000000000000000"
#define GCM_RTP_HEX                                                            \
	"8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e697320646976"     \
	"69736120696e207061727465732074726573"
#define GCM_RTCP_HEX                                                           \
	"81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61"     \
	"deadbeefdeadbeefdeadbeefdeadbeefdeadbeef"

static const struct answer {
	const char *name;
	const struct sg_session_key *session;
	__u64 index;
	__u32 rtcp;
	__u8 flags, tag;
	const char *plain, *sealed;
} answers[] = {
	{ "AES-CM 128, SRTP", &cm128_rtp, 0x1234, 0, 0, 10,
	  RTP_HEX "abababababababababababababababab",
	  RTP_HEX "4e55dc4ce79978d88ca4d215949d2402"
		  "b78d6acc99ea179b8dbb" },
	{ "AES-CM 128, SRTCP", &cm128_rtcp, 1, 1, 0, 10,
	  "81c8000bcafebabeabababababababababababababababab",
	  "81c8000bcafebabe7128035be487b9bdbef89041f977a5a8"
	  "80000001993e08cd54d6c1230798" },
	{ "AES-CM 192", &cm192, 0, 0, SG_KEY_AES_192, 0,
	  "8000000000000000" "00000000" ZEROS_HEX ZEROS_HEX ZEROS_HEX,
	  "8000000000000000" "00000000"
	  "35096cba4610028dc1b57503804ce37c5de986291dcce161d5165ec4568f5c9a"
	  "474a40c77894bc17180202272a4c264d" },
	{ "AES-CM 256", &cm256, 0, 0, SG_KEY_AES_256, 0,
	  "8000000000000000" "00000000" ZEROS_HEX ZEROS_HEX ZEROS_HEX,
	  "8000000000000000" "00000000"
	  "92bdd28a93c3f52511c677d08b5515a49da71b2378a854f67050756ded165bac"
	  "63c4868b7096d88421b563b8c94c9a31" },
	{ "AES-GCM 128, SRTP", &gcm128, 0xf17b, 0, SG_KEY_GCM, 16, GCM_RTP_HEX,
	  "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd5"
	  "0d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee439"
	  "0cce" },
	{ "AES-GCM 256, SRTP", &gcm256, 0xf17b, 0, SG_KEY_GCM | SG_KEY_AES_256,
	  16, GCM_RTP_HEX,
	  "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab1801238"
	  "9a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a7"
	  "6c13" },
	{ "AES-GCM 128, SRTCP", &gcm128, 0x5d4, 1, SG_KEY_GCM, 16, GCM_RTCP_HEX,
	  "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32d"
	  "c676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf872"
	  "45d9eade800005d4" },
	{ "AES-GCM 128, SRTCP tagged only", &gcm128, 0x5d4, 1,
	  SG_KEY_GCM | SG_KEY_PLAIN_RTCP, 16, GCM_RTCP_HEX,
	  "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61"
	  "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef841dd9683dd78ec92ae58790"
	  "125f62b3000005d4" },
};

enum { ANSWERS = sizeof(answers) / sizeof(answers[0]), PACKET_MAX = 128 };

/* What one vector needs; too much for a kernel's stack. */
static struct {
	struct sg_key key;
	struct sg_conversion conversion;
	__u8 plain[PACKET_MAX], sealed[PACKET_MAX];
	__u8 packet[PACKET_MAX + SG_CONVERSION_ROOM];
	__u32 plain_size, sealed_size;
} test;

static __u8 nibble(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static __u32 unhex(__u8 *out, const char *hex)
{
	__u32 size = 0;

	for (; *hex; hex += 2)
		out[size++] = nibble(hex[0]) << 4 | nibble(hex[1]);
	return size;
}

static void set_up(const struct answer *answer)
{
	memset(&test, 0, sizeof(test));
	test.key.rtp = *answer->session;
	test.key.rtcp = *answer->session;
	test.key.flags = answer->flags;
	test.key.rtp_tag = answer->tag;
	test.key.rtcp_tag = answer->tag;
	test.plain_size = unhex(test.plain, answer->plain);
	test.sealed_size = unhex(test.sealed, answer->sealed);
}

static void load_packet(const struct answer *answer, const __u8 *bytes,
			__u32 size)
{
	memcpy(test.packet, bytes, size);
	test.conversion = (struct sg_conversion){
		.index = answer->index,
		.second = answer->index,
		.length = size,
		.header = 12,
		.rtcp = answer->rtcp,
	};
}

static int open_packet(__u32 features)
{
	return srtp_core_open(&test.conversion, test.packet,
			      sizeof(test.packet), &test.key, features);
}

static bool is(const __u8 *bytes, __u32 size)
{
	return test.conversion.length == size &&
	       !memcmp(test.packet, bytes, size);
}

static bool seals(const struct answer *answer, __u32 features)
{
	load_packet(answer, test.plain, test.plain_size);
	return !srtp_core_seal(&test.conversion, test.packet,
			       sizeof(test.packet), &test.key, features) &&
	       is(test.sealed, test.sealed_size);
}

/* SRTP at the second guess of its index, and an altered packet not at all. */
static bool opens(const struct answer *answer, __u32 features)
{
	load_packet(answer, test.sealed, test.sealed_size);
	if (!answer->rtcp && answer->tag)
		test.conversion.index += 1 << 16;
	if (open_packet(features) || !is(test.plain, test.plain_size))
		return false;
	if (!answer->tag)
		return true;
	test.sealed[test.sealed_size / 2] ^= 1;
	load_packet(answer, test.sealed, test.sealed_size);
	return open_packet(features) == -EBADMSG &&
	       is(test.sealed, test.sealed_size);
}

const char *srtp_known_answers(__u32 features)
{
	for (int i = 0; i < ANSWERS; i++) {
		set_up(&answers[i]);
		if (!seals(&answers[i], features) ||
		    !opens(&answers[i], features))
			return answers[i].name;
	}
	return NULL;
}

const struct sg_session_key *srtp_known_session(enum srtp_known_key number)
{
	static const struct sg_session_key *const sessions[] = {
		[SRTP_KNOWN_CM_128_RTP] = &cm128_rtp,
		[SRTP_KNOWN_CM_128_RTCP] = &cm128_rtcp,
		[SRTP_KNOWN_CM_192] = &cm192,
		[SRTP_KNOWN_CM_256] = &cm256,
		[SRTP_KNOWN_GCM_128] = &gcm128,
		[SRTP_KNOWN_GCM_256] = &gcm256,
	};

	return sessions[number];
}
