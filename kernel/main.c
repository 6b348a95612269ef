// SPDX-License-Identifier: GPL-2.0-only
/*
 * srtp_kfuncs.ko: offers the conversion of SRTP packets to XDP programs. It
 * keeps no state and knows no policy, so it comes and goes as it likes; a
 * program that uses it holds it meanwhile.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/module.h>
#include <asm/fpu/api.h>

#include "core.h"
#include "cpu.h"
#include "known_answers.h"

/* What came with Linux 6.3, 6.7 and 6.9, as distributions have it or not. */
#ifndef __bpf_kfunc
#define __bpf_kfunc __used noinline
#endif
#ifndef __bpf_kfunc_start_defs
#define __bpf_kfunc_start_defs()                                               \
	__diag_push();                                                         \
	__diag_ignore_all("-Wmissing-prototypes", "called by BPF programs")
#define __bpf_kfunc_end_defs() __diag_pop()
#endif
#ifndef BTF_KFUNCS_START
#define BTF_KFUNCS_START(name) BTF_SET8_START(name)
#define BTF_KFUNCS_END(name) BTF_SET8_END(name)
#endif

static __u32 features __ro_after_init;

static char engine[64] __ro_after_init;
module_param_string(engine, engine, sizeof(engine), 0444);
MODULE_PARM_DESC(engine, "what conversions are made with; set by the module");

typedef int (*conversion_fn)(struct sg_conversion *conversion, void *packet,
			     __u32 size, const struct sg_key *key,
			     __u32 features);

/*
 * In softirq, that is where XDP programs run, the registers may be another's
 * who was interrupted (before Linux 6.15); the caller has an engine for that.
 */
static int with_registers(conversion_fn convert,
			  struct sg_conversion *conversion, void *packet,
			  u32 size, const void *key, u32 key_size)
{
	int err;

	if (key_size != sizeof(struct sg_key))
		return -EINVAL;
	if (!irq_fpu_usable())
		return -EAGAIN;
	kernel_fpu_begin();
	err = convert(conversion, packet, size, key, features);
	kernel_fpu_end();
	return err;
}

__bpf_kfunc_start_defs();

__bpf_kfunc int srtpgate_open(struct sg_conversion *conversion, void *packet,
			      u32 packet__sz, const void *key, u32 key__sz)
{
	return with_registers(srtp_core_open, conversion, packet, packet__sz,
			      key, key__sz);
}

__bpf_kfunc int srtpgate_seal(struct sg_conversion *conversion, void *packet,
			      u32 packet__sz, const void *key, u32 key__sz)
{
	return with_registers(srtp_core_seal, conversion, packet, packet__sz,
			      key, key__sz);
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(srtp_kfuncs)
BTF_ID_FLAGS(func, srtpgate_open)
BTF_ID_FLAGS(func, srtpgate_seal)
BTF_KFUNCS_END(srtp_kfuncs)

static const struct btf_kfunc_id_set srtp_kfunc_set = {
	.owner = THIS_MODULE,
	.set = &srtp_kfuncs,
};

/* Of all that a processor may turn out to have, with each. */
static const char *test_conversions(void)
{
	const char *wrong;

	kernel_fpu_begin();
	wrong = srtp_known_answers(0);
	kernel_fpu_end();
	if (wrong || !features)
		return wrong;
	kernel_fpu_begin();
	wrong = srtp_known_answers(features);
	kernel_fpu_end();
	return wrong;
}

static int __init srtp_kfuncs_init(void)
{
	const char *lacks = srtp_cpu_lacks(), *wrong;

	if (lacks) {
		pr_err("srtp_kfuncs: this processor lacks %s; the XDP program's own engine is used\n",
		       lacks);
		return -ENODEV;
	}
	features = srtp_cpu_features();
	wrong = test_conversions();
	if (wrong) {
		pr_err("srtp_kfuncs: the self-test fails at %s; do not use this build on this processor\n",
		       wrong);
		return -EIO;
	}
	snprintf(engine, sizeof(engine), "AES-NI, PCLMULQDQ, %s",
		 features & SRTP_SHA_NI ? "SHA-NI" : "SHA-1 in C");
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_XDP, &srtp_kfunc_set);
}

/* There is nothing to take back: a program holds the module, not it them. */
static void __exit srtp_kfuncs_exit(void)
{
}

module_init(srtp_kfuncs_init);
module_exit(srtp_kfuncs_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("SRTP packets converted for XDP programs");
MODULE_VERSION("0.1.0");
