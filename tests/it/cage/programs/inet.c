// The internet, by every call that leads to it.

#include "dial.h"
#include <netdb.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

socklen_t address(char **ip_and_port, struct sockaddr_storage *to) {
    memset(to, 0, sizeof *to);
    int port = htons(atoi(ip_and_port[1]));
    if (strchr(ip_and_port[0], ':')) {
        struct sockaddr_in6 *v6 = (void *)to;
        v6->sin6_family = AF_INET6;
        v6->sin6_port = port;
        if (inet_pton(AF_INET6, ip_and_port[0], &v6->sin6_addr) != 1) exit(64);
        return sizeof *v6;
    }
    struct sockaddr_in *v4 = (void *)to;
    v4->sin_family = AF_INET;
    v4->sin_port = port;
    if (inet_pton(AF_INET, ip_and_port[0], &v4->sin_addr) != 1) exit(64);
    return sizeof *v4;
}

int patient_socket(int domain, int type, int protocol) {
    int fd = socket(domain, type, protocol);
    struct timeval limit = {.tv_sec = 5};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

static void await_end(int fd) {
    char ignored[64];
    shutdown(fd, SHUT_WR);
    while (read(fd, ignored, sizeof ignored) > 0)
        ;
    close(fd);
}

void speak(int fd) {
    say("write", write(fd, WORD, strlen(WORD)));
    await_end(fd);
}

void dial_on(int fd, char **ip_and_port) {
    struct sockaddr_storage to;
    socklen_t length = address(ip_and_port, &to);
    if (say("connect", connect(fd, (void *)&to, length))) speak(fd);
}

void tcp(char **args) {
    mark();
    dial_on(patient_socket(strchr(args[0], ':') ? AF_INET6 : AF_INET, SOCK_STREAM, 0), args);
}

// An IPv4 address in an IPv6 socket.
void tcp_mapped(char **args) {
    char mapped[64];
    snprintf(mapped, sizeof mapped, "::ffff:%s", args[0]);
    tcp((char *[]){mapped, args[1]});
}

void tcp_multipath(char **args) {
    mark();
    int fd = patient_socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
    if (say("socket", fd)) dial_on(fd, args);
}

void udp(char **args) {
    mark();
    struct sockaddr_storage to;
    socklen_t length = address(args, &to);
    int fd = patient_socket(to.ss_family, SOCK_DGRAM, 0);
    say("sendto", sendto(fd, WORD, strlen(WORD), 0, (void *)&to, length));
}

// Sends nothing: asks in this way which local address would be used.
void udp_connect(char **args) {
    mark();
    struct sockaddr_storage to;
    socklen_t length = address(args, &to);
    say("connect", connect(patient_socket(to.ss_family, SOCK_DGRAM, 0), (void *)&to, length));
}

static struct msghdr message(struct iovec *part, struct sockaddr_storage *to, socklen_t length) {
    part->iov_base = WORD;
    part->iov_len = strlen(WORD);
    return (struct msghdr){
        .msg_name = to, .msg_namelen = length, .msg_iov = part, .msg_iovlen = 1};
}

void udp_sendmsg(char **args) {
    mark();
    struct sockaddr_storage to;
    struct iovec part;
    struct msghdr whole = message(&part, &to, address(args, &to));
    say("sendmsg", sendmsg(patient_socket(to.ss_family, SOCK_DGRAM, 0), &whole, 0));
}

void udp_sendmmsg(char **args) {
    mark();
    struct sockaddr_storage to;
    struct iovec part;
    struct mmsghdr whole[2] = {{message(&part, &to, address(args, &to))}};
    whole[1] = whole[0];
    say("sendmmsg", sendmmsg(patient_socket(to.ss_family, SOCK_DGRAM, 0), whole, 2, 0));
}

// The first message goes to ourselves, and only the second leads out.
void udp_sendmmsg_second(char **args) {
    mark();
    struct sockaddr_storage to, self;
    struct iovec part;
    socklen_t length = address((char *[]){"127.0.0.1", "0"}, &self);
    int server = patient_socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(server, (void *)&self, length) || getsockname(server, (void *)&self, &length))
        exit(70);
    struct mmsghdr whole[2] = {
        {message(&part, &self, length)}, {message(&part, &to, address(args, &to))}};
    say("sendmmsg", sendmmsg(patient_socket(AF_INET, SOCK_DGRAM, 0), whole, 2, 0));
}

// The kernel sends the first message, and stops at the second.
void udp_sendmmsg_then_unreadable(char **args) {
    mark();
    struct sockaddr_storage to;
    struct iovec part;
    struct mmsghdr whole[2] = {{message(&part, &to, address(args, &to))}};
    whole[1] = whole[0];
    whole[1].msg_hdr.msg_name = (void *)8;
    say("sendmmsg", sendmmsg(patient_socket(to.ss_family, SOCK_DGRAM, 0), whole, 2, 0));
}

// From a process whose memory is root's, in /proc.
void tcp_hidden(char **args) {
    prctl(PR_SET_DUMPABLE, 0);
    tcp(args);
}

// What sloppy programs do when socket() has failed.
void tcp_no_descriptor(char **args) {
    struct sockaddr_storage to;
    socklen_t length = address(args, &to);
    say("connect", connect(-1, (void *)&to, length));
    say("sendto", sendto(-100, WORD, strlen(WORD), 0, (void *)&to, length));
}

// An address of its own, on the loopback of a network of its own; dialled from this one.
void tcp_socket_of_another_network(char **args) {
    mark();
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (unshare(CLONE_NEWNET)) exit(70);
    struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP}, own = {.ifr_name = "lo:1"};
    struct sockaddr_storage to;
    socklen_t length = address(args, &to);
    memcpy(&own.ifr_addr, &to, sizeof own.ifr_addr);
    int server = patient_socket(AF_INET, SOCK_STREAM, 0), fd = patient_socket(AF_INET, SOCK_STREAM, 0);
    if (ioctl(fd, SIOCSIFFLAGS, &up) || ioctl(fd, SIOCSIFADDR, &own)) exit(70);
    if (bind(server, (void *)&to, length) || listen(server, 1) || setns(home, CLONE_NEWNET)) exit(70);
    say("connect", connect(fd, (void *)&to, length));
}

// A ping has no port, whatever its address says.
void icmp_with_port(char **args) {
    mark();
    struct sockaddr_storage to;
    socklen_t length = address(args, &to);
    char echo[8] = {8, 0, 0xf7, 0xff};
    int fd = patient_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    say("sendto", sendto(fd, echo, sizeof echo, 0, (void *)&to, length));
}

void fastopen_sendto(char **args) {
    mark();
    struct sockaddr_storage to;
    socklen_t length = address(args, &to);
    int fd = patient_socket(to.ss_family, SOCK_STREAM, 0);
    if (say("sendto", sendto(fd, WORD, strlen(WORD), MSG_FASTOPEN, (void *)&to, length)))
        await_end(fd);
}

void fastopen_sendmsg(char **args) {
    mark();
    struct sockaddr_storage to;
    struct iovec part;
    struct msghdr whole = message(&part, &to, address(args, &to));
    int fd = patient_socket(to.ss_family, SOCK_STREAM, 0);
    if (say("sendmsg", sendmsg(fd, &whole, MSG_FASTOPEN))) await_end(fd);
}

// The connect may return before anything was sent.
void fastopen_connect(char **args) {
    mark();
    int fd = patient_socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    if (!say("option", setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &yes, sizeof yes)))
        return;
    dial_on(fd, args);
}

// By the C library's resolver.
void lookup(char **args) {
    mark();
    struct addrinfo *found, how = {.ai_socktype = SOCK_STREAM};
    int error = getaddrinfo(args[0], "80", &how, &found);
    printf("getaddrinfo %s\n", error ? gai_strerror(error) : "ok");
}

// Over netlink.
void interfaces(char **args) {
    mark();
    say("interfaces", if_nameindex() ? 0 : -1);
}

// A client and a server of our own.
void loopback(char **args) {
    mark();
    struct sockaddr_storage at;
    socklen_t length = address((char *[]){args[0], "0"}, &at);
    int server = patient_socket(at.ss_family, SOCK_STREAM, 0);
    if (bind(server, (void *)&at, length) || listen(server, 1)) exit(70);
    getsockname(server, (void *)&at, &length);
    int client = patient_socket(at.ss_family, SOCK_STREAM, 0);
    if (!say("connect", connect(client, (void *)&at, length))) return;
    int accepted = accept(server, NULL, NULL);
    char heard[sizeof WORD] = "";
    say("write", write(client, WORD, strlen(WORD)));
    say("read", read(accepted, heard, sizeof heard));
    printf("heard %s", heard);
}

void several(char **args) {
    tcp((char *[]){"198.51.100.7", args[0]});
    tcp((char *[]){"2001:db8::7", args[0]});
    udp((char *[]){"198.51.100.200", args[0]});
    udp_connect((char *[]){"198.51.100.7", args[0]});
    loopback((char *[]){"127.0.0.1"});
}
