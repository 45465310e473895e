// Generate makes the files of testdata anew, with golang.org/x/mod: see ../README.md.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	name = "sum.example.com"
	// Three levels of tiles: 256 * 256 = 65536.
	large = 70000
	// The tree of which every tile is written.
	small = 700
)

func main() {
	signer, key := newKey()
	write("key", key+"\n")
	tree := newTree(large)
	writeHeads(tree, signer)
	writeSmall(tree, signer)
	writePlans(signer, key)
}

// newKey makes the same key each time: note.GenerateKey, with the randomness taken out.
func newKey() (note.Signer, string) {
	seed := sha256.Sum256([]byte(name))
	private := ed25519.NewKeyFromSeed(seed[:])
	key, err := note.NewEd25519VerifierKey(name, private.Public().(ed25519.PublicKey))
	check(err)
	hash := strings.Split(key, "+")[1]
	text := base64.StdEncoding.EncodeToString(append([]byte{1}, seed[:]...))
	signer, err := note.NewSigner("PRIVATE+KEY+" + name + "+" + hash + "+" + text)
	check(err)
	return signer, key
}

func module(id int64) string { return fmt.Sprintf("example.com/M%d", id) }

func record(id int64) []byte {
	zip := sha256.Sum256(fmt.Appendf(nil, "zip %d", id))
	mod := sha256.Sum256(fmt.Appendf(nil, "mod %d", id))
	return fmt.Appendf(nil, "%s v1.0.0 h1:%s\n%[1]s v1.0.0/go.mod h1:%[3]s\n",
		module(id), tlog.Hash(zip), tlog.Hash(mod))
}

func newTree(size int64) []tlog.Hash {
	var stored []tlog.Hash
	for id := range size {
		hashes, err := tlog.StoredHashes(id, record(id), reader(stored))
		check(err)
		stored = append(stored, hashes...)
	}
	return stored
}

func reader(stored []tlog.Hash) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hashes[i] = stored[index]
		}
		return hashes, nil
	})
}

func head(size int64, hashes tlog.HashReader, signer note.Signer) []byte {
	root, err := tlog.TreeHash(size, hashes)
	check(err)
	text := string(tlog.FormatTree(tlog.Tree{N: size, Hash: root}))
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	check(err)
	return signed
}

// writeHeads writes heads of trees of which each is contained in the next.
func writeHeads(tree []tlog.Hash, signer note.Signer) {
	for _, size := range []int64{0, 1, 2, 255, 256, 257, 511, 512, small, 65535, 65536, 65537, large} {
		write(fmt.Sprintf("heads/%d", size), string(head(size, reader(tree), signer)))
	}
}

// writeSmall writes a tree as a proxy would serve it.
func writeSmall(tree []tlog.Hash, signer note.Signer) {
	for _, tile := range tlog.NewTiles(8, 0, small) {
		data, err := tlog.ReadTileData(tile, reader(tree))
		check(err)
		write(tile.Path(), string(data))
	}
	for _, id := range []int64{0, 255, 256, small - 1} {
		text, err := tlog.FormatRecord(id, record(id))
		check(err)
		text = append(text, head(id+1, reader(tree), signer)...)
		write(fmt.Sprintf("lookup/example.com/!m%d@v1.0.0", id), string(text))
	}
}

// writePlans writes which tiles sumdb.Client reads. The records of these trees are all the same,
// so that their tiles can be made for any size.
func writePlans(signer note.Signer, key string) {
	random := rand.New(rand.NewPCG(1, 2))
	plans := []string{"# LATEST SIZE ID,… TILE…: what a client that knows the head of size LATEST reads for records under the head of size SIZE"}
	plan := func(latest, size int64, ids ...int64) {
		c := &client{key: key, signer: signer, latest: latest, size: size}
		tiles := c.read(ids)
		line := fmt.Sprintf("%d %d %s", latest, size, strings.Trim(strings.ReplaceAll(fmt.Sprint(ids), " ", ","), "[]"))
		for _, tile := range tiles {
			line += " " + strings.TrimPrefix(tile, "/tile/8/")
		}
		plans = append(plans, line)
	}
	edges := []int64{1, 2, 3, 255, 256, 257, 511, 512, 513, 65535, 65536, 65537, 65792, 65793, large, 1<<24 - 1, 1 << 24, 1<<24 + 1, 1<<32 + 7}
	for _, size := range edges {
		plan(0, size, 0)
		plan(0, size, size-1)
		plan(0, size, 0, size/2, size-1)
		plan(size, size, size/3)
		plan(1, size, size-1)
		plan(size-1, size, 0)
		plan(size/2+1, size, size/2)
		// Newer than the head of the records.
		plan(size+1, size, size-1)
		plan(3*size, size, 0)
	}
	for range 60 {
		size := 1 + random.Int64N(1<<(1+random.IntN(40)))
		ids := make([]int64, 1+random.IntN(5))
		for i := range ids {
			ids[i] = random.Int64N(size)
		}
		plan(0, size, ids...)
		plan(random.Int64N(2*size), size, ids...)
	}
	write("plans", strings.Join(plans, "\n")+"\n")
}

// same reads the hashes of a tree of same records.
var same = tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		level, _ := tlog.SplitStoredHashIndex(index)
		hashes[i] = sameHash(level)
	}
	return hashes, nil
})

var sameRecord = []byte("example.com/same v1.0.0 h1:\n")

func sameHash(level int) tlog.Hash {
	if level == 0 {
		return tlog.RecordHash(sameRecord)
	}
	hash := sameHash(level - 1)
	return tlog.NodeHash(hash, hash)
}

// A client is what sumdb.Client needs, with empty caches.
type client struct {
	key          string
	signer       note.Signer
	latest, size int64
	mu           sync.Mutex
	tiles        map[string]bool
}

func (c *client) read(ids []int64) []string {
	c.tiles = make(map[string]bool)
	real := sumdb.NewClient(c)
	for _, id := range ids {
		_, err := real.Lookup(module(id), "v1.0.0")
		check(err)
	}
	tiles := make([]string, 0, len(c.tiles))
	for tile := range c.tiles {
		tiles = append(tiles, tile)
	}
	slices.Sort(tiles)
	return tiles
}

func (c *client) ReadRemote(path string) ([]byte, error) {
	if lookup, ok := strings.CutPrefix(path, "/lookup/example.com/!m"); ok {
		var id int64
		_, err := fmt.Sscanf(lookup, "%d@", &id)
		check(err)
		text, err := tlog.FormatRecord(id, sameRecord)
		check(err)
		return append(text, head(c.size, same, c.signer)...), nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tiles[path] = true
	tile, err := tlog.ParseTilePath(strings.TrimPrefix(path, "/"))
	check(err)
	return bytes.Repeat(hashBytes(sameHash(8*tile.L)), tile.W), nil
}

func hashBytes(hash tlog.Hash) []byte { return hash[:] }

func (c *client) ReadConfig(file string) ([]byte, error) {
	if file == "key" {
		return []byte(c.key), nil
	}
	if c.latest == 0 {
		return nil, nil
	}
	return head(c.latest, same, c.signer), nil
}

func (c *client) WriteConfig(file string, old, new []byte) error { return nil }
func (c *client) ReadCache(file string) ([]byte, error)          { return nil, errors.New("empty") }
func (c *client) WriteCache(file string, data []byte)            {}
func (c *client) Log(msg string)                                 { log.Print(msg) }
func (c *client) SecurityError(msg string)                       { log.Fatal(msg) }

// write writes a file beside the directory of this one, from which it is run.
func write(file, text string) {
	file = filepath.Join("..", filepath.FromSlash(file))
	check(os.MkdirAll(filepath.Dir(file), 0o777))
	check(os.WriteFile(file, []byte(text), 0o666))
}

func check(err error) {
	if err != nil {
		log.Output(2, err.Error())
		os.Exit(1)
	}
}
