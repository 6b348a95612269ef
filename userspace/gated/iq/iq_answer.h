/* SPDX-License-Identifier: GPL-2.0-only */
/* What an answer to one of our requests says, wherever it stands in it. */
#ifndef SRTPGATE_IQ_ANSWER_H
#define SRTPGATE_IQ_ANSWER_H

#include "lib/h248_exchange.h"

/* The first error: of message, reply, action or command. NULL: none. */
const struct h248_error *iq_answer_error(const struct h248_answer *answer);

/* The Services descriptor of the reply to a ServiceChange. NULL: none. */
const struct h248_services *
iq_answer_services(const struct h248_answer *answer);

/* "error 406, Version Not Supported", for people. */
enum { IQ_ANSWER_TEXT = 80 };
const char *iq_answer_show(char text[IQ_ANSWER_TEXT],
			   const struct h248_error *error);

#endif /* SRTPGATE_IQ_ANSWER_H */
