// The same calls under the numbers of the machine's other binary interfaces.

#include "dial.h"
#include <sys/mman.h>

#ifdef __x86_64__

// The i386 calls take addresses of 32 bits: what they point to lies here.
static void *low(void) {
    void *at = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (at == MAP_FAILED) exit(70);
    return at;
}

static int int80(int number, uintptr_t first, uintptr_t second, uintptr_t third) {
    int result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(first), "c"(second), "d"(third)
                     : "memory", "r8", "r9", "r10", "r11");
    return result;
}

void int80_connect(char **args) {
    mark();
    struct sockaddr_storage *to = low();
    socklen_t length = address(args, to);
    int fd = patient_socket(to->ss_family, SOCK_STREAM, 0);
    if (say_raw("connect", int80(362, fd, (uintptr_t)to, length))) speak(fd);
}

// One call for all that concerns sockets: the descriptor and the address lie in memory.
void int80_socketcall(char **args) {
    mark();
    struct {
        uint32_t words[6];
        struct sockaddr_storage to;
    } *block = low();
    socklen_t length = address(args, &block->to);
    int fd = patient_socket(block->to.ss_family, SOCK_STREAM, 0);
    block->words[0] = fd;
    block->words[1] = (uintptr_t)&block->to;
    block->words[2] = length;
    if (say_raw("connect", int80(102, 3, (uintptr_t)block->words, 0))) speak(fd);
}

void int80_socketcall_udp(char **args) {
    mark();
    struct {
        uint32_t words[6];
        char text[sizeof WORD];
        struct sockaddr_storage to;
    } *block = low();
    socklen_t length = address(args, &block->to);
    strcpy(block->text, WORD);
    block->words[0] = patient_socket(block->to.ss_family, SOCK_DGRAM, 0);
    block->words[1] = (uintptr_t)block->text;
    block->words[2] = strlen(WORD);
    block->words[4] = (uintptr_t)&block->to;
    block->words[5] = length;
    say_raw("sendto", int80(102, 11, (uintptr_t)block->words, 0));
}

void x32(char **args) {
    mark();
    struct sockaddr_storage to;
    socklen_t length = address(args, &to);
    int fd = patient_socket(to.ss_family, SOCK_STREAM, 0);
    if (say("connect", syscall(0x40000000 | SYS_connect, fd, &to, length))) speak(fd);
}

#else

static void absent(void) {
    mark();
    say_raw("connect", -ENOSYS);
}

void int80_connect(char **args) { absent(); }
void int80_socketcall(char **args) { absent(); }
void int80_socketcall_udp(char **args) { absent(); }
void x32(char **args) { absent(); }

#endif
