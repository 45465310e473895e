// Hello prints a version and a name-based identifier, with two modules from vendor/.
package main

import (
	"fmt"

	"github.com/google/uuid"
	"golang.org/x/mod/semver"
)

func main() {
	fmt.Println("hello from", semver.MajorMinor("v1.2.3"))
	fmt.Println(uuid.NewSHA1(uuid.NameSpaceDNS, []byte("example.com")))
}
