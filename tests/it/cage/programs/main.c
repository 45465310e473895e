// dial MARKS VERB ARGUMENT…: tries to reach something by one road, swallows the error, and says
// 0. What came of it goes to stdout, one line a call.

#include "dial.h"

static const char *marks;

static const struct {
    const char *name;
    void (*run)(char **args);
} verbs[] = {
    {"tcp", tcp},
    {"tcp-mapped", tcp_mapped},
    {"tcp-multipath", tcp_multipath},
    {"udp", udp},
    {"udp-connect", udp_connect},
    {"udp-sendmsg", udp_sendmsg},
    {"udp-sendmmsg", udp_sendmmsg},
    {"udp-sendmmsg-second", udp_sendmmsg_second},
    {"udp-sendmmsg-then-unreadable", udp_sendmmsg_then_unreadable},
    {"tcp-hidden", tcp_hidden},
    {"tcp-no-descriptor", tcp_no_descriptor},
    {"tcp-socket-of-another-network", tcp_socket_of_another_network},
    {"fastopen-sendto", fastopen_sendto},
    {"fastopen-sendmsg", fastopen_sendmsg},
    {"fastopen-connect", fastopen_connect},
    {"lookup", lookup},
    {"interfaces", interfaces},
    {"loopback", loopback},
    {"raw", raw},
    {"icmp", icmp},
    {"icmp-with-port", icmp_with_port},
    {"packet", packet},
    {"vsock", vsock},
    {"uring", uring},
    {"x32", x32},
    {"int80-connect", int80_connect},
    {"int80-socketcall", int80_socketcall},
    {"int80-socketcall-udp", int80_socketcall_udp},
    {"unix", unix_socket},
    {"unix-hidden", unix_hidden},
    {"unix-by-descriptor", unix_by_descriptor},
    {"unix-between-two", unix_between_two},
    {"unix-serve", unix_serve},
    {"pass-descriptor", pass_descriptor},
    {"in-a-thread", in_a_thread},
    {"orphan", orphan},
    {"left-behind", left_behind},
    {"again-and-again", again_and_again},
    {"several", several},
};

int main(int count, char **words) {
    if (count < 3) return 64;
    setvbuf(stdout, NULL, _IONBF, 0);
    signal(SIGPIPE, SIG_IGN);
    marks = words[1];
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(verbs[i].name, words[2]) == 0) {
            verbs[i].run(words + 3);
            return 0;
        }
    }
    fprintf(stderr, "dial: no verb %s\n", words[2]);
    return 64;
}

int say(const char *call, long result) {
    return say_raw(call, result < 0 ? -errno : result);
}

int say_raw(const char *call, long result) {
    if (result < 0)
        printf("%s %ld\n", call, -result);
    else
        printf("%s ok\n", call);
    return result >= 0;
}

void mark(void) {
    int fd = open(marks, O_WRONLY | O_APPEND | O_CREAT, 0666);
    if (fd < 0) {
        perror(marks);
        exit(74);
    }
    dprintf(fd, "%d\n", getpid());
    close(fd);
}
