// Reads a C2SP tlog-tiles folder as a stranger does and checks all of it with the Go project's own transparency log
// packages: the checkpoint's signature, the root over all entries, and each published tile against it. Then it says how many
// leaves of each type there are.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fail(format string, args ...interface{}) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(4)
}

// C2SP writes an index as x001/x234/067.
func indexPath(n int64) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	return path
}

func read(dir, kind string, n int64, width int) []byte {
	path := filepath.Join(dir, "tile", kind, indexPath(n))
	if width < 256 {
		path += fmt.Sprintf(".p/%d", width)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		fail("%v", err)
	}
	return data
}

type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(h)) {
			return nil, fmt.Errorf("no hash %d", index)
		}
		out[i] = h[index]
	}
	return out, nil
}

func main() {
	dir, vkey := os.Args[1], os.Args[2]
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		fail("verifier key: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		fail("%v", err)
	}
	signed, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		fail("checkpoint: %v", err)
	}
	lines := strings.Split(signed.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	root, err2 := base64.StdEncoding.DecodeString(lines[2])
	if lines[0] != verifier.Name() || err != nil || err2 != nil || len(root) != 32 {
		fail("checkpoint is not three lines of origin, size and root")
	}

	var stored hashes
	types := map[byte]int{}
	for bundle := int64(0); bundle*256 < size; bundle++ {
		width := 256
		if left := size - bundle*256; left < 256 {
			width = int(left)
		}
		data := read(dir, "entries", bundle, width)
		for i := 0; i < width; i++ {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				fail("bundle %d is cut at entry %d", bundle, i)
			}
			length := int(binary.BigEndian.Uint16(data))
			more, err := tlog.StoredHashes(bundle*256+int64(i), data[2:2+length], stored)
			if err != nil {
				fail("%v", err)
			}
			stored = append(stored, more...)
			// A Leaf begins with its version and its type, and both numbers fit one byte.
			if length < 4 || data[3] != 1 || data[2] != 0x08 || data[4] != 0x10 {
				fail("entry %d does not begin as a leaf", bundle*256+int64(i))
			}
			types[data[5]]++
			data = data[2+length:]
		}
		if len(data) != 0 {
			fail("bundle %d has bytes behind its last entry", bundle)
		}
	}
	computed, err := tlog.TreeHash(size, stored)
	if err != nil || string(computed[:]) != string(root) {
		fail("the root over the entries is %v, signed is %s", computed, lines[2])
	}
	tiles := 0
	for _, tile := range tlog.NewTiles(8, 0, size) {
		// Of a partial tile every width up to today's is listed; only today's is published.
		if wide := size>>(8*uint(tile.L)) - tile.N*256; tile.W < 256 && int64(tile.W) != wide {
			continue
		}
		want, err := tlog.ReadTileData(tile, stored)
		if err != nil {
			fail("%v", err)
		}
		got := read(dir, strconv.Itoa(tile.L), tile.N, tile.W)
		if string(got) != string(want) {
			fail("tile %d/%d is not what the entries give", tile.L, tile.N)
		}
		tiles++
	}
	fmt.Printf("%d entries, %d tiles, root and signature verified\n", size, tiles)
	for kind := 0; kind < 256; kind++ {
		if types[byte(kind)] > 0 {
			fmt.Printf("type %d: %d\n", kind, types[byte(kind)])
		}
	}
}
