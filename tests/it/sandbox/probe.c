// probe: makes the calls by which machines differ, harmless ones, and says what came of each.

#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *name, long result) {
    int number = errno;
    printf("%s %s\n", name, result < 0 ? strerrorname_np(number) : "ok");
    fflush(stdout);
}

// In a child, whose own state may change by it.
static void in_child(const char *name, long (*call)(void)) {
    pid_t child = fork();
    if (child == 0) {
        say(name, call());
        _exit(0);
    }
    waitpid(child, 0, 0);
}

static long clone_with(unsigned long flags) {
    long child = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    if (child > 0) waitpid(child, 0, 0);
    return child;
}

static long int80(long number, long first) {
    long result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(first)
                     : "memory", "r8", "r9", "r10", "r11");
    if ((int)result >= 0) return result;
    errno = -(int)result;
    return -1;
}

static long user_namespace(void) { return unshare(CLONE_NEWUSER); }
static long network_namespace(void) { return unshare(CLONE_NEWNET); }
static long be_traced(void) { return ptrace(PTRACE_TRACEME, 0, 0, 0); }

static long filter_with(unsigned flags) {
    struct sock_filter allow = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
    struct sock_fprog program = {1, &allow};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}
static long listener(void) { return filter_with(SECCOMP_FILTER_FLAG_NEW_LISTENER); }
static long static_filter(void) { return filter_with(0); }
static long filter_by_prctl(void) {
    struct sock_filter allow = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
    struct sock_fprog program = {1, &allow};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(void) {
    say("unshare-nothing", unshare(0));
    in_child("unshare-user", user_namespace);
    in_child("unshare-net", network_namespace);
    say("setns", setns(-1, 0));
    say("mount", mount(0, 0, 0, 0, 0));
    say("clone", clone_with(0));
    say("clone-user", clone_with(CLONE_NEWUSER));
    say("clone3", syscall(SYS_clone3, 0, 0));
    in_child("ptrace", be_traced);
    say("process_vm_readv", process_vm_readv(getpid(), 0, 0, 0, 0, 0));
    say("pidfd_open", syscall(SYS_pidfd_open, getpid(), 0));
    say("pidfd_getfd", syscall(SYS_pidfd_getfd, -1, 0, 0));
    say("io_uring_setup", syscall(SYS_io_uring_setup, 0, 0));
    say("keyctl", syscall(SYS_keyctl, -1));
    say("personality", syscall(SYS_personality, 8));
    say("personality-other", syscall(SYS_personality, 0x40000));
    say("socket-inet", socket(AF_INET, SOCK_STREAM, 0));
    say("socket-netlink", socket(AF_NETLINK, SOCK_RAW, 0));
    say("socket-raw", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    say("socket-unknown-family", socket(40, -1, 0)); // AF_VSOCK
    say("chroot", chroot("/"));
    say("not-yet-invented", syscall(9999));
    say("i386-getpid", int80(20, 0));
    say("i386-unshare-nothing", int80(310, 0));
    say("i386-not-yet-invented", int80(9999, 0));
    say("x32-unshare-nothing", syscall(0x40000000 | SYS_unshare, 0));
    say("notification-sizes", syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, (short[3]){0}));
    in_child("listener", listener);
    in_child("static-filter", static_filter);
    in_child("filter-by-prctl", filter_by_prctl);
    return 0;
}
