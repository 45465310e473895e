// enter OPTION... -- PROGRAM ARGUMENT...: becomes somebody on a machine that gives less, and runs a program
// there, in the same process. Started as root.
//
//   --no-user-namespaces  a user namespace of its own in which none may be made
//   --read-only-proc      a mount namespace with a read-only /proc
//   --watched FILE        a filter whose listener is another process, which lets every call go on
//   --filter FILE         one more filter
//   --bounding MASK       no capabilities but these (hexadecimal), for root and for what root starts
//   --user ID             this user and group, without capabilities
//   --no-new-privs
//
// In this order, whatever that of the options is.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// No code of ours, go's or a shell's.
static void must(int done, const char *what) {
    if (done) return;
    fprintf(stderr, "enter: cannot %s: %s\n", what, strerror(errno));
    exit(99);
}

static void put(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    must(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text), path);
    close(file);
}

// Every id stays what it is; only somebody outside may map so many.
static void map_every_id(void) {
    int made[2];
    must(pipe2(made, O_CLOEXEC) == 0, "make a pipe");
    pid_t helper = fork();
    must(helper >= 0, "fork");
    if (helper == 0) {
        char path[64], byte;
        must(read(made[0], &byte, 1) == 1, "hear of the user namespace");
        snprintf(path, sizeof path, "/proc/%d/uid_map", getppid());
        put(path, "0 0 4294967295\n");
        snprintf(path, sizeof path, "/proc/%d/gid_map", getppid());
        put(path, "0 0 4294967295\n");
        _exit(0);
    }
    must(unshare(CLONE_NEWUSER) == 0, "make a user namespace");
    must(write(made[1], "", 1) == 1, "say that there is a user namespace");
    int status;
    must(waitpid(helper, &status, 0) == helper && status == 0, "map the ids");
    close(made[0]);
    close(made[1]);
}

static void forbid_user_namespaces(void) {
    map_every_id();
    // The limit of the user namespace that was just made: the machine's own is not touched.
    put("/proc/sys/user/max_user_namespaces", "0");
}

static void mount_proc_read_only(void) {
    must(unshare(CLONE_NEWNS) == 0, "make a mount namespace");
    must(mount("none", "/", 0, MS_REC | MS_PRIVATE, 0) == 0, "keep mounts private");
    must(mount("/proc", "/proc", 0, MS_BIND, 0) == 0, "bind /proc");
    must(mount("none", "/proc", 0, MS_REMOUNT | MS_BIND | MS_RDONLY, 0) == 0, "remount /proc");
}

static struct sock_fprog filter(const char *path) {
    static struct sock_filter instructions[BPF_MAXINSNS];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    must(file >= 0, path);
    ssize_t length = read(file, instructions, sizeof instructions);
    must(length > 0, path);
    close(file);
    return (struct sock_fprog){length / sizeof *instructions, instructions};
}

static int install(const char *path, unsigned flags) {
    struct sock_fprog program = filter(path);
    int result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    must(result >= 0, path);
    return result;
}

// In the process that listens, until nobody is left who could call.
static void let_everything_go_on(int listener) {
    struct pollfd ready = {.fd = listener, .events = POLLIN};
    while (poll(&ready, 1, -1) > 0 && !(ready.revents & POLLHUP)) {
        struct seccomp_notif call;
        memset(&call, 0, sizeof call);
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) continue; // it was killed meanwhile
        struct seccomp_notif_resp answer = {.id = call.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
}

// Takes the listener out of the watched process, which cannot send it: that is a watched call.
static void listen_to(pid_t watched, int from, int to) {
    int number, process = syscall(SYS_pidfd_open, watched, 0);
    must(process >= 0 && read(from, &number, sizeof number) == sizeof number, "hear of the listener");
    int listener = syscall(SYS_pidfd_getfd, process, number, 0);
    must(listener >= 0, "take the listener");
    must(write(to, "", 1) == 1, "say that we listen");
    setsid();
    // Whoever waits for the end of the program's output is not to wait for us.
    for (int fd = 0; fd < 256; fd++)
        if (fd != listener) close(fd);
    let_everything_go_on(listener);
}

static void be_watched(const char *path) {
    int up[2], down[2];
    must(pipe2(up, O_CLOEXEC) == 0 && pipe2(down, O_CLOEXEC) == 0, "make a pipe");
    pid_t us = getpid(), between = fork();
    must(between >= 0, "fork");
    if (between == 0) {
        // A grandchild, so that the program has no child that it does not know.
        if (fork() == 0) listen_to(us, up[0], down[1]);
        _exit(0);
    }
    waitpid(between, 0, 0);
    int listener = install(path, SECCOMP_FILTER_FLAG_NEW_LISTENER);
    char byte;
    close(down[1]);
    must(write(up[1], &listener, sizeof listener) == sizeof listener, "say where the listener is");
    must(read(down[0], &byte, 1) == 1, "be listened to");
    close(listener);
    close(up[0]);
    close(up[1]);
    close(down[0]);
}

static void bound(unsigned long long kept) {
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++)
        if (!(kept >> capability & 1)) must(prctl(PR_CAPBSET_DROP, capability) == 0, "drop a capability");
}

static void keep(unsigned long long kept) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {
        {.effective = kept, .permitted = kept},
        {.effective = kept >> 32, .permitted = kept >> 32},
    };
    must(syscall(SYS_capset, &header, data) == 0, "keep few capabilities");
}

static void become(unsigned id) {
    must(setgroups(0, 0) == 0, "leave the groups");
    must(setresgid(id, id, id) == 0 && setresuid(id, id, id) == 0, "become another user");
}

enum { MAX_FILTERS = 4 };

int main(int count, char **words) {
    enum option_code { NO_USER_NAMESPACES = 1, READ_ONLY_PROC, BOUNDING, USER, NO_NEW_PRIVS, WATCHED, FILTER };
    static const struct option options[] = {
        {"no-user-namespaces", no_argument, 0, NO_USER_NAMESPACES},
        {"read-only-proc", no_argument, 0, READ_ONLY_PROC},
        {"bounding", required_argument, 0, BOUNDING},
        {"user", required_argument, 0, USER},
        {"no-new-privs", no_argument, 0, NO_NEW_PRIVS},
        {"watched", required_argument, 0, WATCHED},
        {"filter", required_argument, 0, FILTER},
        {0},
    };
    int no_user_namespaces = 0, read_only_proc = 0, no_new_privs = 0, filters = 0, option;
    const char *bounding = 0, *user = 0, *watched = 0, *filter[MAX_FILTERS];
    while ((option = getopt_long(count, words, "+", options, 0)) != -1) switch (option) {
        case NO_USER_NAMESPACES: no_user_namespaces = 1; break;
        case READ_ONLY_PROC: read_only_proc = 1; break;
        case BOUNDING: bounding = optarg; break;
        case USER: user = optarg; break;
        case NO_NEW_PRIVS: no_new_privs = 1; break;
        case WATCHED: watched = optarg; break;
        case FILTER:
            errno = E2BIG;
            must(filters < MAX_FILTERS, "take so many filters");
            filter[filters++] = optarg;
            break;
        default: return 99;
        }
    errno = EINVAL;
    must(optind < count, "run nothing");

    if (no_user_namespaces) forbid_user_namespaces();
    if (read_only_proc) mount_proc_read_only();
    if (watched) be_watched(watched);
    // Before the rights are gone: without no_new_privs a filter needs CAP_SYS_ADMIN. What follows is
    // allowed in every machine that has filters.
    for (int i = 0; i < filters; i++) install(filter[i], 0);
    if (bounding) bound(strtoull(bounding, 0, 16));
    if (user) become(strtoul(user, 0, 10));
    else if (bounding) keep(strtoull(bounding, 0, 16));
    if (no_new_privs) must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "give up new rights");
    execvp(words[optind], words + optind);
    fprintf(stderr, "enter: %s: %s\n", words[optind], strerror(errno));
    return 127;
}
