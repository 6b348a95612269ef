/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words of H.248.1's text encoding (Annex B.3), each with its long and
 * its short spelling. A reader takes both, in any case.
 */
#ifndef SRTPGATE_H248_TOKEN_H
#define SRTPGATE_H248_TOKEN_H

#include "lib/slice.h"

/* X(symbol, long, short); descriptors first, they are bits of masks. */
#define H248_TOKENS(X)                                                         \
	X(MEDIA, "Media", "M")                                                 \
	X(EVENTS, "Events", "E")                                               \
	X(SIGNALS, "Signals", "SG")                                            \
	X(OBSERVED_EVENTS, "ObservedEvents", "OE")                             \
	X(STATISTICS, "Statistics", "SA")                                      \
	X(PACKAGES, "Packages", "PG")                                          \
	X(AUDIT, "Audit", "AT")                                                \
	X(SERVICES, "Services", "SV")                                          \
	X(ERROR, "Error", "ER")                                                \
	X(MODEM, "Modem", "MD")                                                \
	X(MUX, "Mux", "MX")                                                    \
	X(DIGIT_MAP, "DigitMap", "DM")                                         \
	X(EVENT_BUFFER, "EventBuffer", "EB")                                   \
	/* messages and transactions */                                        \
	X(MEGACO, "MEGACO", "!")                                               \
	X(AUTHENTICATION, "Authentication", "AU")                              \
	X(TRANSACTION, "Transaction", "T")                                     \
	X(REPLY, "Reply", "P")                                                 \
	X(PENDING, "Pending", "PN")                                            \
	X(RESPONSE_ACK, "TransactionResponseAck", "K")                         \
	X(IMM_ACK_REQUIRED, "ImmAckRequired", "IA")                            \
	X(MTP, "MTP", "MTP")                                                   \
	/* contexts */                                                         \
	X(CONTEXT, "Context", "C")                                             \
	X(CONTEXT_AUDIT, "ContextAudit", "CA")                                 \
	X(EMERGENCY, "Emergency", "EG")                                        \
	X(EMERGENCY_OFF, "EmergencyOff", "EGO")                                \
	X(PRIORITY, "Priority", "PR")                                          \
	X(IEPS_CALL, "IEPSCall", "IEPS")                                       \
	X(TOPOLOGY, "Topology", "TP")                                          \
	X(BOTHWAY, "Bothway", "BW")                                            \
	X(ISOLATE, "Isolate", "IS")                                            \
	X(ONEWAY, "Oneway", "OW")                                              \
	/* commands */                                                         \
	X(ADD, "Add", "A")                                                     \
	X(MODIFY, "Modify", "MF")                                              \
	X(MOVE, "Move", "MV")                                                  \
	X(SUBTRACT, "Subtract", "S")                                           \
	X(AUDIT_VALUE, "AuditValue", "AV")                                     \
	X(AUDIT_CAPABILITY, "AuditCapability", "AC")                           \
	X(NOTIFY, "Notify", "N")                                               \
	X(SERVICE_CHANGE, "ServiceChange", "SC")                               \
	/* media */                                                            \
	X(STREAM, "Stream", "ST")                                              \
	X(LOCAL_CONTROL, "LocalControl", "O")                                  \
	X(LOCAL, "Local", "L")                                                 \
	X(REMOTE, "Remote", "R")                                               \
	X(TERMINATION_STATE, "TerminationState", "TS")                         \
	X(MODE, "Mode", "MO")                                                  \
	X(SEND_RECEIVE, "SendReceive", "SR")                                   \
	X(SEND_ONLY, "SendOnly", "SO")                                         \
	X(RECEIVE_ONLY, "ReceiveOnly", "RC")                                   \
	X(INACTIVE, "Inactive", "IN")                                          \
	X(LOOPBACK, "Loopback", "LB")                                          \
	X(RESERVED_VALUE, "ReservedValue", "RV")                               \
	X(RESERVED_GROUP, "ReservedGroup", "RG")                               \
	X(ON, "ON", "ON")                                                      \
	X(OFF, "OFF", "OFF")                                                   \
	X(SERVICE_STATES, "ServiceStates", "SI")                               \
	X(IN_SERVICE, "InService", "IV")                                       \
	X(OUT_OF_SERVICE, "OutOfService", "OS")                                \
	X(TEST, "Test", "TE")                                                  \
	X(BUFFER, "Buffer", "BF")                                              \
	X(LOCK_STEP, "LockStep", "SP")                                         \
	/* events and signals */                                               \
	X(KEEP_ACTIVE, "KeepActive", "KA")                                     \
	X(EMBED, "Embed", "EM")                                                \
	X(SIGNAL_LIST, "SignalList", "SL")                                     \
	X(SIGNAL_TYPE, "SignalType", "SY")                                     \
	X(ON_OFF, "OnOff", "OO")                                               \
	X(TIME_OUT, "TimeOut", "TO")                                           \
	X(BRIEF, "Brief", "BR")                                                \
	X(DURATION, "Duration", "DR")                                          \
	X(NOTIFY_COMPLETION, "NotifyCompletion", "NC")                         \
	X(INT_BY_EVENT, "IntByEvent", "IBE")                                   \
	X(INT_BY_SIGNALS, "IntBySigDescr", "IBS")                              \
	X(OTHER_REASON, "OtherReason", "OR")                                   \
	/* service changes */                                                  \
	X(METHOD, "Method", "MT")                                              \
	X(RESTART, "Restart", "RS")                                            \
	X(HAND_OFF, "HandOff", "HO")                                           \
	X(FAILOVER, "Failover", "FL")                                          \
	X(FORCED, "Forced", "FO")                                              \
	X(GRACEFUL, "Graceful", "GR")                                          \
	X(DISCONNECTED, "Disconnected", "DC")                                  \
	X(REASON, "Reason", "RE")                                              \
	X(VERSION, "Version", "V")                                             \
	X(PROFILE, "Profile", "PF")                                            \
	X(DELAY, "Delay", "DL")                                                \
	X(SERVICE_CHANGE_ADDRESS, "ServiceChangeAddress", "AD")                \
	X(MGC_ID, "MgcIdToTry", "MG")

enum h248_token {
	H248_NONE,
#define H248_TOKEN_SYMBOL(symbol, full, brief) H248_##symbol,
	H248_TOKENS(H248_TOKEN_SYMBOL)
#undef H248_TOKEN_SYMBOL
	H248_TOKEN_COUNT,
	H248_LAST_DESCRIPTOR = H248_EVENT_BUFFER
};

/* Which of the two spellings is written. */
enum h248_form { H248_LONG, H248_COMPACT };

/* H248_NONE: not a word of the protocol. */
enum h248_token h248_token_find(struct sg_slice word);

/* The spelling; empty for H248_NONE. */
struct sg_slice h248_token_text(enum h248_token token, enum h248_form form);

/* The long spelling with a final NUL, for people. */
const char *h248_token_name(enum h248_token token);

#endif /* SRTPGATE_H248_TOKEN_H */
