// SPDX-License-Identifier: GPL-2.0-only
#include "lib/engine.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODULE "srtp_kfuncs"

static bool offers(const struct btf *btf, const char *function)
{
	return btf__find_by_name_kind(btf, function, BTF_KIND_FUNC) > 0;
}

enum sg_engine sg_engine_find(void)
{
	struct btf *base, *module;
	bool found;

	if (access("/sys/module/" MODULE, F_OK))
		return SG_ENGINE_BPF_NO_MODULE;
	base = btf__load_vmlinux_btf();
	module = base ? btf__load_module_btf(MODULE, base) : NULL;
	found = module && offers(module, "srtpgate_open") &&
		offers(module, "srtpgate_seal");
	btf__free(module);
	btf__free(base);
	return found ? SG_ENGINE_KFUNC : SG_ENGINE_BPF_NO_BTF;
}

/* What libbpf makes of calls whose function it does not find. */
static void forget_calls(struct bpf_insn *insns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (insns[i].code != (BPF_JMP | BPF_CALL) ||
		    insns[i].src_reg != BPF_PSEUDO_KFUNC_CALL)
			continue;
		insns[i].imm = 0;
		insns[i].off = 0;
	}
}

/* Of a program whose calls are resolved, just before the kernel gets it. */
static int before_load(struct bpf_program *program,
		       struct bpf_prog_load_opts *opts, long cookie)
{
	size_t count = bpf_program__insn_cnt(program);
	struct bpf_insn *insns = calloc(count, sizeof(*insns));
	int err;

	(void)cookie;
	if (!insns)
		return -ENOMEM;
	memcpy(insns, bpf_program__insns(program), count * sizeof(*insns));
	forget_calls(insns, count);
	err = bpf_program__set_insns(program, insns, count);
	free(insns);
	opts->prog_flags |= BPF_F_XDP_HAS_FRAGS; /* as the section's name says */
	return err;
}

int sg_engine_keep_calls(bool calls)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, opts,
		    .prog_prepare_load_fn = before_load);
	static int handler;

	if (calls && handler > 0) {
		libbpf_unregister_prog_handler(handler);
		handler = 0;
	} else if (!calls && handler <= 0) {
		handler = libbpf_register_prog_handler(
			"xdp.frags", BPF_PROG_TYPE_XDP, BPF_XDP, &opts);
	}
	return handler < 0 ? handler : 0;
}

const char *sg_engine_why(enum sg_engine engine)
{
	switch (engine) {
	case SG_ENGINE_BPF_NO_MODULE:
#ifndef __x86_64__
		return "the module is for x86-64 processors only";
#endif
		return "the module is not loaded; modprobe " MODULE
		       " and restart srtpgated";
	case SG_ENGINE_BPF_NO_BTF:
		return "the module has no BTF for this kernel; build it anew "
		       "and restart srtpgated";
	case SG_ENGINE_BPF_REFUSED:
		return "the kernel does not load the program with the module; "
		       "srtpgated -v says why";
	case SG_ENGINE_BPF_WANTED:
		return "the configuration says so";
	default:
		return "";
	}
}

int sg_engine_describe(char *text, size_t size)
{
	FILE *file = fopen("/sys/module/" MODULE "/parameters/engine", "re");

	if (!file)
		return -errno;
	if (!fgets(text, size, file))
		*text = '\0';
	fclose(file);
	text[strcspn(text, "\n")] = '\0';
	return 0;
}
