// SPDX-License-Identifier: GPL-2.0-only
#include "lib/engine.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
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

const char *sg_engine_why(enum sg_engine engine)
{
	switch (engine) {
	case SG_ENGINE_BPF_NO_MODULE:
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
