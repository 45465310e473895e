// Who dials: threads, orphans, and those that do not stop.

#include "dial.h"
#include <pthread.h>

static void *dials(void *args) {
    tcp(args);
    return NULL;
}

void in_a_thread(char **args) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, dials, args)) exit(70);
    pthread_join(thread, NULL);
}

// The child ends, its own child dials, and we wait for that one through a pipe.
void orphan(char **args) {
    int done[2];
    if (pipe(done)) exit(70);
    pid_t child = fork();
    if (child == 0) {
        pid_t parent = getpid();
        if (fork() == 0) {
            while (getppid() == parent) usleep(1000);
            tcp(args);
        }
        _exit(0);
    }
    close(done[1]);
    waitpid(child, NULL, 0);
    char nothing;
    say("orphan", read(done[0], &nothing, 1));
}

// left-behind DONE IP PORT: dials when the command is long over, with nobody's streams.
void left_behind(char **args) {
    pid_t parent = getpid();
    if (fork() != 0) return;
    setsid();
    for (int fd = 0; fd < 3; fd++) close(fd);
    open("/dev/null", O_RDWR);
    dup(0), dup(0);
    while (getppid() == parent) usleep(1000);
    usleep(200 * 1000);
    tcp(args + 1);
    close(open(args[0], O_WRONLY | O_CREAT, 0666));
    exit(0);
}

// again-and-again IP PORT: for a third of a second at least.
void again_and_again(char **args) {
    mark();
    for (int i = 0; i < 30; i++) {
        dial_on(patient_socket(AF_INET, SOCK_STREAM, 0), args);
        usleep(10 * 1000);
    }
}
