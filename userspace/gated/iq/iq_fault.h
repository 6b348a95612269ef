/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why an order that came over Iq is refused: a code of H.248.8 and one
 * sentence. For 449 the text begins with the offending value (TS 29.334
 * 5.17.1); it is never a key, and has no braces.
 */
#ifndef SRTPGATE_IQ_FAULT_H
#define SRTPGATE_IQ_FAULT_H

#include "lib/slice.h"

enum { IQ_FAULT_TEXT = 160 };

struct iq_fault {
	__u16 code;
	char text[IQ_FAULT_TEXT];
};

enum iq_error {
	IQ_BAD_IDENTIFIER = 410,
	IQ_UNKNOWN_CONTEXT = 411,
	IQ_NO_CONTEXT_LEFT = 412,
	IQ_UNKNOWN_ACTION = 421,
	IQ_UNKNOWN_TERMINATION = 430,
	IQ_NOTHING_MATCHED = 431,
	IQ_ALREADY_IN_CONTEXT = 433,
	IQ_TOO_MANY_TERMINATIONS = 434,
	IQ_NOT_IN_CONTEXT = 435,
	IQ_UNKNOWN_PACKAGE = 440,
	IQ_UNKNOWN_COMMAND = 443,
	IQ_UNKNOWN_DESCRIPTOR = 444,
	IQ_UNKNOWN_PROPERTY = 445,
	IQ_ILLEGAL_DESCRIPTOR = 447,
	IQ_UNSUPPORTED_VALUE = 449,
	IQ_NO_SUCH_EVENT = 451,
	IQ_NO_SUCH_SIGNAL = 452,
	IQ_NO_SUCH_STATISTIC = 453,
	IQ_NO_SUCH_PARAMETER = 454,
	IQ_PARAMETER_MISSING = 457,
	IQ_INFORMATION_MISSING = 472,
	IQ_CONFLICT = 473,
	IQ_BAD_SDP = 474,
	IQ_INTERNAL = 500,
	IQ_NOT_IMPLEMENTED = 501,
	IQ_NOT_READY = 502,
	IQ_UNAVAILABLE = 503,
	IQ_UNAUTHORIZED = 504,
	IQ_NOT_REGISTERED = 505,
	IQ_NO_RESOURCES = 510,
	IQ_UNSUPPORTED_MEDIA = 515,
	IQ_UNSUPPORTED_MODE = 517,
	IQ_REPLY_TOO_LONG = 533,
	IQ_READ_ONLY = 534,
};

/* Fills @fault; returns -EINVAL, so that callers can return its value. */
int iq_fault_set(struct iq_fault *fault, enum iq_error code,
		 const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * The same with nothing but @value as the text. Only the length is told of
 * one that has more than SG_SHOWN_MAX octets: it might be a key.
 */
int iq_fault_value(struct iq_fault *fault, enum iq_error code,
		   struct sg_slice value);

#endif /* SRTPGATE_IQ_FAULT_H */
