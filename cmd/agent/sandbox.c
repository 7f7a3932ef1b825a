/*
 * sandbox.c - a seccomp filter that refuses some calls (sandbox.h).
 */
#include "agent/sandbox.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

/* LeakSanitizer traces the process when it ends. */
#if defined(__SANITIZE_ADDRESS__)
#define TRACED_AT_END	1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TRACED_AT_END	1
#endif
#endif

#if defined(TRACED_AT_END)
#elif defined(__x86_64__)
#define ARCH	AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH	AUDIT_ARCH_AARCH64
#endif

#ifdef ARCH

#define EXECS	2	/* the first entries: executing programs */

static const uint32_t refused[] = {
	SYS_execve, SYS_execveat,
	SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_perf_event_open, SYS_bpf, SYS_userfaultfd,
	SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_unshare, SYS_setns, SYS_open_by_handle_at, SYS_name_to_handle_at,
	SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_reboot, SYS_swapon, SYS_swapoff, SYS_acct, SYS_quotactl,
	SYS_settimeofday, SYS_clock_settime, SYS_adjtimex, SYS_clock_adjtime, SYS_sethostname, SYS_setdomainname, SYS_syslog,
	SYS_add_key, SYS_request_key, SYS_keyctl, SYS_personality,
	SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid, SYS_setgroups, SYS_capset,
#ifdef SYS_iopl
	SYS_iopl, SYS_ioperm, SYS_modify_ldt,
#endif
#ifdef SYS_kexec_file_load
	SYS_kexec_file_load,
#endif
#ifdef SYS_fsopen
	SYS_fsopen, SYS_fsmount, SYS_move_mount, SYS_open_tree,
#endif
#ifdef SYS_io_uring_setup
	SYS_io_uring_setup,		/* its operations would pass by this filter */
#endif
};
#define REFUSED		(sizeof(refused) / sizeof(refused[0]))

#define LOAD(field)	((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field)))
#define ANSWER(what)	((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what))
#define NO		(SECCOMP_RET_ERRNO | (EPERM & SECCOMP_RET_DATA))

static int
filter(bool programs)
{
	struct sock_filter f[REFUSED + 8];
	size_t n = 0, i;
	struct sock_fprog prog;

	f[n++] = LOAD(arch);
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	f[n++] = ANSWER(NO);
	f[n++] = LOAD(nr);
#ifdef __x86_64__
	/* the numbers of the x32 interface */
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, (uint8_t)(REFUSED - (programs ? EXECS : 0) + 1), 0);
#endif
	for (i = programs ? EXECS : 0; i < REFUSED; i++)
		f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refused[i], (uint8_t)(REFUSED - i), 0);
	f[n++] = ANSWER(SECCOMP_RET_ALLOW);
	f[n++] = ANSWER(NO);
	prog = (struct sock_fprog){ .len = (unsigned short)n, .filter = f };
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0);
}

#else

static int
filter(bool programs)
{
	(void)programs;
	errno = EINVAL;
	return -1;
}

#endif

int
sandbox_enter(bool programs, struct err *e)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_sys(e, "cannot give up new privileges");
	/* A kernel without it, or one that is in a filter which allows no further one: then it is as it was. */
	if (filter(programs) != 0 && errno != EINVAL && errno != ENOSYS && errno != EPERM)
		return err_sys(e, "cannot give up system calls");
	return 0;
}
