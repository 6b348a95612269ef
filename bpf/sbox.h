/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The AES S-box as a logic circuit, for 64 bytes at once: SubBytes without its
 * constant. Boyar and Peralta, "A new combinational logic minimization
 * technique with applications to cryptology" (2010): x are the input bits,
 * y the top linear layer, t1 to t45 the inversion, z and tc the bottom layer,
 * s the output bits, all numbered from the most significant one.
 *
 * 113 gates and ten registers: what does not fit goes to memory and back. The
 * order of the gates, and which values rest in @m meanwhile, came out of a
 * search for the fewest moves; the compiler, left to itself, takes a quarter
 * more time. So each gate is an instruction that it may not reorder.
 */
#ifndef SRTPGATE_SBOX_H
#define SRTPGATE_SBOX_H

#include "work.h"

static __inline_always __u64 XOR(__u64 a, __u64 b)
{
	asm volatile("%0 ^= %1" : "+r"(a) : "r"(b));
	return a;
}

static __inline_always __u64 AND(__u64 a, __u64 b)
{
	asm volatile("%0 &= %1" : "+r"(a) : "r"(b));
	return a;
}

/* @q: planes, 0 the least significant; @m: 20 words of room. */
static __inline_always void aes_sub_bytes(volatile __u64 *q,
					  volatile __u64 *m)
{
	__u64 s0, s1, s2, s3, s4, s5, s6, s7, t0, t1, t2, t3, t4, t5,
	      t6, t7, t8, t9, t10, t11, t12, t13, t14, t15, t16, t17,
	      t18, t19, t20, t21, t22, t23, t24, t25, t26, t27, t28,
	      t29, t30, t31, t32, t33, t34, t35, t36, t37, t38, t39,
	      t40, t41, t42, t43, t44, t45, tc1, tc2, tc3, tc4, tc5,
	      tc6, tc7, tc8, tc9, tc10, tc11, tc12, tc13, tc14, tc16,
	      tc17, tc18, tc20, tc21, tc26, x0, x1, x3, x5, y1, y2, y3,
	      y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15,
	      y16, y17, y18, y19, y20, y21, z0, z1, z2, z3, z4, z5, z6,
	      z7, z8, z9, z10, z11, z12, z13, z14, z15, z16, z17;

	x1 = q[6];
	t0 = XOR(q[5], x1);
	x3 = q[4];
	y9 = XOR(q[7], x3);
	y1 = XOR(q[0], t0);
	y4 = XOR(y1, x3);
	x5 = q[2];
	y14 = XOR(x3, x5);
	x0 = q[7];
	y13 = XOR(q[1], x0);
	m[14] = y9;
	y12 = XOR(y13, y14);
	m[4] = y13;
	t1 = XOR(q[3], y12);
	y20 = XOR(x1, t1);
	y15 = XOR(t1, x5);
	y8 = XOR(x5, x0);
	m[5] = y14;
	y6 = XOR(q[0], y15);
	m[12] = y6;
	y10 = XOR(y15, t0);
	m[1] = y10;
	y5 = XOR(q[1], y1);
	y2 = XOR(x0, y1);
	m[8] = y2;
	y3 = XOR(y5, y8);
	m[11] = y5;
	t5 = AND(q[0], y4);
	m[10] = y4;
	t2 = AND(y12, y15);
	m[6] = y15;
	y11 = XOR(m[14], y20);
	m[3] = y12;
	t3 = AND(m[12], y3);
	t4 = XOR(t3, t2);
	t6 = XOR(t5, t2);
	y16 = XOR(t0, y11);
	y17 = XOR(m[1], y11);
	m[9] = y3;
	t13 = AND(m[5], y17);
	m[7] = y17;
	t12 = AND(m[14], y11);
	t14 = XOR(t13, t12);
	t17 = XOR(t4, t14);
	t21 = XOR(t17, y20);
	t15 = AND(m[1], y8);
	t16 = XOR(t15, t12);
	y19 = XOR(m[1], y8);
	t18 = XOR(t6, t16);
	m[13] = y8;
	t8 = AND(m[11], y1);
	t22 = XOR(t18, y19);
	t7 = AND(m[4], y16);
	t9 = XOR(t8, t7);
	t19 = XOR(t9, t14);
	y7 = XOR(q[0], y11);
	m[2] = y11;
	y18 = XOR(q[7], y16);
	m[0] = y1;
	t10 = AND(m[8], y7);
	t11 = XOR(t10, t7);
	y21 = XOR(m[4], y16);
	t20 = XOR(t11, t16);
	t23 = XOR(t19, y21);
	t26 = AND(t21, t23);
	t24 = XOR(t20, y18);
	t30 = XOR(t23, t24);
	t27 = XOR(t24, t26);
	t31 = XOR(t26, t22);
	t32 = AND(t31, t30);
	t33 = XOR(t32, t24);
	t35 = XOR(t27, t33);
	t25 = XOR(t21, t22);
	t36 = AND(t24, t35);
	t34 = XOR(t23, t33);
	t37 = XOR(t34, t36);
	t44 = XOR(t33, t37);
	t38 = XOR(t36, t27);
	t28 = AND(t27, t25);
	t29 = XOR(t28, t22);
	z10 = AND(m[9], t37);
	m[15] = z10;
	z9 = AND(m[3], t44);
	t39 = AND(t38, t29);
	t40 = XOR(t25, t39);
	z5 = AND(y7, t29);
	z1 = AND(m[12], t37);
	m[19] = z9;
	z14 = AND(m[8], t29);
	t41 = XOR(t37, t40);
	m[18] = z14;
	z0 = AND(m[6], t44);
	z11 = AND(m[10], t33);
	m[16] = z11;
	z2 = AND(q[0], t33);
	t42 = XOR(t33, t29);
	t43 = XOR(t29, t40);
	tc5 = XOR(z1, z0);
	z3 = AND(y16, t43);
	tc12 = XOR(z5, z3);
	tc4 = XOR(z0, z2);
	z12 = AND(m[4], t43);
	tc14 = XOR(tc12, tc4);
	tc7 = XOR(tc4, z12);
	z4 = AND(m[0], t40);
	m[17] = z12;
	z8 = AND(m[1], t41);
	tc9 = XOR(z8, tc7);
	z17 = AND(m[13], t41);
	tc6 = XOR(z3, z4);
	z13 = AND(m[11], t40);
	t45 = XOR(t41, t42);
	z7 = AND(m[7], t45);
	tc8 = XOR(z7, tc6);
	tc11 = XOR(tc6, tc5);
	tc10 = XOR(tc9, tc8);
	z6 = AND(m[2], t42);
	tc16 = XOR(z6, tc8);
	z15 = AND(m[14], t42);
	z16 = AND(m[5], t45);
	tc1 = XOR(z16, z15);
	tc13 = XOR(z13, tc1);
	tc2 = XOR(m[15], tc1);
	tc20 = XOR(z15, tc16);
	tc18 = XOR(tc13, tc14);
	tc17 = XOR(m[18], tc10);
	tc26 = XOR(tc20, tc17);
	s2 = XOR(tc26, z17);
	q[5] = s2;
	tc3 = XOR(m[19], tc2);
	s3 = XOR(tc11, tc3);
	s0 = XOR(tc3, tc16);
	q[7] = s0;
	s6 = XOR(tc10, tc18);
	q[1] = s6;
	tc21 = XOR(m[16], tc2);
	s7 = XOR(m[17], tc18);
	q[0] = s7;
	s5 = XOR(tc21, tc17);
	q[2] = s5;
	s4 = XOR(tc14, s3);
	q[3] = s4;
	s1 = XOR(tc16, s3);
	q[6] = s1;
	q[4] = s3;
}

#endif /* SRTPGATE_SBOX_H */
