// Sockets of the file system, and what can be handed over through them.

#include "dial.h"
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/un.h>

// "@name" is an abstract one, which has no file.
static socklen_t path(const char *text, struct sockaddr_un *to) {
    memset(to, 0, sizeof *to);
    to->sun_family = AF_UNIX;
    if (strlen(text) >= sizeof to->sun_path) exit(64);
    strcpy(to->sun_path, text);
    if (text[0] == '@') to->sun_path[0] = 0;
    return offsetof(struct sockaddr_un, sun_path) + strlen(text) + (text[0] != '@');
}

void unix_socket(char **args) {
    mark();
    struct sockaddr_un to;
    socklen_t length = path(args[0], &to);
    int fd = patient_socket(AF_UNIX, SOCK_STREAM, 0);
    if (say("connect", connect(fd, (void *)&to, length))) speak(fd);
}

// From a process whose memory is root's, in /proc.
void unix_hidden(char **args) {
    prctl(PR_SET_DUMPABLE, 0);
    unix_socket(args);
}

// unix-by-descriptor DIRECTORY NAME: as programs do where a path is too long for an address.
void unix_by_descriptor(char **args) {
    char text[64];
    snprintf(text, sizeof text, "/proc/self/fd/%d/%s", open(args[0], O_PATH), args[1]);
    unix_socket((char *[]){text});
}

static int listener(const char *text) {
    struct sockaddr_un at;
    socklen_t length = path(text, &at);
    int fd = patient_socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(fd, (void *)&at, length) || listen(fd, 5)) {
        perror(text);
        exit(70);
    }
    return fd;
}

void unix_between_two(char **args) {
    int server = listener(args[0]);
    if (fork() == 0) {
        unix_socket(args);
        exit(0);
    }
    char heard[sizeof WORD] = "";
    int accepted = accept(server, NULL, NULL);
    int got = read(accepted, heard, sizeof heard - 1);
    close(accepted);
    wait(NULL); // so that the two do not speak at once
    say("read", got);
    printf("heard %s", heard);
}

// unix-serve PATH NOTES: lets everybody in and writes it down. Not for ever.
void unix_serve(char **args) {
    alarm(20);
    int server = listener(args[0]);
    chmod(args[0], 0666);
    puts("serving");
    for (;;) {
        int accepted = accept(server, NULL, NULL);
        if (accepted < 0) continue;
        int notes = open(args[1], O_WRONLY | O_APPEND | O_CREAT, 0666);
        dprintf(notes, "came\n");
        close(notes);
        close(accepted);
    }
}

// One process makes the socket, another connects it.
void pass_descriptor(char **args) {
    int between[2];
    char space[CMSG_SPACE(sizeof(int))] = "", byte = 0;
    struct iovec part = {&byte, 1};
    struct msghdr whole = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, between)) exit(70);
    if (fork() == 0) {
        mark();
        if (!say("recvmsg", recvmsg(between[1], &whole, 0))) exit(70);
        int fd;
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&whole)), sizeof fd);
        dial_on(fd, args);
        exit(0);
    }
    int fd = patient_socket(AF_INET, SOCK_STREAM, 0);
    struct cmsghdr *head = CMSG_FIRSTHDR(&whole);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(head), &fd, sizeof fd);
    say("sendmsg", sendmsg(between[0], &whole, 0));
    close(fd);
    wait(NULL);
}
