// Below and beside the internet protocols: sockets that take no port, no address or no network.

#include "dial.h"
#include <linux/if_packet.h>
#include <linux/io_uring.h>
#include <sys/mman.h>

#ifndef AF_VSOCK
#define AF_VSOCK 40
#endif

// A protocol number that is set aside for experiments.
void raw(char **args) {
    mark();
    struct sockaddr_storage to;
    socklen_t length = address((char *[]){args[0], "0"}, &to);
    int fd = socket(AF_INET, SOCK_RAW, 253);
    if (say("socket", fd))
        say("sendto", sendto(fd, WORD, strlen(WORD), 0, (void *)&to, length));
}

void icmp(char **args) {
    mark();
    struct sockaddr_storage to;
    socklen_t length = address((char *[]){args[0], "0"}, &to);
    unsigned char echo[8] = {8, 0, 0xf7, 0xff};
    int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    if (say("socket", fd)) say("sendto", sendto(fd, echo, sizeof echo, 0, (void *)&to, length));
}

// A frame of a type that is set aside for experiments, on the named interface, or on the first.
void packet(char **args) {
    mark();
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    if (!say("socket", fd)) return;
    unsigned char frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
    unsigned index = if_nametoindex(args[0]);
    struct sockaddr_ll to = {
        .sll_family = AF_PACKET, .sll_ifindex = index ? index : 1, .sll_halen = 6};
    memset(to.sll_addr, 0xff, 6);
    say("sendto", sendto(fd, frame, sizeof frame, 0, (void *)&to, sizeof to));
}

// Makes the socket and goes no further: the other end would be the machine's host.
void vsock(char **args) {
    mark();
    say("socket", socket(AF_VSOCK, SOCK_STREAM, 0));
}

// Connects by no call that has an address among its arguments.
void uring(char **args) {
    mark();
    struct io_uring_params p = {0};
    int ring = syscall(SYS_io_uring_setup, 1, &p);
    if (!say("io_uring_setup", ring)) return;
    size_t in = p.sq_off.array + p.sq_entries * sizeof(unsigned);
    size_t out = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
    int rights = PROT_READ | PROT_WRITE;
    char *sq = mmap(0, in, rights, MAP_SHARED, ring, IORING_OFF_SQ_RING);
    char *cq = mmap(0, out, rights, MAP_SHARED, ring, IORING_OFF_CQ_RING);
    struct io_uring_sqe *entry =
        mmap(0, p.sq_entries * sizeof *entry, rights, MAP_SHARED, ring, IORING_OFF_SQES);
    if (sq == MAP_FAILED || cq == MAP_FAILED || entry == MAP_FAILED) exit(70);

    struct sockaddr_storage to;
    socklen_t length = address(args, &to);
    int fd = patient_socket(to.ss_family, SOCK_STREAM, 0);
    *entry = (struct io_uring_sqe){
        .opcode = IORING_OP_CONNECT, .fd = fd, .addr = (uintptr_t)&to, .off = length};
    ((unsigned *)(sq + p.sq_off.array))[0] = 0;
    __atomic_store_n((unsigned *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
    if (!say("io_uring_enter",
             syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0)))
        return;
    struct io_uring_cqe *done = (void *)(cq + p.cq_off.cqes);
    if (say_raw("connect", done->res)) speak(fd);
}
