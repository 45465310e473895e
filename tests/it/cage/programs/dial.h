// What the files of this program share.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORD "dialled\n"

// Says what came of a call, "connect ok" or "connect 101", and gives back whether it worked.
int say(const char *call, long result);

// Says the same where the kernel's answer is a negative number instead of errno.
int say_raw(const char *call, long result);

// Writes the id of this process to the file of marks, for the test to hold the report against.
void mark(void);

// Reads "IP PORT" into an address; IPv6 where the text has a colon.
socklen_t address(char **ip_and_port, struct sockaddr_storage *to);

// A socket that gives up after some seconds.
int patient_socket(int domain, int type, int protocol);

// Sends the word on a connected socket and waits until the other side has read it.
void speak(int fd);

// Connects a TCP socket and speaks.
void dial_on(int fd, char **ip_and_port);

// The verbs, by file.
void tcp(char **args);
void tcp_mapped(char **args);
void tcp_multipath(char **args);
void udp(char **args);
void udp_connect(char **args);
void udp_sendmsg(char **args);
void udp_sendmmsg(char **args);
void udp_sendmmsg_second(char **args);
void udp_sendmmsg_then_unreadable(char **args);
void tcp_hidden(char **args);
void tcp_no_descriptor(char **args);
void tcp_socket_of_another_network(char **args);
void icmp_with_port(char **args);
void fastopen_sendto(char **args);
void fastopen_sendmsg(char **args);
void fastopen_connect(char **args);
void lookup(char **args);
void interfaces(char **args);
void loopback(char **args);

void raw(char **args);
void icmp(char **args);
void packet(char **args);
void vsock(char **args);
void uring(char **args);

void x32(char **args);
void int80_connect(char **args);
void int80_socketcall(char **args);
void int80_socketcall_udp(char **args);

void unix_socket(char **args);
void unix_hidden(char **args);
void unix_by_descriptor(char **args);
void unix_between_two(char **args);
void unix_serve(char **args);
void pass_descriptor(char **args);

void in_a_thread(char **args);
void orphan(char **args);
void left_behind(char **args);
void again_and_again(char **args);
void several(char **args);
