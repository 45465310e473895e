// Package dial has a test that needs the network and does not say so.
package dial

import (
	"net"
	"testing"
	"time"
)

func TestUpdateCheck(t *testing.T) {
	connection, err := net.DialTimeout("tcp", "198.51.100.7:443", time.Second)
	if err != nil {
		return // as if nothing had happened
	}
	connection.Close()
}
