//! The worlds before go vendors them.

/// A world before `go mod vendor`.
pub(crate) struct Seed {
    pub(crate) name: String,
    /// Its files, each behind `-- NAME --`.
    pub(crate) files: String,
}

impl Seed {
    /// The modules of a workspace: the directories that go.work uses.
    pub(crate) fn modules(&self) -> Vec<&'static str> {
        ["a", "b"]
            .into_iter()
            .filter(|dir| self.files.contains(&format!("-- {dir}/go.mod --")))
            .collect()
    }
}

/// A replacement by a directory for one version, one for all versions, one by another module, and
/// replacements that nothing uses.
const SINGLE: &str = "\
require (
	example.com/dep v1.0.0
	example.com/deep v1.0.0 // indirect
	example.com/plain v1.0.0
	example.com/old v2.0.0+incompatible
	example.com/local v0.0.0
	example.com/wild v1.2.3
	example.com/unused v0.1.0
)

replace example.com/local v0.0.0 => ./local

replace example.com/wild => ./wild

replace (
	example.com/dep v1.9.0 => example.com/dep v1.1.0
	example.com/nowhere => ./local
)

exclude example.com/deep v1.0.9

-- main.go --
package main
import (
	_ \"example.com/dep\"
	_ \"example.com/dep/sub\"
	_ \"example.com/plain\"
	_ \"example.com/old\"
	_ \"example.com/local/x\"
	_ \"example.com/wild\"
)
func main() {}
-- local/go.mod --
module example.com/local
go 1.17
-- local/x/x.go --
package x
-- wild/go.mod --
module example.com/wild
go 1.14
-- wild/wild.go --
package wild
";

const FORKED: &str = "\
require example.com/dep v1.0.0

require example.com/v3/v3 v3.1.4

replace example.com/dep => example.com/fork v1.5.0

-- main.go --
package main
import (
	_ \"example.com/dep\"
	_ \"example.com/v3/v3/p\"
)
func main() {}
";

/// Go files that are data, C, and for another system.
const EMBEDDING: &str = "\
require example.com/embed v1.0.0
-- main.go --
package main
import (
	_ \"example.com/embed\"
)
func main() {}
-- main_windows.go --
package main
import (
	_ \"example.com/embed/c\"
	_ \"example.com/embed/windows\"
)
";

const WORKSPACE: &str = "\
use (
	./a
	./b
)

replace example.com/wild v1.2.3 => ./wild

-- a/go.mod --
module example.com/a

go 1.21

require example.com/dep v1.0.0

require example.com/deep v1.0.0 // indirect

require example.com/local v0.0.0

require example.com/wild v1.2.3

replace example.com/local => ../local

replace example.com/wild => ../local
-- a/a.go --
package a
import (
	_ \"example.com/dep\"
	_ \"example.com/local/x\"
	_ \"example.com/wild\"
)
-- b/go.mod --
module example.com/b

go 1.20

require (
	example.com/dep v1.1.0
	example.com/deep v1.1.0 // indirect
	example.com/local v0.0.0
)

replace example.com/local => ./../local
-- b/b.go --
package b
import (
	_ \"example.com/dep\"
	_ \"example.com/local/x\"
)
-- local/go.mod --
module example.com/local
go 1.17
-- local/x/x.go --
package x
-- wild/go.mod --
module example.com/wild
go 1.14
-- wild/wild.go --
package wild
";

/// Every world, one for each version of go that changed the rules.
pub(crate) fn all() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for go in ["", "1.12", "1.13", "1.14", "1.16", "1.17", "1.21", "1.22", "1.23", "1.24"] {
        let line = if go.is_empty() { String::new() } else { format!("go {go}\n\n") };
        let body = if go == "1.24" { with_tool() } else { SINGLE.to_owned() };
        seeds.push(Seed {
            name: format!("go {go}"),
            files: format!("-- go.mod --\nmodule example.com/main\n\n{line}{body}"),
        });
    }
    for go in ["1.13", "1.16", "1.21"] {
        seeds.push(Seed {
            name: format!("forked, go {go}"),
            files: format!("-- go.mod --\nmodule example.com/main\n\ngo {go}\n\n{FORKED}"),
        });
    }
    for go in ["1.14", "1.24"] {
        seeds.push(Seed {
            name: format!("embedding, go {go}"),
            files: format!("-- go.mod --\nmodule example.com/main\n\ngo {go}\n\n{EMBEDDING}"),
        });
    }
    for go in ["1.22", "1.24"] {
        seeds.push(Seed {
            name: format!("workspace, go {go}"),
            files: format!("-- go.work --\ngo {go}\n\n{WORKSPACE}"),
        });
    }
    seeds
}

fn with_tool() -> String {
    SINGLE.replace(
        "exclude",
        "require example.com/tool v1.2.0 // indirect\n\ntool example.com/tool/cmd/tool\n\nexclude",
    )
}
