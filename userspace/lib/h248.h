/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * H.248.1 version 2 messages in text encoding (Annex B): a codec without
 * state, for gateway and controller alike. docs/h248.md says what of the
 * grammar is known and why things are as they are here.
 *
 * A message is a tree of nodes in a buffer that the caller lends; its texts
 * are slices of what was read, or of what the builder points them at, and
 * live as long as that. Names and words compare without regard to case
 * (sg_slice_is_nocase); what stands in quotes, and SDP, keeps its case.
 *
 * Lists keep the order of the message; NULL ends them.
 */
#ifndef SRTPGATE_H248_H
#define SRTPGATE_H248_H

#include "lib/h248_token.h"

/* -- values and package items ---------------------------------------------- */

enum h248_relation {
	H248_NO_VALUE,		/* only the name: asked for in an audit */
	H248_EQUAL,		/* = value */
	H248_UNEQUAL,		/* # value */
	H248_LESS,		/* < value */
	H248_GREATER,		/* > value */
	H248_ONE_OF,		/* = { value, ... } */
	H248_ALL_OF,		/* = [ value, ... ] */
	H248_RANGE,		/* = [ low : high ], two values */
};

struct h248_value {
	struct h248_value *next;
	struct sg_slice text;	/* without the quotes */
	bool quoted;
};

/* A property, a parameter of an event or signal, a statistic. */
struct h248_parameter {
	struct h248_parameter *next;
	struct sg_slice name;	/* "ipdc/realm", "timerx" */
	enum h248_relation relation;
	struct h248_value value; /* the first; more follow in .next */
};

struct h248_package {
	struct h248_package *next;
	struct sg_slice name;
	__u16 version;
};

struct h248_error {
	__u16 code;		/* H.248.8 */
	struct sg_slice text;	/* may be empty */
};

/* -- events and signals ----------------------------------------------------- */

struct h248_signal {
	struct h248_signal *next;
	struct sg_slice name;	/* "ipnapt/latch"; empty: a SignalList */
	struct h248_signal *list; /* its members */
	__u16 list_id;
	__u16 stream;		/* 0: not said */
	enum h248_token type;	/* H248_BRIEF, _ON_OFF, _TIME_OUT; 0: not said */
	bool keep_active;
	bool has_duration;
	__u16 duration;		/* in 10 ms */
	__u8 completion;	/* bits of enum h248_completion */
	struct h248_parameter *parameters;
};

/* NotifyCompletion: when the end of a signal is to be told. */
enum h248_completion {
	H248_ON_TIME_OUT = 1,
	H248_ON_EVENT = 2,
	H248_ON_SIGNALS = 4,
	H248_ON_OTHER = 8,
};

struct h248_event {
	struct h248_event *next;
	struct sg_slice name;	/* "adid/ipstop" */
	struct sg_slice time;	/* observed: "20261121T10203000" or empty */
	__u16 stream;		/* 0: not said */
	bool keep_active;
	struct sg_slice digit_map; /* as it stands: "{...}" or a name */
	struct h248_embed *embed;
	struct h248_parameter *parameters;
};

struct h248_events {
	bool has_request;
	__u32 request;		/* RequestID */
	struct h248_event *list; /* NULL: bare, which ends all events */
};

struct h248_embed {
	bool has_signals;
	struct h248_signal *signals;
	bool has_events;
	struct h248_events events;
};

/* -- media ------------------------------------------------------------------- */

/*
 * Of a word that has a value (.mode and its like): H248_NONE when it is not
 * there, the word itself when an audit asks for it, else the value.
 */
struct h248_control {
	bool present;
	enum h248_token mode;	/* H248_SEND_RECEIVE ..., H248_MODE: asked */
	enum h248_token reserved_value; /* H248_ON, _OFF, _RESERVED_VALUE */
	enum h248_token reserved_group; /* H248_ON, _OFF, _RESERVED_GROUP */
	struct h248_parameter *properties;
};

struct h248_state {
	bool present;
	enum h248_token service; /* H248_IN_SERVICE ..., _SERVICE_STATES */
	enum h248_token buffer;	/* H248_OFF, _LOCK_STEP, _BUFFER */
	struct h248_parameter *properties;
};

/*
 * Octets of a Local or Remote descriptor, blanks at both ends removed;
 * "\}" in them stands for "}". They may hold keys.
 */
struct h248_sdp {
	bool present;
	struct sg_slice text;
};

struct h248_stream {
	struct h248_stream *next;
	__u16 id;		/* 1 when .implied */
	bool implied;		/* its members stand in Media itself */
	struct h248_control control;
	struct h248_sdp local;
	struct h248_sdp remote;
	bool has_statistics;
	struct h248_parameter *statistics;
};

struct h248_media {
	struct h248_state state;
	struct h248_stream *streams;
};

/* -- service changes --------------------------------------------------------- */

enum h248_mid_kind {
	H248_MID_NONE,
	H248_MID_ADDRESS,	/* [192.0.2.1]:2944; .name without brackets */
	H248_MID_DOMAIN,	/* <mgc.example>:2944 */
	H248_MID_DEVICE,	/* mgc */
	H248_MID_MTP,		/* MTP{hex} */
	H248_MID_PORT,		/* ServiceChangeAddress: a port alone */
};

struct h248_mid {
	enum h248_mid_kind kind;
	struct sg_slice name;
	__u16 port;		/* 0: not said */
};

struct h248_services {
	enum h248_token method;	/* 0: not said, or .method_extension */
	struct sg_slice method_extension; /* "X-..." */
	bool has_reason;
	struct h248_value reason; /* "901 Cold Boot" */
	bool has_delay;
	__u32 delay;		/* s */
	__u8 version;		/* 0: not said */
	struct sg_slice profile; /* name; empty: not said */
	__u8 profile_version;
	struct h248_mid address;
	struct h248_mid mgc;	/* MgcIdToTry */
	struct sg_slice time;
	struct h248_parameter *extensions;
	struct h248_descriptor *audit;
};

/* -- commands ---------------------------------------------------------------- */

/* Bare: only its word stands there, which in an audit asks for all of it. */
struct h248_descriptor {
	struct h248_descriptor *next;
	enum h248_token kind;	/* H248_MEDIA to H248_LAST_DESCRIPTOR */
	bool bare;
	union {
		struct h248_media media;
		struct h248_events events;	/* and ObservedEvents */
		struct h248_signal *signals;
		struct h248_parameter *statistics;
		struct h248_package *packages;
		struct h248_descriptor *audit;
		struct h248_services *services;
		struct h248_error error;
		struct sg_slice raw;	/* Modem, Mux, DigitMap, EventBuffer:
					 * all behind the word */
	};
};

struct h248_termination {
	struct h248_termination *next;
	struct sg_slice name;
	bool choose;		/* has a "$" */
	bool all;		/* has a "*" */
};

struct h248_command {
	struct h248_command *next;
	enum h248_token verb;	/* H248_ADD ... H248_SERVICE_CHANGE */
	bool optional;		/* O- */
	bool wildcarded;	/* W- */
	struct h248_termination termination;
	struct h248_termination *context_list; /* reply AuditValue=Context{..} */
	struct h248_descriptor *descriptors;
};

/* -- contexts and transactions ------------------------------------------------ */

/* ContextIDs with a meaning (H.248.1 6.1.1), the text's "-", "$" and "*". */
enum {
	H248_CONTEXT_NULL = 0,
};
#define H248_CONTEXT_CHOOSE 0xfffffffeu
#define H248_CONTEXT_ALL    0xffffffffu

struct h248_topology {
	struct h248_topology *next;
	struct h248_termination a;
	struct h248_termination b;
	enum h248_token direction; /* H248_BOTHWAY, _ISOLATE, _ONEWAY */
	__u16 stream;		/* 0: all */
};

struct h248_properties {
	bool has_priority;
	__u16 priority;
	enum h248_token emergency; /* H248_EMERGENCY, _EMERGENCY_OFF */
	enum h248_token ieps;	/* H248_ON, H248_OFF; version 3 */
	struct h248_topology *topology;
};

/* What a ContextAudit asks for. */
struct h248_context_audit {
	bool present;
	bool topology;
	bool emergency;
	bool priority;
	bool ieps;
};

struct h248_action {
	struct h248_action *next;
	__u32 context;
	struct h248_properties properties;
	struct h248_context_audit audit;
	struct h248_command *commands;
	struct h248_error *error; /* reply: after the commands, or alone */
};

/* A range of transactions acknowledged; @last is @first for one. */
struct h248_ack {
	struct h248_ack *next;
	__u32 first;
	__u32 last;
};

struct h248_transaction {
	struct h248_transaction *next;
	enum h248_token kind;	/* H248_TRANSACTION, _REPLY, _PENDING,
				 * _RESPONSE_ACK */
	__u32 id;		/* not 0; not of acks */
	bool ack_required;	/* reply: ImmAckRequired */
	struct h248_error *error; /* reply */
	struct h248_action *actions;
	struct h248_ack *acks;
};

/* -- messages ----------------------------------------------------------------- */

struct h248_authentication {
	bool present;
	__u32 spi;
	__u32 sequence;
	struct sg_slice data;	/* hexadecimal digits */
};

struct h248_message {
	struct h248_authentication authentication;
	__u8 version;		/* 1 to 3 */
	struct h248_mid mid;
	struct h248_error *error; /* instead of transactions */
	struct h248_transaction *transactions;
	unsigned count;		/* of them, acks as one, as read */

	/* The parser's own. */
	char *text;		/* what was read */
	size_t size;
	char *arena;		/* the lent buffer */
	size_t arena_size;
	size_t arena_used;
};

/* -- reading -------------------------------------------------------------------- */

enum { H248_FAULT_TEXT = 160 };

/* Why a message was refused. */
struct h248_fault {
	int code;		/* H.248.8 error code for the answer */
	__u32 transaction;	/* request it is in; 0: answer the message */
	unsigned line, column;	/* from 1, octets */
	char text[H248_FAULT_TEXT]; /* a sentence; never a long value */
};

/* Octets of nodes that any message of @size octets needs at most. */
#define H248_ARENA_SIZE(size) ((size) * 25 + 512)

/*
 * Reads the one message in @text, whose octets it keeps referring to and
 * does not change. Nodes go to @arena (any alignment), for which
 * H248_ARENA_SIZE(@size) always suffices; real messages take a tenth. Returns 0; -EINVAL and *@fault; -ENOSPC and
 * *@fault (510) when the arena is too small. h248_message_wipe() is due in
 * each case; the tree may be used only after 0.
 */
int h248_parse(struct h248_message *message, void *arena, size_t arena_size,
	       char *text, size_t size, struct h248_fault *fault);

/*
 * Zeroes all octets that were read and the part of the arena in use: Local
 * and Remote may have held keys. Afterwards the tree is gone.
 */
void h248_message_wipe(struct h248_message *message);

/* -- building and writing ---------------------------------------------------------- */

/* For a message that is built: version 2 and an empty arena. */
void h248_message_init(struct h248_message *message, void *arena, size_t size);

/* A zeroed node of the message's arena; NULL: it is full. */
void *h248_alloc(struct h248_message *message, size_t size);

/*
 * Writes @message. Returns the octets written, no NUL; -ENOSPC: more than
 * @size; -EINVAL: a text that would read as something else (a control
 * character, a quote inside quotes, a "}" inside SDP), or a node that lacks
 * what it must have. Error texts are for people: a character that may not
 * stand there becomes "?", a quote "'". The buffer may hold keys then: zero it.
 */
int h248_print(char *buffer, size_t size, const struct h248_message *message,
	       enum h248_form form);

/* -- looking ------------------------------------------------------------------------ */

/* The first of @list of a kind; NULL: none. */
const struct h248_descriptor *
h248_descriptor_find(const struct h248_descriptor *list, enum h248_token kind);

/* The first called @name ("gm/saf"), in any case; NULL: none. */
const struct h248_parameter *
h248_parameter_find(const struct h248_parameter *list, const char *name);

#endif /* SRTPGATE_H248_H */
