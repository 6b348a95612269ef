/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the H.248 parser: the readers of parts of a command, from the
 * smallest up. Each begins behind the part's own word and leaves the reader
 * behind its end; false means that the fault is written.
 */
#ifndef SRTPGATE_H248_TREE_H
#define SRTPGATE_H248_TREE_H

#include "lib/h248_reader.h"

/* -- h248_item.c ------------------------------------------------------------- */

/* Refuses what stands somewhere for the second time. */
bool h248_twice(struct h248_reader *r, int code, struct sg_slice name);

/* Refuses what is not package/name; @what is what it is to be. */
bool h248_not_an_item(struct h248_reader *r, struct sg_slice name,
		      const char *what);

/*
 * The relation and values behind @name, which is added to a list; @code: when
 * it is there already; @optional: there may be neither relation nor value.
 */
bool h248_read_parameter(struct h248_reader *r, struct h248_parameter **list,
			 struct sg_slice name, int code, bool optional);

/* The same for a property of a package. */
bool h248_read_property(struct h248_reader *r, struct h248_parameter **list,
			struct sg_slice name);

/* Behind Stream: "=" and a StreamID. */
bool h248_read_stream_of(struct h248_reader *r, __u16 *stream);

/* From "{" on. */
bool h248_read_statistics(struct h248_reader *r, struct h248_parameter **list);
bool h248_read_packages(struct h248_reader *r, struct h248_package **list);

/* -- h248_event.c, h248_signal.c ------------------------------------------------ */

/* Behind Events or ObservedEvents, where "=" or "{" stands. */
bool h248_read_events(struct h248_reader *r, struct h248_events *events,
		      bool observed);

/* From "{" on. */
bool h248_read_signals(struct h248_reader *r, struct h248_signal **signals);

/* -- h248_media.c ------------------------------------------------------------- */

bool h248_read_media(struct h248_reader *r, struct h248_media *media);

/* -- h248_services.c ---------------------------------------------------------- */

bool h248_read_services(struct h248_reader *r, struct h248_services *services);

/* -- h248_descriptor.c --------------------------------------------------------- */

/* Behind Error, from "=" on. */
bool h248_read_error(struct h248_reader *r, struct h248_error *error);

/* All of one kind that is known; its word has been read. */
bool h248_read_descriptor(struct h248_reader *r, enum h248_token kind,
			  struct h248_descriptor *d);

/*
 * A descriptor that is among @legal (bits by kind) and not among @seen, to
 * which it is added, at the end of the list *@tail.
 */
bool h248_read_next_descriptor(struct h248_reader *r, __u32 legal, __u32 *seen,
			       struct h248_descriptor ***tail);

/* -- h248_command.c ------------------------------------------------------------ */

/* Sets verb, O- and W- from @word; 443: it is no command. */
bool h248_read_verb(struct h248_reader *r, struct sg_slice word,
		    struct h248_command *command);

/* From the "=" behind the verb on. */
bool h248_read_command(struct h248_reader *r, struct h248_command *command);

/* -- h248_action.c ---------------------------------------------------------------- */

/* "Context = id { ... }" */
bool h248_read_action(struct h248_reader *r, struct h248_action *action);

#endif /* SRTPGATE_H248_TREE_H */
