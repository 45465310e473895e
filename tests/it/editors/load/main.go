// Load prints what golang.org/x/tools/go/packages makes of ./... in the working directory: each
// package with its files, imports, errors and exported names. It is a stand-in for the many
// linters and generators that load packages this way.
package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

func main() {
	mode := packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps | packages.NeedTypes
	loaded, err := packages.Load(&packages.Config{Mode: mode}, "./...")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	packages.Visit(loaded, nil, show)
}

func show(p *packages.Package) {
	fmt.Println(p.ID, p.Name, p.PkgPath)
	fmt.Println("\tfiles", strings.Join(p.GoFiles, " "))
	var imports []string
	for path, imported := range p.Imports {
		imports = append(imports, path+"="+imported.ID)
	}
	slices.Sort(imports)
	fmt.Println("\timports", strings.Join(imports, " "))
	for _, err := range p.Errors {
		fmt.Println("\terror", err)
	}
	if p.Types != nil {
		fmt.Println("\ttypes", p.Types.Complete(), strings.Join(p.Types.Scope().Names(), " "))
	}
}
