// Compiled into upstream's test binary beside its own files. What the scripts call `go`, and the
// variables that tell it where the real one is; without the variables, everything is upstream's.

package main_test

import (
	"os"
	"path/filepath"
)

// The scripts run where no host but this one can be reached.
const noNetwork = true

// The program that scripts call `go`.
func goUnderTest() string {
	if program := os.Getenv("SCRIPTS_GO"); program != "" {
		return program
	}
	return testGo
}

// What stands first on the PATH of scripts.
func goDirectories() string {
	directory := filepath.Dir(goUnderTest())
	if os.Getenv("SCRIPTS_REAL_GO") == "path" {
		return directory + string(filepath.ListSeparator) + testBin
	}
	return directory
}

// Scripts have an environment of their own, so what is for the program under test is put there.
func goVariables() []string {
	switch os.Getenv("SCRIPTS_REAL_GO") {
	case "variable":
		return []string{"GO_OFFLINE_PROFILE=open", "GO_OFFLINE_GO=" + testGo}
	case "path":
		return []string{"GO_OFFLINE_PROFILE=open"}
	}
	return nil
}
