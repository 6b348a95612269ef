# SPDX-License-Identifier: GPL-2.0-only
#
# srtpgate. As root on Debian 12:
#   make demo	installs what it needs, builds, runs calls on real media
#   make check	installs, builds, runs every test
#   make campaign	half an hour of random packets beside libsrtp2
#   make bench	side by side with libsrtp2, OpenSSL and rtpengine
# As anyone, with the packages of `make deps` there:
#   make		builds everything into build/
#   make install DESTDIR=...
# V=1 shows the commands; SANITIZE=1 builds userspace with ASan and UBSan.

CC	?= gcc
CLANG	?= clang-19
STRIP	?= llvm-strip-19
BPFTOOL	?= /usr/sbin/bpftool
PKGS	:= libbpf libcrypto libevent libconfig jansson libnl-3.0 \
	   libnl-route-3.0 libseccomp libcap sqlite3
PREFIX	?= /usr
VERSION	:= 0.1.0
B	:= build

ifeq ($(V),1)
Q	:=
say	= @:
else
Q	:= @
say	= @printf '  %-8s%s\n'
endif

ifneq ($(SANITIZE),)
# With them GCC takes accesses for overflows that are none.
SANFLAGS := -fsanitize=address,undefined -fno-omit-frame-pointer \
	   -Wno-stringop-overflow
endif

WARN	:= -Wall -Wextra -Werror
CPPFLAGS += -Iinclude -Iuserspace -I$(B) -D_GNU_SOURCE \
	   -DSRTPGATE_VERSION='"$(VERSION)"'
CFLAGS	?= -O2 -g
CFLAGS	+= -std=gnu11 $(WARN) -fstack-protector-strong -D_FORTIFY_SOURCE=2 \
	   -fPIE $(SANFLAGS) $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LDFLAGS	+= -pie -Wl,-z,relro,-z,now $(SANFLAGS)
LDLIBS	+= $(shell pkg-config --libs $(PKGS) 2>/dev/null)
# Without it there is SCTP only where the kernel has it.
LDLIBS	+= $(shell pkg-config --libs usrsctp 2>/dev/null)

# The multiarch folder holds asm/types.h, which clang does not look for
# when it compiles for the bpf target.
BPF_CFLAGS := -O2 -g -std=gnu11 $(WARN) -target bpf -mcpu=v3 -Iinclude \
	   -I/usr/include/$(shell uname -m)-linux-gnu

LIB_SRC	:= $(wildcard userspace/lib/*.c)
LIB_OBJ	:= $(LIB_SRC:%.c=$(B)/%.o)
GATED_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard userspace/gated/*.c) \
	   $(wildcard userspace/gated/*/*.c))
KMS_OBJ	:= $(patsubst %.c,$(B)/%.o,$(wildcard userspace/kms/*.c))
# What asks a key management server, which may be over TLS; XML: users' data.
TLS_LIBS := -levent_openssl -lssl
KMS_LIBS := $(TLS_LIBS) -lexpat
UE_OBJ	:= $(patsubst %.c,$(B)/%.o,$(wildcard userspace/ue/*.c))
CLI_OBJ	:= $(patsubst %.c,$(B)/%.o,$(wildcard userspace/cli/*.c))
TEST_SRC := $(wildcard tests/unit/test_*.c tests/bpf/test_*.c)
TEST_BIN := $(TEST_SRC:%.c=$(B)/%)
TEST_LIB := $(patsubst %.c,$(B)/%.o,$(wildcard tests/lib/*.c))
BENCH_SRC := $(wildcard bench/bench_*.c)
BENCH_BIN := $(BENCH_SRC:%.c=$(B)/%)
BENCH_LIB := $(patsubst %.c,$(B)/%.o,$(filter-out $(BENCH_SRC) %.bpf.c, \
	   $(wildcard bench/*.c)))

TOOLS	:= $(addprefix $(B)/tests/net/tools/,rtp_peer rtp_compare bpf_cost \
	   map_used mgc udp_delay kms_call kms_load)
MGC_OBJ	:= $(patsubst %.c,$(B)/%.o,$(wildcard tests/net/tools/mgc*.c))

PROGRAMS := $(B)/srtpgated $(B)/srtpgate $(B)/srtpgate-kms $(B)/srtpgate-ue

.PHONY: all programs tests tools deps demo check campaign bench install clean format
.DELETE_ON_ERROR:
.SECONDARY:

all: programs tests tools $(addprefix $(B)/tests/interop/,h248_print h248_end \
	mikey_plain zn_naf) \
	$(BENCH_BIN)
programs: $(PROGRAMS)
tests: $(TEST_BIN)
tools: $(TOOLS)

# -- fast path ---------------------------------------------------------------

$(B)/%.bpf.o: %.bpf.c $(wildcard bpf/*.h include/srtpgate/*.h)
	@mkdir -p $(@D)
	$(say) BPF $@
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@
	$(Q)$(STRIP) -g $@

$(B)/gateway.skel.h: $(B)/bpf/gateway.bpf.o
	$(say) SKEL $@
	$(Q)$(BPFTOOL) gen skeleton $< name gateway > $@

$(B)/bench/generator.bpf.o: bench/generator.h

$(B)/generator.skel.h: $(B)/bench/generator.bpf.o
	$(say) SKEL $@
	$(Q)$(BPFTOOL) gen skeleton $< name generator > $@

# -- userspace ---------------------------------------------------------------

$(B)/%.o: %.c $(B)/gateway.skel.h
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/libsrtpgate.a: $(LIB_OBJ)
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# All of a daemon but main(), for its unit tests.
$(B)/libgated.a: $(filter-out %/main.o,$(GATED_OBJ))
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/libkms.a: $(filter-out %/main.o,$(KMS_OBJ))
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/srtpgate-kms: $(KMS_OBJ) $(B)/libsrtpgate.a
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) $^ $(KMS_LIBS) $(LDLIBS) -o $@

# Names of the daemons' parts are the same here and there.
$(B)/tests/unit/test_kms_%: $(B)/tests/unit/test_kms_%.o $(B)/libtests.a \
		$(B)/libkms.a $(B)/libsrtpgate.a
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) $^ $(KMS_LIBS) $(LDLIBS) -lsrtp2 -o $@

$(B)/libue.a: $(filter-out %/main.o,$(UE_OBJ))
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/srtpgate-ue: $(UE_OBJ) $(B)/libsrtpgate.a
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) $^ $(TLS_LIBS) $(LDLIBS) -o $@

$(B)/tests/unit/test_ue_%: $(B)/tests/unit/test_ue_%.o $(B)/libtests.a \
		$(B)/libue.a $(B)/libsrtpgate.a
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) $^ $(TLS_LIBS) $(LDLIBS) -lsrtp2 -o $@

$(B)/tests/interop/zn_%: $(B)/tests/interop/zn_%.o $(B)/libkms.a \
		$(B)/libsrtpgate.a
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) $^ $(KMS_LIBS) $(LDLIBS) -o $@

$(B)/srtpgated: $(GATED_OBJ) $(B)/libsrtpgate.a
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) $^ $(TLS_LIBS) $(LDLIBS) -o $@

$(B)/srtpgate: $(CLI_OBJ) $(B)/libsrtpgate.a
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

# Of what tests share each gets what it uses, for some put fakes in its place.
$(B)/libtests.a: $(TEST_LIB)
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/tests/%: $(B)/tests/%.o $(B)/libtests.a $(B)/libgated.a \
		$(B)/libsrtpgate.a
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) $^ $(LDLIBS) -lsrtp2 -o $@

# The module's core needs a processor of its kind.
ifeq ($(shell uname -m),x86_64)
KFUNCS_OBJ := $(addprefix $(B)/kernel/,core.o known_answers.o)
$(B)/tests/unit/test_kfuncs: $(KFUNCS_OBJ)
$(B)/bench/bench_module: $(B)/kernel/core.o
else
$(B)/tests/unit/test_kfuncs:
	@mkdir -p $(@D)
	$(Q)printf '#!/bin/sh\necho "%s"\n' \
		'1..0 # SKIP the kernel module is for x86-64' > $@
	$(Q)chmod +x $@
BENCH_BIN := $(filter-out %/bench_module,$(BENCH_BIN))
endif

$(BENCH_LIB) $(BENCH_BIN:%=%.o): $(B)/generator.skel.h

$(B)/bench/%: $(B)/bench/%.o $(BENCH_LIB) $(B)/libgated.a $(B)/libsrtpgate.a
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) $^ $(LDLIBS) -lsrtp2 -o $@

$(B)/bench/bench_kms: $(B)/bench/bench_kms.o $(B)/bench/netns.o \
		$(B)/bench/result.o $(B)/libtests.a \
		$(B)/libsrtpgate.a
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

# What judges the gateway from outside shares no code with it.
$(B)/tests/net/tools/%: tests/net/tools/%.c tests/net/tools/session.c \
		tests/net/tools/session.h
	@mkdir -p $(@D)
	$(say) TOOL $@
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(filter %.c,$^) \
		-lsrtp2 -lcrypto -lbpf -o $@

# Terminals use the MIKEY library, which tests/unit/data/mikey judges.
$(addprefix $(B)/tests/net/tools/kms_,call load): %: %.o \
		$(B)/libtests.a $(B)/libsrtpgate.a
	$(say) TOOL $@
	$(Q)$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

# The controller uses the H.248 codec, which other codecs judge.
$(B)/tests/net/tools/mgc: $(MGC_OBJ) $(B)/libsrtpgate.a
	$(say) TOOL $@
	$(Q)$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

-include $(shell find $(B) -path $(B)/vm -prune -o -name '*.d' -print \
	2>/dev/null)

# -- the commands of a newcomer ------------------------------------------------
# Packages may arrive with the first step, so each of these builds in a
# make of its own, which sees them.

deps:
	$(Q)scripts/deps.sh

demo: deps
	$(Q)$(MAKE) --no-print-directory programs tools
	$(Q)scripts/demo.sh

check: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/run.sh

campaign: deps
	$(Q)$(MAKE) --no-print-directory tests
	$(Q)tests/campaign.sh

bench: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)bench/run.sh

install: programs
	install -D -m 755 $(B)/srtpgated $(DESTDIR)$(PREFIX)/sbin/srtpgated
	install -D -m 755 $(B)/srtpgate-kms $(DESTDIR)$(PREFIX)/sbin/srtpgate-kms
	install -D -m 755 $(B)/srtpgate $(DESTDIR)$(PREFIX)/bin/srtpgate
	install -D -m 755 $(B)/srtpgate-ue $(DESTDIR)$(PREFIX)/bin/srtpgate-ue
	install -D -m 640 packaging/srtpgated.conf \
		$(DESTDIR)/etc/srtpgate/srtpgated.conf
	install -D -m 640 packaging/srtpgate-kms.conf \
		$(DESTDIR)/etc/srtpgate/srtpgate-kms.conf
	install -D -m 644 packaging/srtpgate-ue.conf \
		$(DESTDIR)/etc/srtpgate/srtpgate-ue.conf
	install -D -m 640 packaging/srtpgate-kms.policy \
		$(DESTDIR)/etc/srtpgate/srtpgate-kms.policy
	install -D -m 644 packaging/srtpgate-kms.service \
		$(DESTDIR)/lib/systemd/system/srtpgate-kms.service
	install -D -m 644 packaging/srtpgated.service \
		$(DESTDIR)/lib/systemd/system/srtpgated.service
	install -D -m 644 packaging/srtpgate.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/srtpgate
	for page in man/*.[1-8]; do install -D -m 644 $$page \
		$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}; done

format:
	clang-format-19 -i $$(git ls-files '*.[ch]')

clean:
	rm -rf $(B)
