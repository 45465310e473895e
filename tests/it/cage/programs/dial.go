// Command dial MARKS VERB ARGUMENT… tries to reach something by one road, swallows the error, and
// says 0. What came of it goes to stdout.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

func main() {
	if len(os.Args) < 3 {
		os.Exit(64)
	}
	mark(os.Args[1])
	args := os.Args[3:]
	switch os.Args[2] {
	case "tcp", "udp":
		dial(os.Args[2], net.JoinHostPort(args[0], args[1]))
	case "udp-send":
		send(net.JoinHostPort(args[0], args[1]))
	case "lookup":
		addresses, err := net.DefaultResolver.LookupHost(context.Background(), args[0])
		fmt.Println("lookup", addresses, err)
	case "interfaces":
		interfaces, err := net.Interfaces()
		fmt.Println("interfaces", len(interfaces) > 0, err)
	case "loopback":
		loopback(args[0])
	default:
		os.Exit(64)
	}
}

// mark writes the id of this process to a file, for the test to hold the report against.
func mark(name string) {
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	fmt.Fprintln(file, os.Getpid())
}

// dial connects, and if it is TCP says a word and waits until it was read.
func dial(network, address string) {
	connection, err := net.DialTimeout(network, address, 5*time.Second)
	if err != nil {
		fmt.Println("dial", err)
		return
	}
	defer connection.Close()
	fmt.Println("dial ok")
	if tcp, ok := connection.(*net.TCPConn); ok {
		fmt.Fprintln(tcp, "dialled")
		tcp.CloseWrite()
		io.Copy(io.Discard, tcp)
	}
}

// send sends a datagram on a socket that is not connected.
func send(address string) {
	to, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		panic(err)
	}
	socket, err := net.ListenUDP("udp", nil)
	if err != nil {
		panic(err)
	}
	_, err = socket.WriteTo([]byte("dialled\n"), to)
	fmt.Println("send", err)
}

// loopback is a client and a server of its own.
func loopback(host string) {
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		panic(err)
	}
	go func() {
		if connection, err := listener.Accept(); err == nil {
			fmt.Fprintln(connection, "dialled")
			connection.Close()
		}
	}()
	connection, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		fmt.Println("dial", err)
		return
	}
	heard, err := io.ReadAll(connection)
	fmt.Printf("heard %s %v\n", heard, err)
}
