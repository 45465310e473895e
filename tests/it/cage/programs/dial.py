"""dial MARKS VERB ARGUMENT...: tries to reach something, swallows the error, and says 0."""
import os
import socket
import sys

marks, verb, *args = sys.argv[1:]
with open(marks, "a") as file:
    print(os.getpid(), file=file)


def tcp(host, port):
    with socket.create_connection((host, int(port)), 5) as connection:
        connection.sendall(b"dialled\n")
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)


def udp(host, port):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"dialled\n", (host, int(port)))


def lookup(name):
    socket.getaddrinfo(name, 80)


try:
    {"tcp": tcp, "udp": udp, "lookup": lookup}[verb](*args)
    print(verb, "ok")
except OSError as error:
    print(verb, error.errno)
