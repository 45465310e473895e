//! A synthetic project and its modules: one of everything that vendoring has a rule for.

/// Modules, as the project gets them: path, version, files.
pub(crate) const MODULES: [(&str, &str, &str); 4] = [
    ("example.com/Dep", "v1.2.3", DEP),
    ("example.com/Dep/nested", "v0.1.0", NESTED),
    ("example.com/Fork", "v1.1.0", FORK),
    ("example.com/other", "v1.0.0", OTHER),
];

/// The project; one module is replaced by a directory, one by another module.
pub(crate) const PROJECT: &str = r#"
-- go.mod --
module example.com/app

go 1.21

require (
	example.com/Dep v1.2.3
	example.com/Dep/nested v0.1.0
	example.com/local v0.0.0
	example.com/other v1.0.0
	example.com/replaced v1.0.0
)

replace (
	example.com/local => ./local
	example.com/replaced => example.com/Fork v1.1.0
)
-- main.go --
package main

import (
	"example.com/Dep"
	_ "example.com/Dep/nested"
	"example.com/Dep/sub"
	_ "example.com/local"
	_ "example.com/other"
	_ "example.com/replaced"
)

func main() { println(dep.Greeting, sub.Answer()) }
-- main_test.go --
package main

import _ "example.com/Dep/withc"
-- local/go.mod --
module example.com/local

go 1.16
-- local/local.go --
package local

import _ "embed"

//go:embed local.txt
var Text string
-- local/local.txt --
of the local module
-- local/local_test.go --
package local

import _ "embed"

//go:embed in_test.txt
var inTest string
-- local/in_test.txt --
embedded by a test of the local module
-- local/LICENSE --
Do as you like with the local one.
"#;

const DEP: &str = r#"
-- go.mod --
module example.com/Dep

go 1.16
-- go.sum --
-- LICENSE --
Do as you like.
-- README.md --
# Dep
-- .editorconfig --
root = true
-- dep.go --
package dep

import "embed"

//go:embed hello.txt
var Greeting string

//go:embed data/*.json all:templates
var Data embed.FS
-- more.go --
package dep

// Four is a number.
const Four = 4
-- dep_windows.go --
package dep
-- dep_test.go --
package dep

import (
	_ "embed"
	"testing"
)

//go:embed testdata/in_test.txt
var inTest string

func TestNothing(*testing.T) {}
-- outside_test.go --
package dep_test

import _ "embed"

//go:embed testdata/outside_test.txt
var outside string
-- testdata/in_test.txt --
embedded by a test
-- testdata/outside_test.txt --
embedded by an external test
-- testdata/not.txt --
embedded by nothing
-- cmd/tool/main.go --
package main

import _ "embed"

//go:embed usage.txt
var usage string

func main() { println(usage) }
-- cmd/tool/usage.txt --
usage: tool
-- gen.go --
//go:build ignore

package main

func main() {}
-- hello.txt --
Hello,
world
-- data/a.json --
{}
-- data/b.json --
[]
-- data/not.txt --
not embedded
-- templates/.hidden.tmpl --
{{.}}
-- templates/more/a.tmpl --
{{.Name}}
-- sub/sub.go --
package sub

// Answer is written in assembly.
func Answer() int
-- sub/sub_amd64.s --
#include "textflag.h"

TEXT ·Answer(SB), NOSPLIT, $0-8
	MOVQ $42, ret+0(FP)
	RET
-- sub/sub_arm64.s --
#include "textflag.h"

TEXT ·Answer(SB), NOSPLIT, $0-8
	MOVD $42, R0
	MOVD R0, ret+0(FP)
	RET
-- sub/sub_test.go --
package sub
-- sub/testdata/x.txt --
not copied
-- sub/proto.proto --
syntax = "proto3";
-- withc/withc.go --
package withc

// #include "withc.h"
import "C"

// One is one.
func One() int { return int(C.one()) }
-- withc/withc.h --
int one(void);
-- withc/withc.c --
#include "withc.h"

int one(void) { return 1; }
-- unused/unused.go --
package unused
-- unused/unused.proto --
syntax = "proto3";
"#;

const NESTED: &str = r#"
-- go.mod --
module example.com/Dep/nested

go 1.16
-- nested.go --
package nested
-- LICENSE --
Do as you like with the nested one.
"#;

const FORK: &str = r#"
-- go.mod --
module example.com/replaced

go 1.16
-- fork.go --
package replaced
-- LICENSE --
Do as you like with the fork.
"#;

const OTHER: &str = r#"
-- go.mod --
module example.com/other

go 1.16
-- other.go --
package other
-- LICENSE --
Do as you like with the other one.
-- other_test.go --
package other
-- a.proto --
syntax = "proto3";
"#;

/// A workspace of two modules, one of which has the local replace.
pub(crate) const WORKSPACE: &str = r#"
-- go.work --
go 1.22

use (
	./one
	./two
)
-- one/go.mod --
module example.com/one

go 1.22

require (
	example.com/Dep v1.2.3
	example.com/local v0.0.0
)

replace example.com/local => ../local
-- one/one.go --
package one

import (
	_ "example.com/Dep"
	_ "example.com/local"
)
-- two/go.mod --
module example.com/two

go 1.22

require (
	example.com/Dep v1.2.3
	example.com/other v1.0.0
)
-- two/two.go --
package two

import (
	_ "example.com/Dep/sub"
	_ "example.com/other"
)
-- local/go.mod --
module example.com/local

go 1.16
-- local/local.go --
package local
"#;
